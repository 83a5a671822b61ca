import { HooklineError, type Implementations, type Item, type Recipient, z } from "hookline";
import { type Credentials, expectJson, type Graph } from "./createGraph.ts";
import { type ChannelMember, expectDone, pageOf, type Team } from "./createTeam.ts";
import { type Member, memberOf } from "./memberOf.ts";

/** Adds one person, unless they are among those `inside`. Throws what Graph refuses. */
export type AddMember = (
  group: string,
  member: Member,
  inside: readonly ChannelMember[],
  signal: AbortSignal,
) => Promise<Item["status"]>;

/** Who is in a channel. Only private and shared channels have members of their own; a standard one has those of the team. */
export function memberHooks(
  graph: Graph,
  team: Team,
  { graph_url, members_by }: Credentials,
): { hooks: Pick<Implementations, "add_member" | "remove_member" | "list_members">; add: AddMember } {
  const add: AddMember = async (group, member, inside, signal) => {
    const { user, body } = memberOf(member, graph_url);
    if (inside.some((one) => isSame(one, user))) return "already";
    try {
      expectJson(z.looseObject({ id: z.string() }), await graph("POST", `${team.pathOf(group)}/members`, { json: body, signal }));
      return "added";
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      if (error.code === "conflict") return "already";
      if (error.code !== "not_found") throw error;
      const reason = `Teams does not find ${user}: no user of this directory, not in the team, or disabled`;
      throw new HooklineError("invalid_recipient", { reason }, { cause: error });
    }
  };

  async function remove(
    group: string,
    who: Recipient,
    inside: readonly ChannelMember[],
    signal: AbortSignal,
  ): Promise<Item["status"]> {
    const present = inside.find((one) => isSame(one, who.value));
    if (!present) return "absent";
    try {
      expectDone(await graph("DELETE", `${team.pathOf(group)}/members/${encodeURIComponent(present.id)}`, { signal }));
      return "removed";
    } catch (error) {
      if (HooklineError.is(error) && error.code === "not_found") return "absent";
      throw error;
    }
  }

  async function insideOf(group: string, signal: AbortSignal): Promise<ChannelMember[]> {
    const { membershipType } = await team.channel(group, signal);
    if (membershipType === "private" || membershipType === "shared") return team.members(group, signal);
    const reason = "the members of a standard channel are those of the team: change the team, or use a private channel";
    throw new HooklineError("unsupported", { reason });
  }

  const hooks: ReturnType<typeof memberHooks>["hooks"] = {
    async add_member({ group, members }, { signal }) {
      const inside = await insideOf(group, signal);
      return { items: await eachMember(members, (member) => add(group, member, inside, signal)) };
    },

    async remove_member({ group, members }, { signal }) {
      const inside = await insideOf(group, signal);
      return { items: await eachMember(members, ({ who }) => remove(group, who, inside, signal)) };
    },

    async list_members({ group, cursor, limit }, { signal }) {
      const { part, next } = pageOf(await team.members(group, signal), cursor, limit);
      const members = part.map((one) => {
        const [role] = one.roles ?? [];
        return { who: personOf(one, members_by), ...(role !== undefined && { role }) };
      });
      return { members, ...next };
    },
  };
  return { hooks, add };
}

/**
 * One refused member is an item. What concerns the whole call is thrown, unless something was changed already; then the rest fails
 * with it, and Graph is not asked again.
 */
export async function eachMember(
  members: readonly Member[],
  act: (member: Member) => Promise<Item["status"]>,
  hasChanged = false,
): Promise<Item[]> {
  const items: Item[] = [];
  let over: HooklineError | undefined;
  for (const member of members) {
    const subject = member.who.value;
    try {
      if (over) throw new HooklineError(over.code, { ...over.details, dispatched: "no" }, { cause: over });
      items.push({ subject, status: await act(member) });
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      const { code, message, dispatched } = error;
      const isOfOne = ["invalid_recipient", "invalid_request", "unsupported"].includes(code);
      const isFirst = !hasChanged && !items.some(({ status }) => status === "added" || status === "removed");
      if (!isOfOne && isFirst) throw error;
      if (!isOfOne) over = error;
      items.push({ subject, status: "failed", error: { code, message, dispatched } });
    }
  }
  return items;
}

function isSame({ userId, email }: ChannelMember, user: string): boolean {
  const wanted = user.trim().toLowerCase();
  return userId?.toLowerCase() === wanted || email?.toLowerCase() === wanted;
}

function personOf({ id, userId, email, displayName }: ChannelMember, by: "email" | "id"): Recipient {
  const name = displayName ?? undefined;
  return by === "email" && email ? { kind: "email", value: email, name } : { kind: "user", value: userId ?? id, name };
}
