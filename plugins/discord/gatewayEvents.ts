import type { Client, ClientEvents, GuildMember, Message, PartialGuildMember } from "discord.js";
import type { InboundEvent } from "hookline";
import { isGroup } from "./channelGroups.ts";

/** What of a session is told. */
export interface GatewayFilter {
  guild_id: string;
  group_mode: "channel" | "role";
}

/**
 * Tells of direct messages, and of one server: its messages, who joins and leaves it, and groups that come and go. Returns its
 * off.
 */
export function gatewayEvents(
  client: Client,
  { guild_id, group_mode }: GatewayFilter,
  tell: (event: InboundEvent) => void,
): () => void {
  const offs: (() => void)[] = [];
  const on = <Name extends keyof ClientEvents>(name: Name, listener: (...values: ClientEvents[Name]) => void): void => {
    client.on(name, listener);
    offs.push(() => client.off(name, listener));
  };
  const group = (
    type: "group_created" | "group_deleted",
    { id, name, guild, managed = false }: { id: string; name: string; guild: { id: string }; managed?: boolean },
  ): void => {
    if (guild.id === guild_id && !managed) tell({ type, id: `${type}:${id}`, group: id, data: { name, guild_id } });
  };

  on("messageCreate", (message) => {
    const isHere = message.guildId === null || message.guildId === guild_id;
    if (isHere && message.author.id !== client.user?.id) tell(messageEvent(message, group_mode));
  });
  on("guildMemberAdd", (member) => {
    if (member.guild.id === guild_id) tell(memberEvent("member_joined", member));
  });
  on("guildMemberRemove", (member) => {
    if (member.guild.id === guild_id) tell(memberEvent("member_left", member));
  });
  if (group_mode === "role") {
    on("roleCreate", (role) => group("group_created", role));
    on("roleDelete", (role) => group("group_deleted", role));
  } else {
    on("channelCreate", (channel) => {
      if (isGroup(channel)) group("group_created", channel);
    });
    on("channelDelete", (channel) => {
      if (!channel.isDMBased() && isGroup(channel)) group("group_deleted", channel);
    });
  }
  return () => {
    for (const off of offs) off();
  };
}

function messageEvent(
  { id, channelId, guildId, author, content, createdAt, attachments, reference }: Message,
  mode: GatewayFilter["group_mode"],
): InboundEvent {
  return {
    type: "message",
    id,
    at: createdAt.toISOString(),
    message_id: `${channelId}/${id}`,
    ...(guildId !== null && mode === "channel" && { group: channelId }),
    from: { kind: "user", value: author.id, name: author.username },
    content: { text: content },
    data: {
      channel_id: channelId,
      guild_id: guildId,
      is_bot: author.bot,
      attachments: attachments.map(({ name, url, size, contentType }) => ({ name, url, size, content_type: contentType })),
      ...(reference?.messageId !== undefined && { answers: `${reference.channelId}/${reference.messageId}` }),
    },
  };
}

/** The moment of the join tells one from the next. Of who left it may be unknown; then the event has no id. */
function memberEvent(
  type: "member_joined" | "member_left",
  { id, guild, user, joinedTimestamp }: GuildMember | PartialGuildMember,
): InboundEvent {
  return {
    type,
    ...(joinedTimestamp !== null && { id: `${type}:${guild.id}:${id}:${joinedTimestamp}` }),
    ...(joinedTimestamp !== null && type === "member_joined" && { at: new Date(joinedTimestamp).toISOString() }),
    from: { kind: "user", value: id, name: user.username },
    data: { guild_id: guild.id },
  };
}
