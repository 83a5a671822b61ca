/** Teams keeps no id of the caller's, so it stands as the last line of the description: `[external_id: team-7]`. */
export function writeDescription({ description, external_id }: Described): string | undefined {
  if (external_id === undefined) return description;
  return [description, `[external_id: ${encodeURIComponent(external_id)}]`].filter((line) => line).join("\n");
}

/** Takes a channel's description apart again. */
export function readDescription(written: string | null | undefined): Described {
  const [mark, encoded] = /\n?\[external_id: ([^\]\s]+)\]$/.exec(written ?? "") ?? [];
  const external_id = encoded === undefined ? undefined : decoded(encoded);
  const description = external_id === undefined ? written : written?.slice(0, -(mark?.length ?? 0));
  return { ...(description && { description }), ...(external_id !== undefined && { external_id }) };
}

interface Described {
  description?: string | undefined;
  external_id?: string | undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    // Somebody wrote it by hand; then it is a part of the text.
    return undefined;
  }
}
