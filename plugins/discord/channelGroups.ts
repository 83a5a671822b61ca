import { ChannelType, OverwriteType, RESTJSONErrorCodes, Routes } from "discord-api-types/v10";
import { eachMember, type Group, HooklineError, type Implementations, type Item, z } from "hookline";
import { readTopic, topicOf } from "./channelTopic.ts";
import { saidCode } from "./inOurWords.ts";
import { type Ask, id, nothing, withId } from "./openApi.ts";
import { checkMember, type Members, type People } from "./people.ts";
import { isPrivate, letsSee, memberOverwrite, type Overwrite, overwrite, withVisibility } from "./permissions.ts";
import { groupIdOf, pageOf } from "./snowflakes.ts";

/** What the groups of either kind need. */
export interface GroupOptions {
  ask: Ask;
  guild: string;
  people: People;
  category?: string | undefined;
}

const channel = z.object({
  id,
  type: z.number(),
  guild_id: id.optional(),
  name: z.string().nullish(),
  topic: z.string().nullish(),
  permission_overwrites: z.array(overwrite).default([]),
});
const channels = z.array(channel);

type Channel = z.output<typeof channel>;

/** Groups as text channels: a member is who has a permission overwrite that lets them see it. */
export function channelGroups({ ask, guild, people, category }: GroupOptions): Implementations {
  let bot: string | undefined;

  /** The bot's own id. It is in every private group, and no member of any. */
  async function self(signal: AbortSignal): Promise<string> {
    bot ??= (await ask("get", Routes.user(), withId, { signal, isPreparation: true })).id;
    return bot;
  }

  /** Throws `not_found` for what is no text channel. */
  async function read(group: string, signal: AbortSignal, isPreparation = false): Promise<Channel> {
    const found = await ask("get", Routes.channel(groupIdOf(group)), channel, { signal, isPreparation });
    if (isGroup(found) && (found.guild_id ?? guild) === guild) return found;
    throw new HooklineError("not_found", {
      reason: `${group} is no text channel of the server ${guild}, and only those are groups`,
    });
  }

  function add(
    members: Members,
    overwrites: readonly Overwrite[],
    signal: AbortSignal,
    write: (overwrite: Overwrite) => unknown,
  ): Promise<Item[]> {
    return eachMember(members, async (member) => {
      checkMember(member);
      const user = people.userIdOf(member.who);
      const before = overwrites.find((one) => one.id === user);
      if (before && letsSee(before)) return "already";
      // Somebody outside could be given the permission too, but joining later they would not have it.
      await ask("get", Routes.guildMember(guild, user), z.object({ user: withId }), { signal, isPreparation: true });
      await write(memberOverwrite(user, before));
      return "added";
    });
  }

  function addTo({ id, permission_overwrites }: Channel, members: Members, signal: AbortSignal): Promise<Item[]> {
    return add(members, permission_overwrites, signal, ({ id: user, ...body }) =>
      ask("put", Routes.channelPermission(id, user), nothing, { body, signal }),
    );
  }

  function groupOf({ id, name, topic, permission_overwrites }: Channel): Group {
    const visibility = isPrivate(permission_overwrites, guild) ? "private" : "public";
    return { id, name: name ?? id, ...readTopic(topic), visibility, url: `https://discord.com/channels/${guild}/${id}` };
  }

  return {
    async create_group({ name, description, external_id, visibility, members, if_exists }, { signal }) {
      const topic = topicOf(description, external_id) || undefined;
      if (external_id !== undefined) {
        const all = await ask("get", Routes.guildChannels(guild), channels, { signal, isPreparation: true });
        const found = all.find((one) => isGroup(one) && readTopic(one.topic).external_id === external_id);
        if (found && if_exists === "fail")
          throw new HooklineError("conflict", { reason: `there is a channel with the external_id ${external_id} already` });
        if (found) return { ...groupOf(found), already: true, items: await addTo(found, members, signal) };
      }
      // All in one request: what is added right after the creation may be lost.
      const permission_overwrites =
        visibility === "private" ? withVisibility([], { visibility, everyone: guild, bot: await self(signal) }) : [];
      const items = await add(members, permission_overwrites, signal, (one) => permission_overwrites.push(one));
      const body = { name, type: ChannelType.GuildText, topic, parent_id: category, permission_overwrites };
      return { ...groupOf(await ask("post", Routes.guildChannels(guild), channel, { body, signal })), items };
    },

    get_group: async ({ group }, { signal }) => groupOf(await read(group, signal)),

    async update_group({ group, name, description, visibility }, { signal }) {
      const { id, topic, permission_overwrites: before } = await read(group, signal, true);
      const body = {
        name,
        ...(description !== undefined && { topic: topicOf(description, readTopic(topic).external_id) }),
        ...(visibility && {
          permission_overwrites: withVisibility(before, { visibility, everyone: guild, bot: await self(signal) }),
        }),
      };
      return groupOf(await ask("patch", Routes.channel(id), channel, { body, signal }));
    },

    async delete_group({ group, mode }, { signal }) {
      if (mode === "archive")
        throw new HooklineError("unsupported", { reason: "a channel of Discord cannot be archived; use mode: delete" });
      // A voice channel or a whole category would be deleted just as well.
      const { id } = await read(group, signal, true);
      return { id: (await ask("delete", Routes.channel(id), withId, { signal })).id };
    },

    async list_groups(request, { signal }) {
      const all = await ask("get", Routes.guildChannels(guild), channels, { signal });
      const { page, next } = pageOf(all.filter(isGroup), request);
      return { groups: page.map(groupOf), ...next };
    },

    async add_member({ group, members }, { signal }) {
      return { items: await addTo(await read(group, signal, true), members, signal) };
    },

    async remove_member({ group, members }, { signal }) {
      const { id, permission_overwrites } = await read(group, signal, true);
      const items = await eachMember(members, async ({ who }) => {
        const user = people.userIdOf(who);
        // Another overwrite is not ours: it may be what keeps somebody out.
        if (!permission_overwrites.some((one) => one.id === user && letsSee(one))) return "absent";
        try {
          await ask("delete", Routes.channelPermission(id, user), nothing, { signal });
          return "removed";
        } catch (error) {
          if (saidCode(error) === RESTJSONErrorCodes.UnknownPermissionOverwrite) return "absent";
          throw error;
        }
      });
      return { items };
    },

    async list_members({ group, ...request }, { signal }) {
      const bot = await self(signal);
      const { permission_overwrites } = await read(group, signal);
      const members = permission_overwrites.filter((one) => one.type === OverwriteType.Member && one.id !== bot && letsSee(one));
      const { page, next } = pageOf(members, request);
      return { members: page.map((one) => people.named(one.id)), ...next };
    },
  };
}

/** True for a channel that is a group: others are for voices, or hold channels. */
export function isGroup({ type }: { type: number }): boolean {
  return type === ChannelType.GuildText || type === ChannelType.GuildAnnouncement;
}
