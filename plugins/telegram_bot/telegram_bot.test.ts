import { openPlugin, type PlatformAnswer, testPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { apiDescription, problemsWithCall } from "./test/apiDescription.ts";
import { fieldsOf, forum, people, refusal, telegram, token } from "./test/telegram.ts";

const secret = "webhook-secret_42";
const config = (api_url: string) => ({ api_url, bot_token: token, chat_id: String(forum), webhook_secret: secret });
const lobby = `${forum}/5`;
const update = {
  update_id: 9001,
  message: {
    message_id: 77,
    date: 1_770_000_000,
    chat: { id: forum, type: "supergroup", title: "Acme", is_forum: true },
    from: { id: people.member, is_bot: false, first_name: "Anna", last_name: "Blau" },
    message_thread_id: 5,
    is_topic_message: true,
    text: "Lunch?",
  },
};
const inbound = (body: unknown, headers: Record<string, string> = { "x-telegram-bot-api-secret-token": secret }) => ({
  method: "POST",
  headers,
  raw_body: JSON.stringify(body),
});
const open = (settings: Record<string, unknown> = {}) =>
  openPlugin(import.meta.dirname, { config: (url) => ({ ...config(url), ...settings }), platform: telegram() });
const said = (status: number, text: string) => ({ answer: refusal(status, text) });
const send = (
  name: string,
  answer: PlatformAnswer,
  code: "recipient_blocked" | "invalid_recipient" | "permission" | "not_found",
) => ({
  name,
  hook: "send_message",
  answer,
  code,
});

testPlugin(import.meta.dirname, {
  test,
  config,
  platform: telegram,
  calls: {
    send_message: { to: { kind: "user", value: "4711" }, content: "Hi" },
    edit_message: { message: `${forum}/40`, content: "Another text" },
    delete_message: { message: `${forum}/40` },
    create_group: { name: "Team Blue" },
    update_group: { group: lobby, name: "Entrance" },
    delete_group: { group: lobby },
    add_member: { group: lobby, members: [{ kind: "user", value: String(people.gone) }] },
    remove_member: { group: lobby, members: [{ kind: "user", value: String(people.member) }] },
    list_members: { group: lobby },
  },
  rateLimit: { answer: refusal(429, "retry after 3", { retry_after: 3 }), retry_after_ms: 3_000 },
  webhook: () => inbound(update),
  // The secret says who sends, and nothing about what.
  expects: { handle_webhook: { "changed body": "ok" } },
  errors: [
    send("a bot that was blocked", refusal(403, "bot was blocked by the user"), "recipient_blocked"),
    send("somebody who never pressed Start", refusal(403, "bot can't initiate conversation with a user"), "invalid_recipient"),
    send("a deleted account", refusal(403, "user is deactivated"), "invalid_recipient"),
    send("an unknown chat", refusal(400, "chat not found"), "invalid_recipient"),
    send("a bot that was put out", refusal(403, "bot was kicked from the supergroup chat"), "permission"),
    send("a bot that may not write", refusal(400, "not enough rights to send text messages to the chat"), "permission"),
    send("a chat that was deleted", refusal(403, "the group chat was deleted"), "invalid_recipient"),
    send("a topic that is gone", refusal(400, "message thread not found"), "invalid_recipient"),
    send("an archived topic", refusal(400, "TOPIC_CLOSED"), "invalid_recipient"),
    send("an answer to nothing", refusal(400, "message to be replied not found"), "not_found"),
    {
      name: "markup that is wrong",
      hook: "send_message",
      ...said(400, "can't parse entities: unclosed start tag"),
      code: "invalid_request",
    },
    {
      name: "a text that is too long after all",
      hook: "send_message",
      ...said(400, "message is too long"),
      code: "payload_too_large",
    },
    {
      name: "a token that is none",
      hook: "send_message",
      ...said(401, "Unauthorized"),
      code: "auth",
      facts: { penalize: "hard" },
    },
    { name: "a path that Telegram has not", hook: "send_message", ...said(404, "Not Found"), code: "auth" },
    { name: "a chat that is gone", hook: "edit_message", ...said(400, "chat not found"), code: "not_found" },
    {
      name: "a message that is too old",
      hook: "delete_message",
      ...said(400, "message can't be deleted for everyone"),
      code: "conflict",
    },
    { name: "a group without topics", hook: "create_group", ...said(400, "the chat is not a forum"), code: "unsupported" },
    {
      name: "a bot without the right",
      hook: "create_group",
      ...said(400, "not enough rights to create a topic"),
      code: "permission",
    },
    { name: "a topic that is gone", hook: "update_group", ...said(400, "TOPIC_ID_INVALID"), code: "not_found" },
    { name: "a bot without the right", hook: "remove_member", ...said(400, "CHAT_ADMIN_REQUIRED"), code: "permission" },
    {
      name: "a failure of its own",
      hook: "send_message",
      answer: { status: 500, json: { ok: false, error_code: 500, description: "Internal Server Error" } },
      code: "unavailable",
      facts: { retryable: true, dispatched: "no" },
    },
    {
      name: "an answer without an id",
      hook: "send_message",
      answer: { json: { ok: true, result: {} } },
      code: "unavailable",
      facts: { dispatched: "maybe" },
    },
  ],
});

test("every call is one that the description of the Bot API knows, and a wrong one is seen", async ({ skip }) => {
  const api = apiDescription();
  if (!api) return skip("telegram.bot-api.json is not here, so no request of this file was compared with it");

  const seen = {
    right: problemsWithCall(api, "sendMessage", { chat_id: 1, text: "a" }),
    wrong: problemsWithCall(api, "sendMessage", { chat_id: [], txt: "a", reply_parameters: { message_id: "1" } }),
    unknown: problemsWithCall(api, "createGroup", {}),
  };

  // The double checks all that this file sends; here is shown that its check sees something.
  expect(seen.right).toEqual([]);
  expect(seen.wrong).toEqual([
    "sendMessage has no field txt",
    "sendMessage.chat_id must be Integer",
    "sendMessage needs text",
    "sendMessage.reply_parameters.message_id must be Integer",
  ]);
  expect(seen.unknown).toEqual(["there is no method createGroup"]);
});

test("a text goes out as it is, into a topic, as an answer, with the options of Telegram", async () => {
  await using bot = await open();

  const outcome = await bot.call("send_message", {
    to: { kind: "group", value: lobby },
    content: "1 < 2 & *no* _markup_",
    thread: `${forum}/40`,
    provider_options: { telegram_bot: { disable_notification: true, reply_markup: { remove_keyboard: true } } },
  });

  expect(outcome).toMatchObject({ status: "ok", value: { message_id: `telegram_bot:${forum}/101` } });
  expect(outcome.items).toEqual([{ index: 0, subject: lobby, status: "sent", ref: `telegram_bot:${forum}/101` }]);
  expect(bot.platform.requests.at(-1)?.json).toEqual({
    chat_id: forum,
    message_thread_id: 5,
    text: "1 < 2 & *no* _markup_",
    reply_parameters: { message_id: 40 },
    disable_notification: true,
    reply_markup: { remove_keyboard: true },
  });
});

test("several recipients are asked for one by one, and each has its own id or its own error", async () => {
  await using bot = await open();

  const outcome = await bot.call("send_message", { to: ["4711", { kind: "phone", value: "+4930" }, "@acme"], content: "Hi" });

  expect(outcome.status).toBe("partial");
  expect(outcome.items).toMatchObject([
    { subject: "4711", status: "sent", ref: "telegram_bot:4711/101" },
    { subject: "+4930", status: "failed", error: { code: "unsupported" } },
    { subject: "@acme", status: "sent", ref: `telegram_bot:${forum}/102` },
  ]);
});

test.each(["Anna", "12 34", "-", "@", "4711/", "4711/x", "../getMe", "4711?text=x", "1e5", "anna@example.test"])(
  "%j is nobody whom a bot can reach, and is not asked for",
  async (to) => {
    await using bot = await open();
    const before = bot.platform.requests.length;

    const { error } = await bot.call("send_message", { to, content: "Hi" });

    expect(error).toMatchObject({ code: "invalid_recipient", dispatched: "no" });
    expect(bot.platform.requests.length).toBe(before);
  },
);

test("one file goes with its text below it, several go as an album, and the id of both can be edited and deleted", async () => {
  await using bot = await open();
  const file = (filename: string) => ({
    filename,
    content_type: "text/plain",
    content_base64: Buffer.from("42 €").toString("base64"),
  });

  const one = await bot.call("send_message", {
    to: "4711",
    content: { html: "<b>Bill</b>" },
    attachments: [file('März "1".txt')],
  });
  const album = await bot.call("send_message", { to: "4711", content: "Bills", attachments: [file("a.txt"), file("b.txt")] });
  const edited = await bot.call("edit_message", { message: album.value?.message_id, content: "Two bills" });
  const deleted = await bot.call("delete_message", { message: album.value?.message_id });

  expect([one.value?.message_id, album.value?.message_id]).toEqual([
    "telegram_bot:4711/101/file",
    "telegram_bot:4711/102,103/file",
  ]);
  expect([edited.status, deleted.status]).toEqual(["ok", "ok"]);
  const [document, group, edit, removal] = bot.platform.requests.slice(-4);
  if (!document || !group) throw new Error("no request");
  const sent = await fieldsOf(document);
  expect(sent).toMatchObject({ chat_id: 4711, caption: "<b>Bill</b>", parse_mode: "HTML" });
  expect(sent.document).toMatchObject({ name: 'März "1".txt', type: "text/plain" });
  expect(await (sent.document as File).text()).toBe("42 €");
  expect((await fieldsOf(group)).media).toEqual([
    { type: "document", media: "attach://file0" },
    { type: "document", media: "attach://file1", caption: "Bills" },
  ]);
  expect(edit?.path).toContain("/editMessageCaption");
  expect(edit?.json).toEqual({ chat_id: 4711, message_id: 103, caption: "Two bills" });
  expect(removal?.json).toEqual({ chat_id: 4711, message_ids: [102, 103] });
});

test.each<[string, object, string]>([
  ["more than 4096 characters", { content: "x".repeat(4097) }, "payload_too_large"],
  [
    "more than 1024 under a file",
    { content: "x".repeat(1025), attachments: [{ filename: "a", content_base64: "" }] },
    "payload_too_large",
  ],
  ["eleven files", { content: "", attachments: Array(11).fill({ filename: "a", content_base64: "" }) }, "payload_too_large"],
  ["a megabyte of Markdown", { content: { markdown: "*_".repeat(500_000) } }, "payload_too_large"],
  ["a template", { content: { template: { name: "welcome" } } }, "unsupported"],
  ["a table alone", { content: { html: "<table><tr><td>1</td></tr></table>" } }, "unsupported"],
  ["nothing", { content: " " }, "invalid_request"],
  ["an option of a topic", { content: "Hi", provider_options: { telegram_bot: { icon_color: 0xcb86db } } }, "invalid_request"],
  ["an answer to nothing", { content: "Hi", thread: "nothing" }, "not_found"],
])("%s is refused before anything is sent", async (_name, request, code) => {
  await using bot = await open();
  const before = bot.platform.requests.length;

  const { error } = await bot.call("send_message", { to: "4711", ...request });

  expect(error).toMatchObject({ code, dispatched: "no" });
  expect(bot.platform.requests.length).toBe(before);
});

test("what is not changed is a success; a message that is gone is not_found", async () => {
  await using bot = await open();
  const message = `${forum}/40`;

  const same = await bot.call("edit_message", { message, content: "An old message" });
  const outcomes = [same];
  for (const mode of ["archive", "archive"]) outcomes.push(await bot.call("delete_group", { group: lobby, mode }));
  outcomes.push(await bot.call("update_group", { group: lobby, name: "Lobby" }));
  outcomes.push(await bot.call("delete_message", { message }));
  const gone = await bot.call("delete_message", { message });

  expect(outcomes.map(({ status }) => status)).toEqual(outcomes.map(() => "ok"));
  expect(gone.error).toMatchObject({ code: "not_found", dispatched: "no" });
  expect(outcomes[1]?.value).toEqual({ id: `telegram_bot:${lobby}`, archived: true });
  const late = await bot.call("send_message", { to: `telegram_bot:${lobby}`, content: "Anybody here?" });
  expect(late.error).toMatchObject({ code: "invalid_recipient" });
});

test("a group is a topic: made with invitations, written to, and removed", async () => {
  await using bot = await open();

  const made = await bot.call("create_group", {
    name: "Team Blue",
    members: [String(people.member), { kind: "email", value: "ben@example.test" }],
    provider_options: { telegram_bot: { icon_color: 0xcb86db } },
  });
  const group = made.value?.id;
  const sent = await bot.call("send_message", { to: group, content: "Lunch?" });
  const removed = await bot.call("delete_group", { group });
  const late = await bot.call("send_message", { to: group, content: "Still there?" });

  expect(group).toBe(`telegram_bot:${forum}/101`);
  expect(made.items).toMatchObject([
    { subject: String(people.member), status: "already" },
    { subject: "ben@example.test", status: "invited", ref: "https://t.me/+102" },
  ]);
  expect([sent.status, removed.status, late.error?.code]).toEqual(["ok", "ok", "invalid_recipient"]);
});

test("what a topic cannot keep is refused", async () => {
  await using bot = await open();

  const foreign = await bot.call("create_group", { name: "Team", external_id: "team-7" });
  const long = await bot.call("create_group", { name: "x".repeat(129) });
  const nameless = await bot.call("update_group", { group: lobby, description: "A room" });
  const unknown = await bot.call("update_group", { group: "lobby", name: "Hall" });

  expect([foreign, long, nameless, unknown].map(({ error }) => error?.code)).toEqual([
    "unsupported",
    "invalid_request",
    "unsupported",
    "not_found",
  ]);
});

test("members are invited by a link that serves one person, and only those who are in are put out", async () => {
  await using bot = await open();
  const everybody = ["owner", "member", "gone", "banned"].map((name) => String(Reflect.get(people, name)));

  const added = await bot.call("add_member", { group: lobby, members: [...everybody, "99", { who: "99", mode: "add" }] });
  const removed = await bot.call("remove_member", {
    group: lobby,
    members: [...everybody, "99", "anna", { kind: "email", value: "anna@example.test" }],
  });
  const again = await bot.call("remove_member", { group: lobby, members: [String(people.member)] });

  expect(added.items?.map(({ status, error }) => error?.code ?? status)).toEqual([
    "already",
    "already",
    "invited",
    "permission",
    "invited",
    "unsupported",
  ]);
  expect(removed.items?.map(({ status, error }) => error?.code ?? status)).toEqual([
    "permission",
    "removed",
    "absent",
    "absent",
    "absent",
    "invalid_recipient",
    "unsupported",
  ]);
  expect(again.items).toMatchObject([{ status: "absent" }]);
  const links = bot.platform.requests.filter(({ path }) => path.endsWith("/createChatInviteLink"));
  expect(links.map(({ json }) => json)).toEqual(["13", "99"].map((name) => ({ chat_id: forum, name, member_limit: 1 })));
});

test("an invitation that fails after the topic was made is an item, because the topic is there", async () => {
  await using bot = await open();
  bot.platform.failNext(refusal(429, "retry after 5", { retry_after: 5 }), { after: 1 });

  const made = await bot.call("create_group", { name: "Team", members: [{ kind: "email", value: "ben@example.test" }] });

  expect(made.value).toMatchObject({ id: `telegram_bot:${forum}/101` });
  expect(made.items).toMatchObject([{ status: "failed", error: { code: "rate_limited" } }]);
});

test("Telegram names administrators only, so those are the members, without this bot; a page ends where it shall", async () => {
  await using bot = await open();

  const all = await bot.call("list_members", { group: lobby });
  const none = await bot.call("list_members", { group: lobby, cursor: "1" });

  expect(all.value).toEqual({
    members: [{ who: { kind: "user", value: String(people.owner), name: "Anna No. 11" }, role: "creator" }],
  });
  expect(none.value).toEqual({ members: [] });
});

test("a group that became a supergroup is told with its new id, and called by it from then on, also after a reload", async () => {
  await using bot = await open();
  const moved = refusal(400, "group chat was upgraded to a supergroup chat", { migrate_to_chat_id: forum });
  bot.platform.failNext(moved);

  const first = await bot.call("send_message", { to: "-4242", content: "Hi" });
  const second = await bot.call("send_message", { to: "-4242", content: "Hi" });
  await bot.host.reload("telegram_bot");
  const third = await bot.call("send_message", { to: "-4242", content: "Hi" });

  expect(first.error).toMatchObject({ code: "unavailable", retryable: true, failover: false, penalize: "no", dispatched: "no" });
  expect(first.error?.message).toContain(String(forum));
  expect([second, third].map(({ value }) => value?.message_id)).toEqual([
    `telegram_bot:${forum}/101`,
    `telegram_bot:${forum}/102`,
  ]);
  expect(bot.logs.join()).toContain(`the group -4242 is now ${forum}`);
});

test("a message of the group before it became a supergroup is never taken for the one of the same number there", async () => {
  await using bot = await open();
  bot.platform.failNext(refusal(400, "group chat was upgraded to a supergroup chat", { migrate_to_chat_id: forum }));
  const first = await bot.call("delete_message", { message: "-4242/40" });
  bot.platform.failNext(refusal(400, "group chat was upgraded to a supergroup chat", { migrate_to_chat_id: forum }));

  const second = await bot.call("delete_message", { message: "-4242/40" });
  await bot.call("send_message", { to: "-4242", content: "Hi", thread: "-4242/40" });

  expect([first, second].map(({ error }) => error?.code)).toEqual(["not_found", "not_found"]);
  expect(bot.platform.requests.slice(-2).map(({ json }) => json)).toEqual([
    { chat_id: -4242, message_id: 40 },
    { chat_id: forum, text: "Hi", reply_parameters: { chat_id: -4242, message_id: 40 } },
  ]);
});

test("without a chat there are no group hooks, and without a secret no webhook", async () => {
  await using bot = await openPlugin(import.meta.dirname, {
    config: (api_url) => ({ api_url, bot_token: token }),
    platform: telegram(),
  });

  expect(bot.host.instance("telegram_bot").hooks.toSorted()).toEqual([
    "delete_message",
    "edit_message",
    "health_check",
    "send_message",
    "validate_config",
  ]);
});

test.each<[string, Record<string, unknown>, PlatformAnswer | undefined, string]>([
  ["a token that is not Telegram's", { bot_token: "1:wrong" }, undefined, "Unauthorized"],
  ["a token that would be another path", { bot_token: "1:a/../x" }, undefined, "bot_token"],
  ["a chat without topics", {}, { json: { ok: true, result: { id: forum } } }, "has no topics"],
  ["a chat that the bot is not in", {}, refusal(400, "chat not found"), "chat not found"],
])("%s is found before the instance goes live", async (_name, settings, second, problem) => {
  const double = telegram();
  let count = 0;
  const opening = openPlugin(import.meta.dirname, {
    config: (url) => ({ ...config(url), ...settings }),
    platform: (request) => (++count === 2 && second ? second : double(request)),
  });

  await expect(opening).rejects.toThrow(problem);
});

test("health says which bot it is, or why it is ill", async () => {
  await using bot = await open();

  const well = await bot.ask("health_check");
  bot.platform.failNext(refusal(401, "Unauthorized"));
  const ill = await bot.ask("health_check");

  expect(well).toEqual({ healthy: true, details: { bot: "@acme_bot" } });
  expect(ill).toMatchObject({ healthy: false, details: { code: "auth" } });
});
