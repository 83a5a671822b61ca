import { EventEmitter, once } from "node:events";
import type { Client } from "discord.js";
import type { InboundEvent } from "hookline";
import { startPlatform } from "hookline/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { openGateway } from "./gateway.ts";
import { discordDouble, refusal } from "./test/discordDouble.ts";
import { ids, token } from "./test/discordState.ts";
import { type GatewayDouble, startGateway } from "./test/gatewayDouble.ts";
import { openDiscord } from "./test/openDiscord.ts";

const anna = { id: ids.anna, username: "anna", discriminator: "0", avatar: null };
const message = {
  id: "1400000000000000123",
  type: 0,
  channel_id: ids.general,
  guild_id: ids.guild,
  author: anna,
  content: "Hello, bot",
  timestamp: "2026-02-02T02:40:00.000000+00:00",
  attachments: [
    {
      id: "1400000000000000124",
      filename: "a.txt",
      size: 3,
      url: "https://cdn.test/a.txt",
      proxy_url: "https://cdn.test/a.txt",
      content_type: "text/plain",
    },
  ],
  message_reference: { channel_id: ids.general, message_id: ids.message, guild_id: ids.guild },
  embeds: [],
  mentions: [],
  mention_roles: [],
};

test("messages, direct ones too, are told; those of the bot itself and of other servers are not", async () => {
  const { open, gateway, heard } = await openWithGateway();
  await open.connected();

  gateway.dispatch("MESSAGE_CREATE", { ...message, id: "1400000000000000200", author: { ...anna, id: ids.bot, bot: true } });
  gateway.dispatch("MESSAGE_CREATE", { ...message, id: "1400000000000000201", guild_id: "1100000000000000099" });
  gateway.dispatch("MESSAGE_CREATE", message);
  gateway.dispatch("MESSAGE_CREATE", {
    ...message,
    id: "1400000000000000202",
    channel_id: "1500000000000000011",
    channel_type: 1,
    guild_id: undefined,
    message_reference: undefined,
    attachments: [],
  });

  await heard.count(2);
  expect(heard.events).toEqual([
    {
      type: "message",
      id: message.id,
      at: "2025-07-30T06:20:10.742Z",
      message_id: `${ids.general}/${message.id}`,
      group: ids.general,
      from: { kind: "user", value: ids.anna, name: "anna" },
      content: { text: "Hello, bot" },
      data: {
        channel_id: ids.general,
        guild_id: ids.guild,
        is_bot: false,
        attachments: [{ name: "a.txt", url: "https://cdn.test/a.txt", size: 3, content_type: "text/plain" }],
        answers: `${ids.general}/${ids.message}`,
      },
    },
    expect.objectContaining({
      type: "message",
      message_id: "1500000000000000011/1400000000000000202",
      data: expect.objectContaining({ guild_id: null }),
    }),
  ]);
  expect(heard.events[1]).not.toHaveProperty("group");
});

test("who joins and leaves the server, and channels that come and go, are told", async () => {
  const { open, gateway, heard } = await openWithGateway();
  await open.connected();
  const joined_at = "2026-02-02T02:40:00.000000+00:00";
  const blue = { id: "1400000000000000300", type: 0, name: "blue", guild_id: ids.guild, permission_overwrites: [] };

  gateway.dispatch("GUILD_MEMBER_ADD", { guild_id: ids.guild, user: anna, roles: [], joined_at, flags: 0 });
  gateway.dispatch("GUILD_MEMBER_REMOVE", { guild_id: ids.guild, user: anna });
  gateway.dispatch("GUILD_MEMBER_REMOVE", { guild_id: ids.guild, user: { ...anna, id: ids.gone } });
  gateway.dispatch("CHANNEL_CREATE", blue);
  gateway.dispatch("CHANNEL_CREATE", { ...blue, id: "1400000000000000301", type: 4 });
  gateway.dispatch("CHANNEL_CREATE", { ...blue, id: "1400000000000000302", type: 2 });
  gateway.dispatch("CHANNEL_DELETE", blue);

  await heard.count(5);
  const moment = Date.parse(joined_at);
  expect(
    heard.events.map(({ type, id, group, from }) => ({ type, id, group, from: from && Reflect.get(Object(from), "value") })),
  ).toEqual([
    { type: "member_joined", id: `member_joined:${ids.guild}:${ids.anna}:${moment}`, from: ids.anna },
    { type: "member_left", id: `member_left:${ids.guild}:${ids.anna}:${moment}`, from: ids.anna },
    { type: "member_left", from: ids.gone },
    { type: "group_created", id: `group_created:${blue.id}`, group: blue.id },
    { type: "group_deleted", id: `group_deleted:${blue.id}`, group: blue.id },
  ]);
});

test("with group_mode role, roles that come and go are told, but those of integrations", async () => {
  const { open, gateway, heard } = await openWithGateway({ group_mode: "role" });
  await open.connected();
  const role = { id: "1400000000000000400", name: "Blue", permissions: "0", position: 1, managed: false };

  gateway.dispatch("GUILD_ROLE_CREATE", { guild_id: ids.guild, role: { ...role, id: "1400000000000000401", managed: true } });
  gateway.dispatch("GUILD_ROLE_CREATE", { guild_id: ids.guild, role });
  gateway.dispatch("GUILD_ROLE_DELETE", { guild_id: ids.guild, role_id: role.id });

  await heard.count(2);
  expect(heard.events.map(({ type, group }) => [type, group])).toEqual([
    ["group_created", role.id],
    ["group_deleted", role.id],
  ]);
});

test("a reload keeps the session, and every message is told once: Discord allows only so many new sessions", async () => {
  const { open, gateway, heard } = await openWithGateway();
  await open.connected();

  for (let round = 1; round <= 3; round++) {
    const disposed = open.host.once("disposed");
    await open.host.reload("discord");
    await disposed;
    gateway.dispatch("MESSAGE_CREATE", { ...message, id: `140000000000000040${round}` });
    await heard.count(round);
  }

  expect(heard.events.map(({ id }) => id)).toEqual(["1400000000000000401", "1400000000000000402", "1400000000000000403"]);
  expect(gateway.identified).toHaveLength(1);
  expect(open.host.instance("discord").generation).toBe(4);
});

test("the session asks for what the settings say, ends with the instance, and is made anew for another token", async () => {
  const { open, gateway } = await openWithGateway({ intents: ["guilds", "guild_members"] });
  await open.connected();
  open.state.token = "another-token";
  const disposed = open.host.once("disposed");
  const config = { api_url: `${open.platform.url}/api`, token: "another-token", guild_id: ids.guild, gateway: true };

  await open.host.configure({ plugin_paths: [import.meta.dirname], enabled_plugins: [{ plugin_id: "discord", config }] });
  await gateway.answered(2);
  await disposed;
  await open.close();
  await gateway.idle();

  expect(gateway.identified).toMatchObject([
    { token, intents: 3 },
    { token: "another-token", intents: 37_379 },
  ]);
});

test("settings that are refused leave the session, and who hears it, as they are", async () => {
  const { open, gateway, heard } = await openWithGateway();
  await open.connected();
  const config = { api_url: `${open.platform.url}/api/`, token, guild_id: "1100000000000000099", gateway: true };
  const failed = open.host.once("reload_failed");

  await open.host.configure({ plugin_paths: [import.meta.dirname], enabled_plugins: [{ plugin_id: "discord", config }] });
  await failed;
  gateway.dispatch("MESSAGE_CREATE", message);

  await heard.count(1);
  await open.close();
  expect(gateway.identified).toHaveLength(1);
});

test("an intent that is not switched on is said in the health, and sending works all the same", async () => {
  const { open, gateway } = await openWithGateway({}, (double) => double.refuseNext(4014));
  await gateway.answered(1);

  const health = await until(async () => {
    const { healthy, details } = await open.ask("health_check");
    return JSON.stringify(details).includes("4014") && { healthy, details };
  });
  const sent = await open.call("send_message", { to: ids.general, content: "Hi" });

  expect(health).toMatchObject({ healthy: false, details: { problem: expect.stringContaining("developer portal") } });
  expect(sent.status).toBe("ok");
});

test("a broken connection is resumed by discord.js, and what comes then is told", async () => {
  const { open, gateway, heard } = await openWithGateway();
  await open.connected();

  gateway.breakAll();
  await gateway.answered(2);
  gateway.dispatch("MESSAGE_CREATE", message);

  await heard.count(1);
  expect(gateway.identified).toHaveLength(1);
});

test("a session that cannot be opened is tried again, later and later, until it is closed", async () => {
  const platform = await startPlatform(() => refusal(401, 0, "401: Unauthorized"));
  onTestFinished(() => platform.close());
  const warnings: string[] = [];
  const waits: { ms: number; run: () => void; isCleared: boolean }[] = [];
  const after = (ms: number, run: () => void) => {
    const wait = { ms, run, isCleared: false };
    waits.push(wait);
    return () => {
      wait.isCleared = true;
    };
  };

  const gateway = openGateway(
    { token, api_url: `${platform.url}/api`, intents: ["guilds"] },
    { after, warn: (problem) => warnings.push(problem), fetch },
  );
  await until(() => waits.length === 1);
  waits[0]?.run();
  await until(() => waits.length === 2);
  const { problem } = gateway;
  await gateway.close();

  expect(waits.map(({ ms, isCleared }) => [ms, isCleared])).toEqual([
    [5_000, false],
    [10_000, true],
  ]);
  expect(warnings).toEqual([problem, problem]);
  expect(problem).toContain("token");
  expect(problem).not.toContain(token);
});

test.each([0, 1, 2, 3, 4])("a session closed in the middle of its login leaves nothing open (%s events later)", async (turns) => {
  const discord = await startGateway();
  onTestFinished(() => discord.close());
  const platform = await startPlatform(() => whereIs(discord));
  onTestFinished(() => platform.close());
  const gateway = openGateway(
    { token, api_url: `${platform.url}/api`, intents: ["guilds"] },
    { after: () => () => undefined, warn: () => undefined, fetch },
  );
  const clients: Client[] = [];
  gateway.attach((client) => {
    clients.push(client);
    return () => undefined;
  });
  await until(() => clients.length > 0);

  for (let turn = 0; turn < turns; turn++) await once(clients[0] ?? new EventEmitter(), "debug");
  await gateway.close();

  await discord.idle();
  expect(clients.map((client) => client.isReady())).toEqual([false]);
});

/** Awaits what comes over a socket, also on a busy machine. */
function until<T>(check: () => T | Promise<T>): Promise<unknown> {
  return vi.waitUntil(check, { timeout: 10_000, interval: 1 });
}

/** What Discord answers to the question where its gateway is. */
function whereIs({ url }: GatewayDouble) {
  return { json: { url, shards: 1, session_start_limit: { total: 1000, remaining: 999, reset_after: 0, max_concurrency: 1 } } };
}

/** The plugin over both doubles; what it tells is in `heard`. */
async function openWithGateway(
  settings: Record<string, unknown> = {},
  prepare: (gateway: GatewayDouble) => void = () => undefined,
) {
  const gateway = await startGateway();
  onTestFinished(() => gateway.close());
  prepare(gateway);
  const double = discordDouble();
  const answer: typeof double = Object.assign(
    (request: Parameters<typeof double>[0]) => (request.path === "/api/v10/gateway/bot" ? whereIs(gateway) : double(request)),
    { state: double.state },
  );
  const open = await openDiscord({ gateway: true, ...settings }, answer);
  const events: InboundEvent[] = [];
  open.host.on("event_received", ({ event }) => void events.push(event));
  const connected = async () => {
    await gateway.answered(1);
    await until(async () => (await open.ask("health_check")).healthy);
  };
  const count = (wanted: number) => until(() => events.length >= wanted);
  return { open: Object.assign(open, { connected }), gateway, heard: { events, count } };
}
