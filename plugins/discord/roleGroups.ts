import { RESTJSONErrorCodes, Routes } from "discord-api-types/v10";
import { eachMember, type Group, HooklineError, type Implementations, z } from "hookline";
import type { GroupOptions } from "./channelGroups.ts";
import { saidCode } from "./inOurWords.ts";
import { id, nothing } from "./openApi.ts";
import { checkMember, type Members } from "./people.ts";
import { cursorOf, groupIdOf, pageOf } from "./snowflakes.ts";

const role = z.object({ id, name: z.string(), managed: z.boolean().default(false) });
const roles = z.array(role);
const guildMember = z.object({ user: z.object({ id, username: z.string().optional() }), roles: z.array(z.string()) });
const guildMembers = z.array(guildMember);

/** Groups as roles: a member is who has the role. A role has a name and nothing else of what a group may have. */
export function roleGroups({ ask, guild, people }: GroupOptions): Implementations {
  async function has(user: string, id: string, signal: AbortSignal): Promise<boolean> {
    const found = await ask("get", Routes.guildMember(guild, user), guildMember, { signal, isPreparation: true });
    return found.roles.includes(id);
  }

  const give = (id: string, signal: AbortSignal, isNew: boolean) => async (member: Members[number]) => {
    checkMember(member);
    const user = people.userIdOf(member.who);
    if (!isNew && (await has(user, id, signal))) return "already";
    await ask("put", Routes.guildMemberRole(guild, user, id), nothing, { signal });
    return "added";
  };

  return {
    async create_group({ name, description, external_id, members }, { signal }) {
      refuse({ description, external_id });
      const body = { name, permissions: "0", mentionable: true };
      const made = await ask("post", Routes.guildRoles(guild), role, { body, signal });
      // The role is there by now: no error may hide it.
      const items = await eachMember(members, give(made.id, signal, true), { hasActed: true });
      return { ...groupOf(made), items };
    },

    async get_group({ group }, { signal }) {
      return groupOf(await ask("get", Routes.guildRole(guild, groupIdOf(group)), role, { signal }));
    },

    async update_group({ group, name, description, visibility }, { signal }) {
      refuse({ description, visibility });
      return groupOf(await ask("patch", Routes.guildRole(guild, groupIdOf(group)), role, { body: { name }, signal }));
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
      const given = all.filter(({ id, managed }) => id !== guild && !managed);
      const { page, next } = pageOf(given, request);
      return { groups: page.map(groupOf), ...next };
    },

    async add_member({ group, members }, { signal }) {
      return { items: await eachMember(members, give(groupIdOf(group), signal, false)) };
    },

    async remove_member({ group, members }, { signal }) {
      const id = groupIdOf(group);
      const items = await eachMember(members, async ({ who }) => {
        const user = people.userIdOf(who);
        try {
          if (!(await has(user, id, signal))) return "absent";
          await ask("delete", Routes.guildMemberRole(guild, user, id), nothing, { signal });
          return "removed";
        } catch (error) {
          // Who has left the server has no roles in it.
          if (saidCode(error) === RESTJSONErrorCodes.UnknownMember) return "absent";
          throw error;
        }
      });
      return { items };
    },

    async list_members({ group, cursor, limit }, { signal }) {
      const id = groupIdOf(group);
      const query = { limit: String(limit), ...(cursor !== undefined && { after: cursorOf(cursor) }) };
      const found = await ask("get", Routes.guildMembers(guild), guildMembers, { query, signal });
      const last = found.at(-1);
      const members = found.filter((one) => one.roles.includes(id)).map(({ user }) => people.named(user.id, user.username));
      // A page of all people in the server: those without the role are left out of it.
      return { members, ...(found.length === limit && last && { cursor: last.user.id }) };
    },
  };
}

function groupOf({ id, name }: z.output<typeof role>): Group {
  return { id, name };
}

function refuse(given: Record<string, unknown>): void {
  const [field] = Object.entries(given).find(([, value]) => value !== undefined && value !== "") ?? [];
  if (field === undefined) return;
  throw new HooklineError("unsupported", {
    reason: `a role of Discord has no place for ${field}; leave it out, or use group_mode: channel`,
  });
}
