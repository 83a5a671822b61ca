import type { Recipient } from "hookline";
import { HooklineError } from "hookline";

/** Where a message goes: a person, a channel, or what the settings say that a group is. */
export interface Target {
  kind: "user" | "channel" | "role" | "group";
  id: string;
}

const marked = /^<(@&|@!?|#)(\d{17,20})>$/;
const bare = /^\d{17,20}$/;
/** The first second of 2015, in milliseconds. */
const firstMoment = 1_420_070_400_000n;

/** True for an id of Discord: only these ever become part of a path. */
function isSnowflake(text: string): boolean {
  return bare.test(text);
}

/** Whom a recipient names: an id alone is a group, `<@id>` a person, `<#id>` a channel, `<@&id>` a role. Throws `invalid_recipient`. */
export function targetOf({ kind, value }: Recipient): Target {
  const [, mark, id = ""] = marked.exec(value) ?? [];
  if (mark !== undefined && kind !== "email" && kind !== "phone") {
    return { kind: mark === "#" ? "channel" : mark === "@&" ? "role" : "user", id };
  }
  if (isSnowflake(value) && kind === "user") return { kind, id: value };
  if (isSnowflake(value) && (kind === "group" || kind === "address")) return { kind: "group", id: value };
  throw notAnId(value, "give a group's id, <@id> for a person, <#id> for a channel, or <@&id> for a role");
}

/** The id of a person: `{ kind: "user", value: id }`, the id alone, or `<@id>`. Throws `invalid_recipient`. */
export function userIdOf({ kind, value }: Recipient): string {
  const [, mark = "@", id = value] = marked.exec(value) ?? [];
  if ((kind === "user" || kind === "address") && mark.startsWith("@") && mark !== "@&" && isSnowflake(id)) return id;
  throw notAnId(value, "a member is named by the id of the user");
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

/** Older first. Ids grow with time, and have too many digits for a number. */
function byAge(a: { id: string }, b: { id: string }): number {
  return a.id.length - b.id.length || Number(a.id > b.id) - Number(a.id < b.id);
}

/** When it was made, which an id of Discord says itself. */
export function isoOf(id: string): string {
  return new Date(Number((BigInt(id) >> 22n) + firstMoment)).toISOString();
}

/** One page of what Discord gives all at once: those after the cursor. */
export function pageOf<T extends { id: string }>(
  all: readonly T[],
  { cursor, limit }: { cursor?: string | undefined; limit: number },
): { page: T[]; cursor?: string } {
  const after = { id: cursor === undefined ? "" : cursorOf(cursor) };
  const rest = all.filter((one) => byAge(one, after) > 0).sort(byAge);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return rest.length > limit && last ? { page, cursor: last.id } : { page };
}

/** The cursor of a page, checked: it becomes part of a request. Throws `invalid_request`. */
export function cursorOf(cursor: string): string {
  if (isSnowflake(cursor)) return cursor;
  throw new HooklineError("invalid_request", { reason: `${JSON.stringify(cursor)} is no cursor that this list gave` });
}

function notAnId(value: string, hint: string): HooklineError {
  return new HooklineError("invalid_recipient", { reason: `Discord cannot tell who ${JSON.stringify(value)} is; ${hint}` });
}
