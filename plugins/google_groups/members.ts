import {
  type CheckedRequestOf,
  type CommunicationContract,
  eachMember,
  HooklineError,
  type Implementations,
  type Recipient,
  z,
} from "hookline";
import { addressOf } from "./addressOf.ts";
import { type Directory, isAboutMember } from "./directory.ts";

type Member = CheckedRequestOf<CommunicationContract, "add_member">["members"][number];

const roles = new Map([
  ["owner", "OWNER"],
  ["manager", "MANAGER"],
  ["admin", "MANAGER"],
  ["member", "MEMBER"],
]);
const mostOfAPage = 200;

// Everybody of the domain at once is a member of type CUSTOMER, and has no address.
const member = z.object({
  id: z.string().optional(),
  email: z.string().optional(),
  role: z.string().optional(),
  type: z.string().optional(),
});
const added = member.refine(({ id, email }) => id !== undefined || email !== undefined);
const memberPage = z.object({ kind: z.string(), members: z.array(member).default([]), nextPageToken: z.string().optional() });

/** The hooks of members. */
export function memberHooks(directory: Directory): Implementations {
  const { api } = directory;
  return {
    async add_member({ group, members }, { signal }) {
      return { items: await eachMember(members, (one) => addMember(directory, group, one, signal)) };
    },

    async remove_member({ group, members }, { signal }) {
      const items = await eachMember(members, async ({ who }) => {
        const { email, id } = keyOf(who);
        const params = { groupKey: group, memberKey: email ?? id };
        try {
          await directory.ask(group, z.literal(""), () => api.members.delete(params, { signal }));
          return "removed";
        } catch (error) {
          if (isAboutMember(error)) return "absent";
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

/** Adds one. Who is in the group already gets the role that is named. */
export async function addMember(directory: Directory, group: string, { who, role, mode }: Member, signal: AbortSignal) {
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
    await directory.ask(group, added, () => api.members.insert(insert, { signal }));
    return "added";
  } catch (error) {
    if (isAboutMember(error)) {
      const reason = `Google cannot add ${who.value}: ${error.details.reason}`;
      throw new HooklineError("invalid_recipient", { reason }, { cause: error });
    }
    if (!HooklineError.is(error) || error.code !== "conflict") throw error;
    if (role !== undefined) await directory.ask(group, member, () => api.members.patch(patch, { signal }));
    return "already";
  }
}

/** An address, or the id of a Google user. */
function keyOf({ kind, value }: Recipient): { email?: string; id?: string } {
  if (kind === "phone")
    throw new HooklineError("unsupported", { reason: "Google Groups has no members by phone number", penalize: "never" });
  const email = addressOf({ kind: "email", value })?.address;
  if (email !== undefined) return { email };
  if (kind === "user" || (kind === "address" && /^\d{10,}$/.test(value))) return { id: value };
  const reason = `${JSON.stringify(value.slice(0, 80))} is neither a mail address nor a user id`;
  throw new HooklineError("invalid_recipient", { reason });
}
