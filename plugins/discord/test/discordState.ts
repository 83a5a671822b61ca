/** The ids that every double knows. */
export const ids = {
  bot: "1000000000000000001",
  guild: "1100000000000000001",
  anna: "1000000000000000011",
  ben: "1000000000000000012",
  /** Has left the server; the account is there. */
  gone: "1000000000000000013",
  /** Takes no direct messages. */
  shy: "1000000000000000014",
  general: "1200000000000000001",
  team: "1200000000000000002",
  voice: "1200000000000000003",
  message: "1200000000000000009",
  role: "1300000000000000001",
};

/** The token that the double takes. */
export const token = "MTAwMDAwMDAwMDAwMDAwMDAwMQ.secret.token-0123456789";

interface Overwrite {
  id: string;
  type: number;
  allow: string;
  deny: string;
}

interface Channel {
  id: string;
  type: number;
  guild_id?: string;
  name?: string;
  topic?: string | null;
  parent_id?: string | null;
  permission_overwrites: Overwrite[];
}

/** What the double remembers, for a test to look at and to change. */
export interface DiscordState {
  token: string;
  channels: Map<string, Channel>;
  roles: Map<string, { id: string; name: string; permissions: string; mentionable: boolean; managed: boolean }>;
  /** Who is in the server, and with which roles. */
  members: Map<string, Set<string>>;
  messages: Map<string, { id: string; channel_id: string; body: Record<string, unknown> }>;
  most: { channels: number; roles: number };
}

/** One server with two text channels, a voice channel, a role and three people besides the bot. */
export function freshState(): DiscordState {
  return {
    token,
    channels: new Map(
      [
        { id: ids.general, type: 0, name: "general", topic: "Everything", permission_overwrites: [] },
        {
          id: ids.team,
          type: 0,
          name: "team",
          topic: null,
          permission_overwrites: [
            { id: ids.guild, type: 0, allow: "0", deny: "1024" },
            { id: ids.bot, type: 1, allow: "68608", deny: "0" },
            { id: ids.ben, type: 1, allow: "68608", deny: "0" },
          ],
        },
        { id: ids.voice, type: 2, name: "voice", permission_overwrites: [] },
      ].map((channel) => [channel.id, { ...channel, guild_id: ids.guild }]),
    ),
    roles: new Map([
      [ids.guild, newRole(ids.guild, "@everyone", "104324673")],
      [ids.role, newRole(ids.role, "Team", "0")],
    ]),
    members: new Map([
      [ids.anna, new Set<string>()],
      [ids.ben, new Set([ids.role])],
      [ids.shy, new Set<string>()],
      [ids.bot, new Set<string>()],
    ]),
    messages: new Map([[ids.message, { id: ids.message, channel_id: ids.general, body: { content: "old" } }]]),
    most: { channels: 500, roles: 250 },
  };
}

/** A role as Discord makes it. */
export function newRole(id: string, name: string, permissions: string) {
  return { id, name, permissions, mentionable: false, managed: false };
}
