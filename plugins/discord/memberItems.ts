import type { CheckedRequestOf, CommunicationContract, Item } from "hookline";
import { HooklineError } from "hookline";
import { userIdOf } from "./snowflakes.ts";

type Members = CheckedRequestOf<CommunicationContract, "add_member">["members"];

/**
 * Does one thing for each member, one after the other: Discord has no request for several. What is wrong with one member is in
 * its item. What concerns them all is thrown when nothing has happened yet; else it ends the list, and is in the items of the rest.
 */
export async function memberItems(
  members: Members,
  change: (userId: string, member: Members[number]) => Promise<Item["status"]>,
  hasActed: (items: readonly Item[]) => boolean = someoneChanged,
): Promise<Item[]> {
  const items: Item[] = [];
  let end: HooklineError | undefined;
  for (const member of members) {
    const subject = member.who.value;
    try {
      if (end) throw new HooklineError(end.code, { ...end.details, dispatched: "no" }, { cause: end });
      items.push({ subject, status: await change(userIdOf(member.who), member) });
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      if (!isOfMember(error)) {
        if (!hasActed(items)) throw error;
        end = error;
      }
      items.push({
        subject,
        status: "failed",
        error: { code: error.code, message: error.message, dispatched: error.dispatched },
      });
    }
  }
  return items;
}

function someoneChanged(items: readonly Item[]): boolean {
  return items.some(({ status }) => status === "added" || status === "removed");
}

/** Refuses what Discord does not know of a member. Throws `unsupported`. */
export function checkMember({ role, mode }: Members[number]): void {
  if (role !== undefined && role !== "member") {
    throw new HooklineError("unsupported", {
      reason: `a member of a group on Discord has no role of its own, so none can be ${role}`,
    });
  }
  if (mode === "invite")
    throw new HooklineError("unsupported", { reason: "this plugin invites nobody; add who is in the server already" });
}

/** True for what is wrong with one member and not with the call. */
function isOfMember({ code }: HooklineError): boolean {
  return code === "invalid_recipient" || code === "recipient_blocked" || code === "unsupported";
}
