import { ChannelType, OverwriteType, RESTJSONErrorCodes, Routes } from "discord-api-types/v10";
import {
  type CheckedRequestOf,
  type CommunicationContract,
  type Group,
  HooklineError,
  type Implementations,
  type Item,
  z,
} from "hookline";
import { readTopic, topicOf } from "./channelTopic.ts";
import { checkName } from "./checkName.ts";
import { saidCode } from "./inOurWords.ts";
import { checkMember, memberItems } from "./memberItems.ts";
import type { Ask } from "./openApi.ts";
import { isPrivate, letsSee, memberOverwrite, withVisibility } from "./permissions.ts";
import { type Channel, channel, guildMember, nothing, type Overwrite } from "./schemas.ts";
import { groupIdOf, pageOf } from "./snowflakes.ts";

/** What the groups of either kind need. */
export interface GroupOptions {
  ask: Ask;
  guild: string;
  /** The bot's own id. */
  self(signal: AbortSignal): Promise<string>;
  category?: string | undefined;
}

type Members = CheckedRequestOf<CommunicationContract, "add_member">["members"];

const mostOverwrites = 100;
const channels = z.array(channel);
const nothingYet = () => false;

/** Groups as text channels: a member is who has a permission overwrite that lets them see it. */
export function channelGroups({ ask, guild, self, category }: GroupOptions): Implementations {
  /** Throws `not_found` for what is no text channel. */
  async function read(group: string, signal: AbortSignal, isPreparation = false): Promise<Channel> {
    const found = await ask("get", Routes.channel(groupIdOf(group)), channel, { signal, isPreparation });
    if (isText(found) && (found.guild_id ?? guild) === guild) return found;
    throw new HooklineError("not_found", {
      reason: `${group} is no text channel of the server ${guild}, and only those are groups`,
    });
  }

  /** Somebody outside could be given the permission too, but joining later they would not have it. */
  async function checkInside(user: string, signal: AbortSignal): Promise<void> {
    await ask("get", Routes.guildMember(guild, user), guildMember, { signal, isPreparation: true });
  }

  function addTo(id: string, overwrites: readonly Overwrite[], members: Members, signal: AbortSignal): Promise<Item[]> {
    return memberItems(members, async (user, member) => {
      checkMember(member);
      const before = overwrites.find((one) => one.id === user);
      if (before && letsSee(before)) return "already";
      await checkInside(user, signal);
      const { id: _, ...body } = memberOverwrite(user, before);
      await ask("put", Routes.channelPermission(id, user), nothing, { body, signal });
      return "added";
    });
  }

  function groupOf({ id, name, topic, permission_overwrites }: Channel): Group {
    const visibility = isPrivate(permission_overwrites, guild) ? "private" : "public";
    return { id, name: name ?? id, ...readTopic(topic), visibility, url: `https://discord.com/channels/${guild}/${id}` };
  }

  return {
    async create_group({ name, description, external_id, visibility, members, if_exists }, { signal }) {
      checkName(name);
      const topic = topicOf({ description, external_id });
      if (external_id !== undefined) {
        const all = await ask("get", Routes.guildChannels(guild), channels, { signal, isPreparation: true });
        const found = all.find((one) => isText(one) && readTopic(one.topic).external_id === external_id);
        if (found && if_exists === "fail") throw exists(external_id);
        if (found)
          return { ...groupOf(found), already: true, items: await addTo(found.id, found.permission_overwrites, members, signal) };
      }
      const bot = await self(signal);
      const base = visibility === "private" ? withVisibility([], { visibility, everyone: guild, bot }) : [];
      if (members.length > mostOverwrites - base.length) throw tooMany(mostOverwrites - base.length);
      // All in one request: what is added right after the creation may be lost.
      const overwrites = new Map(base.map((one) => [one.id, one]));
      const items = await memberItems(
        members,
        async (user, member) => {
          checkMember(member);
          if (overwrites.has(user)) return "already";
          await checkInside(user, signal);
          overwrites.set(user, memberOverwrite(user));
          return "added";
        },
        nothingYet,
      );
      const body = {
        name,
        type: ChannelType.GuildText,
        ...(topic !== "" && { topic }),
        ...(category !== undefined && { parent_id: category }),
        permission_overwrites: [...overwrites.values()],
      };
      return { ...groupOf(await ask("post", Routes.guildChannels(guild), channel, { body, signal })), items };
    },

    get_group: async ({ group }, { signal }) => groupOf(await read(group, signal)),

    async update_group({ group, name, description, visibility }, { signal }) {
      if (name !== undefined) checkName(name);
      const before = await read(group, signal, true);
      const { external_id } = readTopic(before.topic);
      const bot = visibility === undefined ? undefined : await self(signal);
      const body = {
        ...(name !== undefined && { name }),
        ...(description !== undefined && { topic: topicOf({ description, external_id }) }),
        ...(visibility !== undefined &&
          bot !== undefined && {
            permission_overwrites: withVisibility(before.permission_overwrites, { visibility, everyone: guild, bot }),
          }),
      };
      return groupOf(await ask("patch", Routes.channel(before.id), channel, { body, signal }));
    },

    async delete_group({ group, mode }, { signal }) {
      if (mode === "archive")
        throw new HooklineError("unsupported", { reason: "a channel of Discord cannot be archived; use mode: delete" });
      // A voice channel or a whole category would be deleted just as well.
      const { id } = await read(group, signal, true);
      return { id: (await ask("delete", Routes.channel(id), channel, { signal })).id };
    },

    async list_groups(request, { signal }) {
      const all = await ask("get", Routes.guildChannels(guild), channels, { signal });
      const { page, cursor } = pageOf(all.filter(isText), request);
      return { groups: page.map(groupOf), ...(cursor !== undefined && { cursor }) };
    },

    async add_member({ group, members }, { signal }) {
      const { id, permission_overwrites } = await read(group, signal, true);
      return { items: await addTo(id, permission_overwrites, members, signal) };
    },

    async remove_member({ group, members }, { signal }) {
      const id = groupIdOf(group);
      const items = await memberItems(members, async (user) => {
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
      const { permission_overwrites } = await read(group, signal);
      const bot = await self(signal);
      const members = permission_overwrites.filter((one) => one.type === OverwriteType.Member && one.id !== bot && letsSee(one));
      const { page, cursor } = pageOf(members, request);
      return {
        members: page.map(({ id }) => ({ who: { kind: "user" as const, value: id } })),
        ...(cursor !== undefined && { cursor }),
      };
    },
  };
}

function isText({ type }: Channel): boolean {
  return type === ChannelType.GuildText || type === ChannelType.GuildAnnouncement;
}

function exists(external_id: string): HooklineError {
  return new HooklineError("conflict", { reason: `there is a channel with the external_id ${external_id} already` });
}

function tooMany(most: number): HooklineError {
  const reason = `Discord creates a channel with at most ${most} members; name the others in add_member`;
  return new HooklineError("payload_too_large", { reason, failover: false });
}
