import { existsSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { bodyOf, discordDouble, refusal } from "./test/discordDouble.ts";
import { ids } from "./test/discordState.ts";
import { openDiscord } from "./test/openDiscord.ts";

const document = new URL("../../../shared/specs/discord.openapi.json", import.meta.url);

test("a message pings nobody by what its text says, unless the settings or the request allow it", async () => {
  const closed = await openDiscord();
  const open = await openDiscord({ allowed_mentions: ["users"] });
  const message = { to: ids.general, content: "@everyone look, <@&1300000000000000001>" };

  await closed.call("send_message", message);
  await open.call("send_message", message);
  await closed.call("send_message", { ...message, provider_options: { discord: { allowed_mentions: { parse: ["everyone"] } } } });

  const mentions = [...closed.platform.requests, ...open.platform.requests].map(({ json }) => json.allowed_mentions);
  expect(mentions).toEqual([{ parse: [] }, { parse: ["everyone"] }, { parse: ["users"] }]);
});

test.each([
  [
    "a text says what it says",
    { text: "2 * 3 * 4\n# no head\n- a_b [x] \\o/" },
    "2 \\* 3 \\* 4\n\\# no head\n\\- a\\_b \\[x] \\\\o/",
  ],
  [
    "addresses, mentions and emoji of a text are left alone",
    { text: "https://a.test/b_c_d <@1> <:x_y:1> <t:1:R>" },
    "https://a.test/b_c_d <@1> <:x_y:1> <t:1:R>",
  ],
  ["markdown is Discord's own", { markdown: "**Hi** [x](https://a.test)" }, "**Hi** [x](https://a.test)"],
  [
    "markdown goes before text, and HTML is passed over when there is text",
    { text: "a*b", markdown: "*b*", html: "<b>b</b>" },
    "*b*",
  ],
  ["a subject is the first line, in bold", { subject: "Now*", text: "body" }, "**Now\\***\nbody"],
])("%s", async (_, content, expected) => {
  const open = await openDiscord();

  await open.call("send_message", { to: ids.general, content });

  expect(open.platform.requests[0]?.json.content).toBe(expected);
});

test.each([
  ["HTML alone", { content: { html: "<b>Hi</b>" } }, "unsupported"],
  ["a template", { content: { template: { name: "welcome" } } }, "unsupported"],
  ["2001 characters", { content: "é".repeat(2001) }, "payload_too_large"],
  [
    "eleven files",
    { content: "x", attachments: Array(11).fill({ filename: "a.txt", content_base64: "YQ==" }) },
    "payload_too_large",
  ],
  ["a thread that is no message", { content: "x", thread: "42" }, "invalid_request"],
  ["a mail address", { to: "anna@example.com", content: "x" }, "invalid_recipient"],
  ["a phone number", { to: { kind: "phone", value: "+4915112345678" }, content: "x" }, "unsupported"],
  ["a path in place of an id", { to: `${ids.general}/messages/../../x`, content: "x" }, "invalid_recipient"],
])("%s is refused before anything is sent", async (_, request, code) => {
  const open = await openDiscord();

  const { error } = await open.call("send_message", { to: ids.general, ...request });

  expect(error).toMatchObject({ code, dispatched: "no" });
  expect(open.platform.requests).toEqual([]);
});

test("an option that Discord has not is refused before anything is sent", async () => {
  const open = await openDiscord();

  const calling = open.call("send_message", { to: ids.general, content: "x", provider_options: { discord: { colour: 1 } } });

  await expect(calling).rejects.toThrow("colour");
  expect(open.platform.requests).toEqual([]);
});

test("an empty message is refused by Discord, and a text beside components that leave it no place is not dropped", async () => {
  const open = await openDiscord();
  const flags = 1 << 15;
  const components = [{ type: 10, content: "Hi" }];

  const empty = await open.call("send_message", { to: ids.general, content: " " });
  await open.call("send_message", { to: ids.general, content: "", provider_options: { discord: { flags, components } } });
  await open.call("send_message", { to: ids.general, content: "Hi", provider_options: { discord: { flags, components } } });

  expect(empty.error).toMatchObject({ code: "invalid_request", message: expect.stringContaining("50006") });
  expect(open.platform.requests.map(({ json }) => json.content)).toEqual(["", undefined, "Hi"]);
});

test("2000 characters of two code units each are not too many", async () => {
  const open = await openDiscord();

  const { status } = await open.call("send_message", { to: ids.general, content: "😀".repeat(2000) });

  expect(status).toBe("ok");
});

test("files travel as they are, with a body that the vendor's document describes", async ({ skip }) => {
  const open = await openDiscord();
  const bytes = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255, 13, 10]);
  const attachments = [
    { filename: "chart.png", content_type: "image/png", content_base64: bytes.toString("base64") },
    { filename: "Größe.txt", content_base64: Buffer.from("ü").toString("base64") },
  ];
  const embeds = [{ title: "Disk", fields: [{ name: "used", value: "97 %" }] }];

  const outcome = await open.call("send_message", {
    to: ids.general,
    content: "",
    attachments,
    provider_options: { discord: { embeds } },
  });

  const request = open.platform.requests[0];
  if (!request) throw new Error("nothing was sent");
  expect(outcome.status).toBe("ok");
  const form = await new Response(new Uint8Array(request.bytes), { headers: request.headers }).formData();
  expect([...form.keys()]).toEqual(["files[0]", "files[1]", "payload_json"]);
  const [chart, text] = [form.get("files[0]"), form.get("files[1]")];
  if (!(chart instanceof File) || !(text instanceof File)) throw new Error("the parts are no files");
  expect([chart.name, chart.type, Buffer.from(await chart.arrayBuffer())]).toEqual(["chart.png", "image/png", bytes]);
  expect([text.name, await text.text()]).toEqual(["Größe.txt", "ü"]);
  expect(bodyOf(request)).toMatchObject({ embeds, enforce_nonce: true });
  if (!existsSync(document)) return skip("the vendor's document is not here, so the body is not compared with it");
  const ajv = new Ajv2020({ strict: false, validateFormats: false }).addSchema(JSON.parse(readFileSync(document, "utf8")), "api");
  expect(
    ajv.validate({ $ref: "api#/components/schemas/MessageCreateRequest" }, bodyOf(request)),
    JSON.stringify(ajv.errors),
  ).toBe(true);
});

test("a message to a person opens the channel to them, once", async () => {
  const open = await openDiscord();

  const first = await open.call("send_message", { to: { kind: "user", value: ids.anna }, content: "Hi" });
  const second = await open.call("send_message", { to: `<@${ids.anna}>`, content: "Hi again" });

  expect([first.status, second.status]).toEqual(["ok", "ok"]);
  expect(open.sent().map((line) => line.replace(/\d{17,}/, "ID"))).toEqual([
    "POST /users/@me/channels",
    "POST /channels/ID/messages",
    "POST /channels/ID/messages",
  ]);
});

test.each([
  ["who takes no messages from the bot has said no", ids.shy, { code: "recipient_blocked", failover: false, penalize: "never" }],
  ["who shares no server with the bot cannot be reached", ids.gone, { code: "invalid_recipient", penalize: "never" }],
  ["who does not exist cannot be reached", "1999999999999999999", { code: "invalid_recipient", penalize: "never" }],
])("%s", async (_, value, error) => {
  const open = await openDiscord();

  const outcome = await open.call("send_message", { to: { kind: "user", value }, content: "Hi" });

  expect(outcome.error).toMatchObject(error);
});

test("when the channel to a person cannot be opened, surely nothing was sent", async () => {
  const open = await openDiscord();
  open.platform.failNext("reset");

  const { error } = await open.call("send_message", { to: { kind: "user", value: ids.anna }, content: "Hi" });

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no" });
});

test("several recipients get a message each, and the bad ones an item", async () => {
  const open = await openDiscord();

  const outcome = await open.call("send_message", { to: [ids.general, "bob", ids.team], content: "Hi", idempotency_key: "k" });

  expect(outcome.items).toMatchObject([
    { subject: ids.general, status: "sent" },
    { subject: "bob", status: "failed", error: { code: "invalid_recipient" } },
    { subject: ids.team, status: "sent" },
  ]);
  expect(open.state.messages.size).toBe(3);
});

test("the same key sends once, even from two hosts; in another channel it is another message", async () => {
  const double = discordDouble();
  const [one, other] = [await openDiscord({}, double), await openDiscord({}, double)];
  const message = { to: ids.general, content: "Hi", idempotency_key: "order-7 ".repeat(20) };

  const first = await one.call("send_message", message);
  const again = await other.call("send_message", message);
  const moved = await (await openDiscord({}, double)).call("send_message", { ...message, to: ids.team });

  expect(again.value?.message_id).toBe(first.value?.message_id);
  expect(moved.value?.message_id).not.toBe(first.value?.message_id);
  expect(one.platform.requests[0]?.json.nonce).toMatch(/^[\w-]{25}$/);
});

test("an answer to a message that is gone is not sent as if it were none", async () => {
  const open = await openDiscord();

  const answered = await open.call("send_message", {
    to: ids.general,
    content: "Yes",
    thread: `discord:${ids.general}/${ids.message}`,
  });
  const gone = await open.call("send_message", { to: ids.general, content: "Yes", thread: `${ids.general}/1200000000000000099` });

  expect(open.platform.requests[0]?.json.message_reference).toEqual({
    type: 0,
    channel_id: ids.general,
    message_id: ids.message,
  });
  expect(answered.status).toBe("ok");
  expect(gone.error).toMatchObject({ code: "not_found", message: expect.stringContaining("Unknown message (50035)") });
});

test("a message is edited and taken back by the ref of its sending", async () => {
  const open = await openDiscord();
  const sent = await open.call("send_message", { to: ids.general, content: "Hi" });
  const message = String(sent.value?.message_id);

  const edited = await open.call("edit_message", { message, content: "Bye" });
  const body = [...open.state.messages.values()].at(-1)?.body;
  const deleted = await open.call("delete_message", { message });
  const again = await open.call("delete_message", { message });

  expect([edited.value, deleted.value]).toEqual([{ message_id: message }, { message_id: message }]);
  expect(body).toMatchObject({ content: "Bye", allowed_mentions: { parse: [] } });
  expect(again.error?.code).toBe("not_found");
});

test("after a 401 the token is still there, and a new one in the settings works at once", async () => {
  const open = await openDiscord();
  open.platform.failNext(refusal(401, 0, "401: Unauthorized"));

  const refused = await open.call("send_message", { to: ids.general, content: "Hi" });
  const healthy = await open.ask("health_check");
  open.state.token = "a-new-token";
  const changed = { api_url: `${open.platform.url}/api`, token: "a-new-token", guild_id: ids.guild };
  await open.host.configure({
    plugin_paths: [import.meta.dirname],
    enabled_plugins: [{ plugin_id: "discord", config: changed }],
  });
  const sent = await open.call("send_message", { to: ids.general, content: "Hi" });

  expect(refused.error?.code).toBe("auth");
  expect(healthy).toMatchObject({ healthy: true });
  expect(sent.status).toBe("ok");
});

test("a limit that Discord has announced is obeyed without asking, and neither waited for nor shared with other channels", async () => {
  const open = await openDiscord();
  const announce = (remaining: number) => {
    const limit = { "x-ratelimit-limit": "2", "x-ratelimit-remaining": String(remaining), "x-ratelimit-reset-after": "4.5" };
    const headers = { ...limit, "x-ratelimit-bucket": "b1" };
    open.platform.failNext(async (request) => ({ ...(await open.platform.answer(request)), headers }));
  };
  announce(1);
  announce(0);

  const taken = [
    await open.call("send_message", { to: ids.general, content: "1" }),
    await open.call("send_message", { to: ids.general, content: "2" }),
  ];
  const limited = await open.call("send_message", { to: ids.general, content: "3" });
  const elsewhere = await open.call("send_message", { to: ids.team, content: "4" });

  expect([...taken, elsewhere].map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(limited.error).toMatchObject({ code: "rate_limited", dispatched: "no", penalize: "no" });
  expect(limited.error?.retry_after_ms).toBeGreaterThan(3_000);
  expect(limited.error?.retry_after_ms).toBeLessThanOrEqual(4_600);
  expect(open.platform.requests).toHaveLength(3);
});

test("more than 50 requests in a second are not sent: Discord would count each against the bot", async () => {
  const open = await openDiscord();
  const channels = Array.from({ length: 60 }, (_, index) => String(1_290_000_000_000_000_000n + BigInt(index)));

  const outcomes = await Promise.all(channels.map((group) => open.call("get_group", { group })));

  const limited = outcomes.filter(({ error }) => error?.code === "rate_limited");
  expect(limited.length).toBeGreaterThanOrEqual(10);
  expect(limited[0]?.error).toMatchObject({ dispatched: "no", penalize: "no" });
  expect(open.platform.requests).toHaveLength(60 - limited.length);
});

test("the messages of one channel arrive in the order of the calls, and one given up while it waits is not sent", async () => {
  const open = await openDiscord();
  const held = Promise.withResolvers<void>();
  open.platform.failNext(async (request) => {
    await held.promise;
    return open.platform.answer(request);
  });
  const controller = new AbortController();

  const calls = [
    open.call("send_message", { to: ids.general, content: "1" }),
    open.call("send_message", { to: ids.general, content: "2", signal: controller.signal }),
    open.call("send_message", { to: ids.general, content: "3" }),
  ];
  await open.platform.received(1);
  controller.abort();
  held.resolve();
  const outcomes = await Promise.all(calls);

  expect(outcomes.map(({ status, error }) => error?.code ?? status)).toEqual(["ok", "cancelled", "ok"]);
  expect([...open.state.messages.values()].map(({ body }) => body.content)).toEqual(["old", "1", "3"]);
});

test.each([
  ["token", { token: "another-token" }, "answered 401"],
  ["guild_id", { guild_id: "1100000000000000099" }, "guild_id"],
  ["api_url", (url: string) => ({ api_url: `${url}/api/v10` }), "/api/v10/v10/guilds/"],
  ["users", { users: { "anna@example.com": ids.anna, anna: ids.anna } }, "users"],
])("settings with a wrong %s do not start", async (_, settings, said) => {
  const failure = await openDiscord(settings).then(
    () => "it started",
    (error: Error) => error.message,
  );

  expect(failure).toContain(said);
  expect(failure).not.toContain("another-token");
});
