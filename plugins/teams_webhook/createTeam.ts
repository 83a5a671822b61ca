import { HooklineError, type HttpAnswer, z } from "hookline";
import { expectJson, type Graph } from "./createGraph.ts";

/** A channel as Graph describes it. */
export const channelSchema = z.looseObject({
  id: z.string().min(1),
  displayName: z.string(),
  description: z.string().nullish(),
  membershipType: z.string().nullish(),
  isArchived: z.boolean().nullish(),
  webUrl: z.string().nullish(),
});
export type Channel = z.output<typeof channelSchema>;

const memberSchema = z.looseObject({
  /** Of the membership; the person is `userId`. */
  id: z.string().min(1),
  userId: z.string().nullish(),
  email: z.string().nullish(),
  displayName: z.string().nullish(),
  roles: z.array(z.string()).nullish(),
});
export type ChannelMember = z.output<typeof memberSchema>;

/** What an instance reads of its team. */
export type Team = ReturnType<typeof createTeam>;

/** Makes the reader of one team. */
export function createTeam(graph: Graph, team_id: string) {
  /** Of all its channels. */
  const path = `/teams/${encodeURIComponent(team_id)}/channels`;
  const pathOf = (group: string) => `${path}/${encodeURIComponent(group)}`;
  return {
    path,
    pathOf,
    channels: (signal: AbortSignal) => listAll(graph, channelSchema, path, signal),
    channel: async (group: string, signal: AbortSignal) =>
      expectJson(channelSchema, await graph("GET", pathOf(group), { signal })),
    members: (group: string, signal: AbortSignal) => listAll(graph, memberSchema, `${pathOf(group)}/members`, signal),
  };
}

/** A part of a list that Graph gives as a whole, and the cursor of the next part. Throws `invalid_request` for a cursor that is none. */
export function pageOf<One>(all: readonly One[], cursor = "0", limit: number): { part: One[]; next: { cursor?: string } } {
  if (!/^\d+$/.test(cursor)) throw new HooklineError("invalid_request", { reason: `"${cursor}" is no cursor of this list` });
  const end = Number(cursor) + limit;
  return { part: all.slice(Number(cursor), end), next: end < all.length ? { cursor: String(end) } : {} };
}

/** Throws `unavailable` unless Graph said that it is done, or that it has begun. */
export function expectDone({ status }: HttpAnswer): void {
  if (status === 204 || status === 202) return;
  const reason = `Microsoft Graph answered ${status}, and 204 is what says that it is done`;
  throw new HooklineError("unavailable", { reason, dispatched: "maybe", status });
}

async function listAll<Schema extends z.ZodType>(
  graph: Graph,
  schema: Schema,
  path: string,
  signal: AbortSignal,
): Promise<z.output<Schema>[]> {
  const page = z.looseObject({ value: z.array(schema), "@odata.nextLink": z.string().optional() });
  const found: z.output<Schema>[] = [];
  let query = "";
  do {
    const { value, "@odata.nextLink": next = "" } = expectJson(page, await graph("GET", `${path}${query}`, { signal }));
    found.push(...value);
    // Only the query of it: the token is for our own Graph, wherever the link leads.
    query = URL.parse(next)?.search ?? "";
  } while (query !== "");
  return found;
}
