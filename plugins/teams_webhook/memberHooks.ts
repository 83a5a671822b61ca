import { eachMember, HooklineError, type Implementations, type Item, type Recipient, z } from "hookline";
import { expectJson, type Graph } from "./createGraph.ts";
import { type ChannelMember, expectDone, pageOf, type Team } from "./createTeam.ts";
import type { Settings } from "./index.ts";

/** Somebody named in a request. */
export interface Member {
  who: Recipient;
  role?: string | undefined;
  mode: "add" | "invite" | "auto";
}

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
  { graph_url, members_by }: Settings,
): { hooks: Pick<Implementations, "add_member" | "remove_member" | "list_members">; add: AddMember } {
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

  async function add(...[group, member, inside, signal]: Parameters<AddMember>): Promise<Item["status"]> {
    const json = memberBody(member, graph_url);
    if (inside.some((one) => isSame(one, member.who))) return "already";
    try {
      expectJson(z.looseObject({ id: z.string() }), await graph("POST", `${team.pathOf(group)}/members`, { json, signal }));
      return "added";
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      if (error.details.status === 409) return "already";
      if (error.code !== "not_found") throw error;
      const reason = `Teams does not find ${member.who.value}: no user of this directory, not in the team, or disabled`;
      throw new HooklineError("invalid_recipient", { reason }, { cause: error });
    }
  }

  async function remove(
    group: string,
    who: Recipient,
    inside: readonly ChannelMember[],
    signal: AbortSignal,
  ): Promise<Item["status"]> {
    const present = inside.find((one) => isSame(one, who));
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
}

/** A person and what they may do, as Graph takes them. Throws for whom Teams cannot know. */
export function memberBody({ who, role = "member", mode }: Member, graphUrl: string): object {
  const user = who.value.trim();
  if (who.kind === "phone" || who.kind === "group") {
    const reason = `Teams finds no member by the kind ${who.kind}; give the id or the user principal name`;
    throw new HooklineError("unsupported", { reason, penalize: "never" });
  }
  if (user === "") {
    const reason = `${JSON.stringify(who.value)} is no user of Teams; give the id or the user principal name`;
    throw new HooklineError("invalid_recipient", { reason });
  }
  if (mode === "invite")
    throw new HooklineError("unsupported", { reason: "Teams adds people and does not ask them; use the mode add or auto" });
  if (!["member", "owner", "guest"].includes(role))
    throw new HooklineError("invalid_request", { reason: `the role "${role}" is none of Teams; use owner, guest or member` });
  return {
    "@odata.type": "#microsoft.graph.aadUserConversationMember",
    roles: role === "member" ? [] : [role],
    // A quote inside of a quoted text is written twice.
    "user@odata.bind": `${graphUrl}/users('${user.replaceAll("'", "''")}')`,
  };
}

function isSame({ userId, email }: ChannelMember, { value }: Recipient): boolean {
  const wanted = value.trim().toLowerCase();
  return userId?.toLowerCase() === wanted || email?.toLowerCase() === wanted;
}

function personOf({ id, userId, email, displayName }: ChannelMember, by: "email" | "id"): Recipient {
  const name = displayName ?? undefined;
  return by === "email" && email ? { kind: "email", value: email, name } : { kind: "user", value: userId ?? id, name };
}
