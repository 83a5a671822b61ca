import {
  type CheckedRequestOf,
  type CommunicationContract,
  HooklineError,
  type Implementations,
  type Item,
  type Recipient,
} from "hookline";
import { addressOf } from "./addressOf.ts";
import type { Directory } from "./directory.ts";
import { addedMember, directoryMember, memberPage, nothing } from "./directoryAnswers.ts";

type Member = CheckedRequestOf<CommunicationContract, "add_member">["members"][number];

const roles = new Map([
  ["owner", "OWNER"],
  ["manager", "MANAGER"],
  ["admin", "MANAGER"],
  ["member", "MEMBER"],
]);
const mostOfAPage = 200;

/** The hooks of members. */
export function memberHooks(directory: Directory): Implementations {
  const { api } = directory;
  return {
    async add_member({ group, members }, { signal }) {
      return { items: await inTurn(members, (member) => add(directory, group, member, signal)) };
    },

    async remove_member({ group, members }, { signal }) {
      const items = await inTurn(members, async ({ who }) => {
        const { email, id } = keyOf(who);
        const params = { groupKey: group, memberKey: email ?? id };
        try {
          await directory.ask(group, nothing, () => api.members.delete(params, { signal }));
          return "removed";
        } catch (error) {
          // The same 404 is said of a group that is not there.
          if (HooklineError.is(error) && error.code === "not_found" && /memberKey/.test(error.message)) return "absent";
          throw error;
        }
      });
      return { items };
    },

    async list_members({ group, cursor, limit }, { signal }) {
      const params = { groupKey: group, maxResults: Math.min(limit, mostOfAPage), pageToken: cursor };
      const page = await directory.ask(group, memberPage, () => api.members.list(params, { signal }));
      const members = page.members.map(({ email, id = "", type, role }) => {
        const kind = type === "GROUP" ? ("group" as const) : email === undefined ? ("user" as const) : ("email" as const);
        return { who: { kind, value: email ?? id }, role: role?.toLowerCase() };
      });
      return { members, cursor: page.nextPageToken };
    },
  };
}

/** Adds the members that a new group begins with. What fails is an item: the group is there. */
export function addAll(directory: Directory, group: string, members: readonly Member[], signal: AbortSignal): Promise<Item[]> {
  return inTurn(members, (member) => add(directory, group, member, signal), { throws: false });
}

async function add(directory: Directory, group: string, { who, role, mode }: Member, signal: AbortSignal) {
  const { api } = directory;
  const key = keyOf(who);
  const wanted = roles.get((role ?? "member").toLowerCase());
  if (wanted === undefined)
    throw new HooklineError("invalid_request", {
      reason: `a role is owner, manager or member, and ${JSON.stringify(role)} is none`,
    });
  if (mode === "invite")
    throw new HooklineError("unsupported", { reason: "the Directory API adds members and invites nobody; use mode add or auto" });
  const insert = { groupKey: group, requestBody: { ...key, role: wanted } };
  const patch = { groupKey: group, memberKey: key.email ?? key.id, requestBody: { role: wanted } };
  try {
    const added = await orTaken(directory.ask(group, addedMember, () => api.members.insert(insert, { signal })));
    if (added) return "added";
    if (role !== undefined) await directory.ask(group, directoryMember, () => api.members.patch(patch, { signal }));
    return "already";
  } catch (error) {
    throw HooklineError.is(error) ? aboutMember(who, error) : error;
  }
}

/** The answer; undefined when there is such a member already. */
async function orTaken<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (HooklineError.is(error) && error.code === "conflict") return undefined;
    throw error;
  }
}

/** One who is not there, or may not be added, is no failure of the instance. */
function aboutMember({ value }: Recipient, error: HooklineError): HooklineError {
  if (!/memberKey/.test(error.message) || (error.code !== "not_found" && error.code !== "invalid_request")) return error;
  return new HooklineError(
    "invalid_recipient",
    { reason: `Google knows no ${value}: ${error.details.reason}` },
    { cause: error },
  );
}

/** An address, or the id of a Google user. */
function keyOf(who: Recipient): { email?: string; id?: string } {
  if (who.kind === "user" || (who.kind === "address" && /^\d{10,}$/.test(who.value))) return { id: who.value };
  const email = addressOf(who.kind === "group" ? { ...who, kind: "email" } : who)?.address;
  if (email !== undefined) return { email };
  throw new HooklineError("invalid_recipient", {
    reason: `${JSON.stringify(who.value.slice(0, 80))} is neither a mail address nor a user id`,
  });
}

/**
 * Does one after the other, because Google refuses changes of one group at the same time. One that is refused is an item; what
 * concerns them all ends it, and is thrown when nothing was done yet.
 */
async function inTurn(
  members: readonly Member[],
  act: (member: Member) => Promise<Item["status"]>,
  { throws = true } = {},
): Promise<Item[]> {
  const items: Item[] = [];
  let end: HooklineError | undefined;
  let first: HooklineError | undefined;
  for (const member of members) {
    const subject = member.who.value;
    try {
      if (end) throw new HooklineError(end.code, { reason: `not tried after: ${end.details.reason}`, dispatched: "no" });
      items.push({ subject, status: await act(member) });
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      const { code, message, dispatched } = error;
      first ??= error;
      if (!aboutOne.has(code)) end ??= error;
      const isUntouched = items.every(({ status }) => status === "failed");
      if (throws && end === error && isUntouched) throw error;
      items.push({ subject, status: "failed", error: { code, message, dispatched } });
    }
  }
  // Nobody may be added: then it is about who asks.
  if (throws && first?.code === "permission" && items.every(({ error }) => error?.code === "permission")) throw first;
  return items;
}

const aboutOne: ReadonlySet<string> = new Set(["invalid_recipient", "invalid_request", "unsupported", "conflict", "permission"]);
