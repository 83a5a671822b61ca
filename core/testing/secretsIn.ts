/** The secrets that can be read in a text: as they are, JSON-escaped, URL-encoded, or inside of anything in base64. */
export function secretsIn(text: string, secrets: readonly string[]): string[] {
  const decoded = (text.match(/[A-Za-z0-9+/_-]{8,}/g) ?? []).flatMap((run) =>
    // A run may begin in the middle of what was encoded.
    [0, 1, 2, 3].map((start) => Buffer.from(run.slice(start), "base64").toString("latin1")),
  );
  const readable = [text, ...decoded].join("\n");
  const isIn = (secret: string) =>
    [secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret), Buffer.from(secret).toString("latin1")].some(
      (form) => readable.includes(form),
    );
  return secrets.filter((secret) => secret.length >= 4 && isIn(secret));
}
