import type { Item, Recipient } from "../contract/communication.ts";
import { type ErrorCode, HooklineError } from "../errors.ts";

/** What may be said about a list of members. */
export interface EachMemberOptions {
  /** True when something was done before the first of them: what concerns all is then in their items, and not thrown. */
  hasActed?: boolean;
  /** True for an error that is about one member and not about the call. */
  isOfOne?(error: HooklineError): boolean;
}

const ofOne: readonly ErrorCode[] = ["invalid_recipient", "recipient_blocked", "invalid_request", "unsupported", "conflict"];
const acted: readonly Item["status"][] = ["added", "removed", "invited", "pending", "sent"];

/**
 * Does one thing for each member, one after the other, for a platform that takes one at a time: the items of `add_member` and
 * `remove_member`. What is wrong with one member is in its item. What concerns them all (a rate limit, a wrong key) is thrown when
 * nothing has happened yet; else it ends the list, and is in the items of the rest, of whom nobody was asked.
 */
export async function eachMember<Member extends { who: Recipient }>(
  members: readonly Member[],
  act: (member: Member) => Promise<Item["status"] | Omit<Item, "subject">>,
  { hasActed = false, isOfOne = ({ code }) => ofOne.includes(code) }: EachMemberOptions = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let end: HooklineError | undefined;
  for (const member of members) {
    const subject = member.who.value;
    try {
      if (end) throw new HooklineError(end.code, { ...end.details, dispatched: "no" }, { cause: end });
      const done = await act(member);
      items.push(typeof done === "string" ? { subject, status: done } : { subject, ...done });
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      if (!end && !isOfOne(error)) {
        if (!hasActed && !items.some(({ status }) => acted.includes(status))) throw error;
        end = error;
      }
      const { code, message, dispatched } = error;
      items.push({ subject, status: "failed", error: { code, message, dispatched } });
    }
  }
  return items;
}
