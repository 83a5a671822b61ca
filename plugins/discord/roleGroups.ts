import { RESTJSONErrorCodes, Routes } from "discord-api-types/v10";
import { type Group, HooklineError, type Implementations, z } from "hookline";
import type { GroupOptions } from "./channelGroups.ts";
import { checkName } from "./checkName.ts";
import { saidCode } from "./inOurWords.ts";
import { checkMember, memberItems } from "./memberItems.ts";
import { guildMember, nothing, type Role, role } from "./schemas.ts";
import { cursorOf, groupIdOf, pageOf } from "./snowflakes.ts";

const roles = z.array(role);
const guildMembers = z.array(guildMember);

/** Groups as roles: a member is who has the role. A role has a name and nothing else of what a group may have. */
export function roleGroups({ ask, guild }: GroupOptions): Implementations {
  const read = (group: string, signal: AbortSignal) => ask("get", Routes.guildRole(guild, groupIdOf(group)), role, { signal });

  async function rolesOf(user: string, signal: AbortSignal): Promise<readonly string[]> {
    return (await ask("get", Routes.guildMember(guild, user), guildMember, { signal, isPreparation: true })).roles;
  }

  return {
    async create_group({ name, description, external_id, members }, { signal }) {
      checkName(name);
      refuse({ description, external_id });
      const looked = await memberItems(
        members,
        async (user, member) => {
          checkMember(member);
          await rolesOf(user, signal);
          return "added";
        },
        () => false,
      );
      const body = { name, permissions: "0", mentionable: true };
      const made = await ask("post", Routes.guildRoles(guild), role, { body, signal });
      const inside = members.filter((_, index) => looked[index]?.status === "added");
      const added = await memberItems(
        inside,
        async (user) => {
          await ask("put", Routes.guildMemberRole(guild, user, made.id), nothing, { signal });
          return "added";
        },
        // The role is there by now: an error must not hide it.
        () => true,
      );
      return { ...groupOf(made), items: looked.map((item) => (item.status === "added" ? (added.shift() ?? item) : item)) };
    },

    get_group: async ({ group }, { signal }) => groupOf(await read(group, signal)),

    async update_group({ group, name, description, visibility }, { signal }) {
      if (name !== undefined) checkName(name);
      refuse({ description, visibility });
      const body = { ...(name !== undefined && { name }) };
      return groupOf(await ask("patch", Routes.guildRole(guild, groupIdOf(group)), role, { body, signal }));
    },

    async delete_group({ group, mode }, { signal }) {
      if (mode === "archive")
        throw new HooklineError("unsupported", { reason: "a role of Discord cannot be archived; use mode: delete" });
      const id = groupIdOf(group);
      await ask("delete", Routes.guildRole(guild, id), nothing, { signal });
      return { id };
    },

    async list_groups(request, { signal }) {
      const all = await ask("get", Routes.guildRoles(guild), roles, { signal });
      // @everyone has the id of the server; a managed role belongs to an integration, and nobody can be given it.
      const { page, cursor } = pageOf(
        all.filter(({ id, managed }) => id !== guild && !managed),
        request,
      );
      return { groups: page.map(groupOf), ...(cursor !== undefined && { cursor }) };
    },

    async add_member({ group, members }, { signal }) {
      const id = groupIdOf(group);
      const items = await memberItems(members, async (user, member) => {
        checkMember(member);
        if ((await rolesOf(user, signal)).includes(id)) return "already";
        await ask("put", Routes.guildMemberRole(guild, user, id), nothing, { signal });
        return "added";
      });
      return { items };
    },

    async remove_member({ group, members }, { signal }) {
      const id = groupIdOf(group);
      const items = await memberItems(members, async (user) => {
        if (!(await rolesOfGone(user, signal)).includes(id)) return "absent";
        await ask("delete", Routes.guildMemberRole(guild, user, id), nothing, { signal });
        return "removed";
      });
      return { items };
    },

    async list_members({ group, cursor, limit }, { signal }) {
      const id = groupIdOf(group);
      const query = { limit: String(limit), ...(cursor !== undefined && { after: cursorOf(cursor) }) };
      const found = await ask("get", Routes.guildMembers(guild), guildMembers, { query, signal });
      const last = found.at(-1);
      const members = found
        .filter((one) => one.roles.includes(id))
        .map(({ user }) => ({
          who: { kind: "user" as const, value: user.id, ...(user.username !== undefined && { name: user.username }) },
        }));
      // A page of all people in the server: those without the role are left out of it.
      return { members, ...(found.length === limit && last && { cursor: last.user.id }) };
    },
  };

  /** Who has left the server has no roles in it. */
  async function rolesOfGone(user: string, signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await rolesOf(user, signal);
    } catch (error) {
      if (saidCode(error) === RESTJSONErrorCodes.UnknownMember) return [];
      throw error;
    }
  }
}

function groupOf({ id, name }: Role): Group {
  return { id, name };
}

function refuse(given: Record<string, unknown>): void {
  const [field] = Object.entries(given).find(([, value]) => value !== undefined && value !== "") ?? [];
  if (field === undefined) return;
  throw new HooklineError("unsupported", {
    reason: `a role of Discord has no place for ${field}; leave it out, or use group_mode: channel`,
  });
}
