import { openPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { telegram, token } from "./test/telegram.ts";

const secret = "webhook-secret_42";
const anna = { id: 12, is_bot: false, first_name: "Anna", last_name: "Blau" };
const forum = { id: -1001234567890, type: "supergroup", title: "Acme" };
const post = { message_id: 77, date: 1_770_000_000, chat: forum, from: anna };
const change = (was: object, is: object) => ({
  chat: forum,
  date: 1_770_000_000,
  from: anna,
  old_chat_member: { user: anna, ...was },
  new_chat_member: { user: anna, ...is },
});
const [left, kicked, member] = ["left", "kicked", "member"].map((status) => ({ status }));
const restricted = (is_member: boolean) => ({ status: "restricted", is_member });
const at = "2026-02-02T02:40:00.000Z";

const open = () =>
  openPlugin(import.meta.dirname, {
    config: (api_url) => ({ api_url, bot_token: token, webhook_secret: secret }),
    platform: telegram(),
  });
const signed = (body: unknown) => ({
  method: "POST",
  headers: { "X-Telegram-Bot-Api-Secret-Token": secret },
  raw_body: JSON.stringify(body),
});

test.each<[string, object, object]>([
  [
    "a message in a topic",
    { message: { ...post, message_thread_id: 5, is_topic_message: true, text: "Lunch?" } },
    {
      type: "message",
      at,
      message_id: "-1001234567890/77",
      group: "-1001234567890/5",
      from: { kind: "user", value: "12", name: "Anna Blau" },
      content: { text: "Lunch?" },
    },
  ],
  [
    "a private message",
    { message: { ...post, chat: { id: 12, type: "private", first_name: "Anna" }, text: "/start" } },
    { type: "message", message_id: "12/77", content: { text: "/start" } },
  ],
  [
    "a picture in a channel",
    { channel_post: { ...post, from: undefined, caption: "Look", photo: [] } },
    { type: "message", message_id: "-1001234567890/77/file", content: { text: "Look" }, data: { photo: [] } },
  ],
  ["a sticker", { message: { ...post, sticker: { file_id: "s" } } }, { type: "message", data: { sticker: { file_id: "s" } } }],
  [
    "a new topic",
    { message: { ...post, message_thread_id: 77, is_topic_message: true, forum_topic_created: { name: "Team" } } },
    { type: "group_created", group: "-1001234567890/77", data: { forum_topic_created: { name: "Team" } } },
  ],
  [
    "somebody who came by a link",
    { chat_member: { ...change(left ?? {}, member ?? {}), invite_link: { name: "ben@example.test" } } },
    {
      type: "member_joined",
      at,
      group: "-1001234567890",
      from: { value: "12" },
      data: { invite_link: { name: "ben@example.test" } },
    },
  ],
  ["somebody who may do little", { chat_member: change(left ?? {}, restricted(true)) }, { type: "member_joined" }],
  ["somebody who went", { chat_member: change(member ?? {}, left ?? {}) }, { type: "member_left", from: { value: "12" } }],
  ["somebody who was put out", { chat_member: change(restricted(true), kicked ?? {}) }, { type: "member_left" }],
  ["a ban that was lifted", { chat_member: change(kicked ?? {}, restricted(false)) }, { type: "other" }],
  [
    "a reaction",
    { message_reaction: { chat: forum, message_id: 77, date: 1_770_000_000, user: anna, old_reaction: [], new_reaction: [] } },
    { type: "reaction", message_id: "-1001234567890/77", from: { value: "12" }, data: { new_reaction: [] } },
  ],
  ["an edit", { edited_message: { ...post, text: "Dinner?" } }, { type: "other", data: { edited_message: { text: "Dinner?" } } }],
  ["a message of a shape that is new", { message: { text: 7 } }, { type: "other", data: { message: { text: 7 } } }],
  [
    "a pressed button",
    { callback_query: { id: "1", data: "yes" } },
    { type: "other", data: { callback_query: { data: "yes" } } },
  ],
])("%s is told as an event with the number of its update", async (_name, update, expected) => {
  await using bot = await open();

  const { events } = await bot.ask("handle_webhook", signed({ update_id: 9001, ...update }));

  expect(events).toMatchObject([{ id: "9001", ...expected }]);
  if ("message" in update && "chat" in Object(update.message) && Object(update.message).chat.type === "private")
    expect(events).not.toMatchObject([{ group: expect.anything() }]);
});

test("an update that is delivered twice is passed on once", async () => {
  await using bot = await open();
  const update = signed({ update_id: 9001, message: { ...post, text: "Lunch?" } });

  const first = await bot.host.handleWebhook("telegram_bot", update);
  const second = await bot.host.handleWebhook("telegram_bot", update);

  expect([first.events.length, second.events.length, second.duplicates.length]).toEqual([1, 0, 1]);
  expect([first.status, second.status]).toEqual([200, 200]);
});

test("an update without a number is an event all the same", async () => {
  await using bot = await open();

  const answer = await bot.ask("handle_webhook", { ...signed({ update_id: 9001 }), raw_body: '{"message":{}}' });

  expect(answer).toMatchObject({ events: [{ type: "other", id: expect.any(String), data: { message: {} } }] });
});

test.each<[string, object, number]>([
  ["another secret", { headers: { "x-telegram-bot-api-secret-token": "webhook-secret_43" } }, 401],
  ["a part of the secret", { headers: { "x-telegram-bot-api-secret-token": "webhook" } }, 401],
  ["no secret", { headers: {} }, 401],
  ["another method", { method: "GET" }, 405],
  ["no JSON", { raw_body: "{" }, 400],
  ["no object", { raw_body: "[]" }, 400],
])("%s is refused, and gives no event", async (_name, wrong, status) => {
  await using bot = await open();

  const answer = await bot.ask("handle_webhook", { ...signed({ update_id: 9001 }), ...wrong });

  expect(answer).toMatchObject({ events: [], response: { status } });
  expect(JSON.stringify(answer)).not.toContain(secret);
});
