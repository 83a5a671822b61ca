import { HooklineError } from "hookline";

/** The first second of 2015, in milliseconds. */
const firstMoment = 1_420_070_400_000n;

/** True for an id of Discord: only these ever become part of a path. */
export function isSnowflake(text: string): boolean {
  return /^\d{17,20}$/.test(text);
}

/** Channel and message of a ref that `send_message` gave. Throws `invalid_request`. */
export function messageOf(ref: string): { channel: string; message: string } {
  const [channel = "", message = "", ...more] = ref.split("/");
  if (isSnowflake(channel) && isSnowflake(message) && more.length === 0) return { channel, message };
  throw new HooklineError("invalid_request", {
    reason: `${JSON.stringify(ref)} names no message; give the ref that send_message answered, or CHANNEL/MESSAGE`,
  });
}

/** The id of a group, as Discord has it. Throws `not_found`: what is no id cannot exist there. */
export function groupIdOf(ref: string): string {
  if (isSnowflake(ref)) return ref;
  throw new HooklineError("not_found", { reason: `${JSON.stringify(ref)} is no id of Discord; those have 17 to 20 digits` });
}

/** When it was made, which an id of Discord says itself. */
export function isoOf(id: string): string {
  return new Date(Number((BigInt(id) >> 22n) + firstMoment)).toISOString();
}

/** One page of what Discord gives all at once: those after the cursor, and the cursor of the next page. */
export function pageOf<T extends { id: string }>(
  all: readonly T[],
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): { page: T[]; next: { cursor?: string } } {
  const after = { id: cursor === undefined ? "" : cursorOf(cursor) };
  const rest = all.filter((one) => byAge(one, after) > 0).sort(byAge);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { page, next: rest.length > limit && last ? { cursor: last.id } : {} };
}

/** The cursor of a page, checked: it becomes part of a request. Throws `invalid_request`. */
export function cursorOf(cursor: string): string {
  if (isSnowflake(cursor)) return cursor;
  throw new HooklineError("invalid_request", { reason: `${JSON.stringify(cursor)} is no cursor that this list gave` });
}

/** Older first. Ids grow with time, and have too many digits for a number. */
function byAge(a: { id: string }, b: { id: string }): number {
  return a.id.length - b.id.length || Number(a.id > b.id) - Number(a.id < b.id);
}
