import type { RESTOptions } from "@discordjs/rest";
import type { Client } from "discord.js";
import { GatewayCloseCodes, GatewayIntentBits } from "discord-api-types/v10";

/** One session with Discord that brings events. It outlives a reload: Discord allows 1000 new ones a day. */
export interface Gateway {
  /** Attaches to the client of now, and to the one that replaces it, until the off that it returns is called. One at a time. */
  attach(attach: (client: Client) => () => void): () => void;
  /** Why no events come now; undefined while they do. */
  readonly problem: string | undefined;
  close(): Promise<void>;
}

/** What decides which session it is. */
export interface GatewayOptions {
  token: string;
  api_url: string;
  intents: readonly Intent[];
}

/** What a session uses of the world around it. */
export interface GatewayTools {
  /** setTimeout; returns its clear. */
  after(ms: number, run: () => void): () => void;
  /** Hears why no events come. */
  warn(problem: string): void;
  /** For the one question where the gateway is. Not that of a generation, which ends before the session does. */
  fetch: typeof globalThis.fetch;
}

/** The intents by the names of the settings. */
export type Intent = keyof typeof bits;

const bits = {
  guilds: GatewayIntentBits.Guilds,
  guild_messages: GatewayIntentBits.GuildMessages,
  direct_messages: GatewayIntentBits.DirectMessages,
  message_content: GatewayIntentBits.MessageContent,
  guild_members: GatewayIntentBits.GuildMembers,
};

const firstWait = 5_000;
const longestWait = 300_000;

/**
 * Opens a session. It does not throw while Discord is not there: `problem` tells, and it tries again. discord.js itself comes back
 * after a broken connection; ours are the first one, and an end after which discord.js gives up.
 */
export function openGateway({ token, api_url, intents }: GatewayOptions, { after, warn, fetch }: GatewayTools): Gateway {
  let problem: string | undefined = "it is connecting";
  let attached: ((client: Client) => () => void) | undefined;
  let detach: (() => void) | undefined;
  let client: Client | undefined;
  let cancelRetry: (() => void) | undefined;
  let wait = firstWait;
  let login: Promise<unknown> | undefined;
  const closing = new AbortController();

  const works = (): void => {
    problem = undefined;
    wait = firstWait;
  };

  const broke = (error: unknown): void => {
    problem = error instanceof Error ? error.message : String(error);
    warn(problem);
  };
  const start = (): void => void connect().catch(broke);

  const makeRequest: RESTOptions["makeRequest"] = (url, { method, headers, signal }) => {
    const signals = signal ? [signal, closing.signal] : [closing.signal];
    return fetch(url, { method, headers: Object.entries({ ...headers }), signal: AbortSignal.any(signals) });
  };

  async function connect(): Promise<void> {
    const opened = await makeClient(intents, { api: api_url.replace(/\/+$/, ""), retries: 0, makeRequest });
    if (closing.signal.aborted) return opened.destroy();
    client = opened;
    detach = attached?.(opened);
    const ended = Promise.withResolvers<unknown>();
    opened.on("clientReady", works);
    opened.on("shardResume", works);
    opened.on("shardReconnecting", () => broke(new Error("the connection broke, and is being made again")));
    opened.on("shardError", broke);
    opened.on("error", broke);
    opened.on("shardDisconnect", ({ code }) => ended.resolve(new Error(endOf(code))));
    login = opened.login(token).catch(ended.resolve);

    const end = await ended.promise;
    detach?.();
    await opened.destroy();
    if (closing.signal.aborted) return;
    broke(end);
    cancelRetry = after(wait, start);
    wait = Math.min(wait * 2, longestWait);
  }

  start();
  return {
    attach(attach) {
      attached = attach;
      detach = client && attach(client);
      return () => {
        detach?.();
        attached = undefined;
      };
    },
    get problem() {
      return problem;
    },
    async close() {
      closing.abort();
      cancelRetry?.();
      // Destroyed in the middle of its login a client goes on, and its session stays for ever.
      await login;
      await client?.destroy();
    },
  };
}

/** discord.js is 20 MB: it is loaded here, and only for an instance with a gateway. */
async function makeClient(intents: readonly Intent[], rest: Partial<RESTOptions>): Promise<Client> {
  const { Client, Options, Partials } = await import("discord.js");
  return new Client({
    intents: intents.map((name) => bits[name]),
    // Without these it is silent about direct messages, and about who left and was not known to it.
    partials: [Partials.Channel, Partials.GuildMember],
    makeCache: Options.cacheWithLimits({ ...Options.DefaultMakeCacheSettings, MessageManager: 0 }),
    rest,
  });
}

/** After one of these discord.js gives up; to come back helps once somebody has changed something. */
function endOf(code: number): string {
  if (code === GatewayCloseCodes.AuthenticationFailed) return `Discord refuses the token (${code})`;
  if (code === GatewayCloseCodes.DisallowedIntents) {
    return `an intent is not allowed (${code}); switch it on in the developer portal, or take it out of the setting intents`;
  }
  if (code === GatewayCloseCodes.ShardingRequired)
    return `the bot is in too many servers for one session (${code}); this plugin does not shard`;
  return `Discord ended the session (${code})`;
}
