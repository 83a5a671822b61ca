import type { PlatformAnswer, PlatformHandler, PlatformRequest } from "hookline/testing";
import { apiDescription, problemsWithCall, problemsWithResult } from "./apiDescription.ts";

/** The bot that the double knows. */
export const token = "123456:AAF-secret_token_of_the_bot";
/** Its supergroup, in which topic 5 is. */
export const forum = -1001234567890;
/** People of the supergroup: an owner, a member, one who has left, one who is banned. */
export const people = { owner: 11, member: 12, gone: 13, banned: 14 };

type Fields = Record<string, unknown>;

const description = apiDescription();
const bot = { id: 7, is_bot: true, first_name: "Acme", username: "acme_bot" };
const document = { file_id: "f", file_unique_id: "u" };

/** A small Telegram: one forum with a few people, and any private chat. What the API's description does not allow is refused. */
export function telegram(): PlatformHandler {
  const topics = new Map([[5, { name: "Lobby", isClosed: false }]]);
  const messages = new Map([[40, "An old message"]]);
  const standings = new Map([
    [people.owner, "creator"],
    [people.member, "member"],
    [people.gone, "left"],
    [people.banned, "kicked"],
  ]);
  let last = 100;

  function message(fields: Fields, content: Fields, message_id = ++last): Fields {
    messages.set(message_id, String(content.text ?? content.caption));
    const id = typeof fields.chat_id === "number" ? fields.chat_id : forum;
    const chat = id < 0 ? { id, type: "supergroup", title: "Acme" } : { id, type: "private", first_name: "Anna" };
    return { message_id, date: 1_770_000_000, chat, from: bot, ...content };
  }

  function send(fields: Fields, result: () => unknown): PlatformAnswer {
    const { message_thread_id: thread } = fields;
    const topic = topics.get(Number(thread));
    if (thread !== undefined && !topic) return refusal(400, "message thread not found");
    return topic?.isClosed ? refusal(400, "TOPIC_CLOSED") : ok(result());
  }

  function edit(fields: Fields, text: unknown): PlatformAnswer {
    const before = messages.get(Number(fields.message_id));
    if (before === undefined) return refusal(400, "message to edit not found");
    if (before === text) return refusal(400, "message is not modified: specified new message content is exactly the same");
    return ok(message(fields, { text }, Number(fields.message_id)));
  }

  function changeTopic({ message_thread_id }: Fields, change: { name: string } | { isClosed: boolean }): PlatformAnswer {
    const topic = topics.get(Number(message_thread_id));
    if (!topic) return refusal(400, "TOPIC_ID_INVALID");
    const before = JSON.stringify(topic);
    return JSON.stringify(Object.assign(topic, change)) === before ? refusal(400, "TOPIC_NOT_MODIFIED") : ok(true);
  }

  const methods: Record<string, (fields: Fields) => PlatformAnswer> = {
    getMe: () => ok(bot),
    getChat: ({ chat_id }) => ok({ ...chatInfo, id: chat_id }),
    sendMessage: (fields) => send(fields, () => message(fields, { text: fields.text })),
    sendDocument: (fields) => send(fields, () => message(fields, { document, caption: fields.caption })),
    sendMediaGroup: (fields) =>
      send(fields, () => [fields.media].flat().map((one) => message(fields, { document, ...captionOf(one) }))),
    editMessageText: (fields) => edit(fields, fields.text),
    editMessageCaption: (fields) => edit(fields, fields.caption),
    deleteMessage: ({ message_id }) =>
      messages.delete(Number(message_id)) ? ok(true) : refusal(400, "message to delete not found"),
    deleteMessages({ message_ids }) {
      for (const id of [message_ids].flat()) messages.delete(Number(id));
      return ok(true);
    },
    createForumTopic({ name, icon_color = 0x6fb9f0 }) {
      topics.set(++last, { name: String(name), isClosed: false });
      return ok({ message_thread_id: last, name, icon_color });
    },
    editForumTopic: (fields) => changeTopic(fields, { name: String(fields.name) }),
    closeForumTopic: (fields) => changeTopic(fields, { isClosed: true }),
    deleteForumTopic: ({ message_thread_id }) =>
      topics.delete(Number(message_thread_id)) ? ok(true) : refusal(400, "TOPIC_ID_INVALID"),
    getChatMember({ user_id }) {
      const status = standings.get(Number(user_id));
      return status === undefined ? refusal(400, "PARTICIPANT_ID_INVALID") : ok(chatMember(status, Number(user_id)));
    },
    getChatAdministrators: () => ok([chatMember("creator", people.owner), { ...administrator, user: bot }]),
    createChatInviteLink: ({ name, member_limit }) => ok({ ...link, invite_link: `https://t.me/+${++last}`, name, member_limit }),
    unbanChatMember({ user_id }) {
      standings.set(Number(user_id), "left");
      return ok(true);
    },
  };

  return async (request) => {
    const [, given, method = ""] = /^\/bot([^/]+)\/(\w+)$/.exec(request.path) ?? [];
    if (given !== token) return refusal(401, "Unauthorized");
    const fields = await fieldsOf(request);
    const problems = description ? problemsWithCall(description, method, fields) : [];
    if (problems.length > 0) return refusal(400, problems.join("; "));
    const answer = methods[method]?.(fields) ?? refusal(404, "Not Found");
    // What the double makes up has to be possible, too.
    const made = JSON.parse(JSON.stringify(answer.json));
    const wrong = description && made.ok ? problemsWithResult(description, method, made.result) : [];
    if (wrong.length > 0) throw new Error(wrong.join("; "));
    return answer;
  };
}

/** How the Bot API says no. */
export function refusal(status: number, said: string, parameters?: Fields): PlatformAnswer {
  const kinds: Record<number, string> = { 400: "Bad Request: ", 403: "Forbidden: ", 429: "Too Many Requests: " };
  const text = `${kinds[status] ?? ""}${said}`;
  return { status, json: { ok: false, error_code: status, description: text, ...(parameters && { parameters }) } };
}

/** The fields of a call; in multipart a number or a list is written as JSON. */
export async function fieldsOf(request: PlatformRequest): Promise<Fields> {
  const type = request.headers["content-type"] ?? "";
  if (!type.startsWith("multipart/form-data")) return request.json;
  const form = await new Response(new Uint8Array(request.bytes), { headers: { "content-type": type } }).formData();
  const isText = (name: string) => ["caption", "parse_mode", "message_effect_id"].includes(name);
  return Object.fromEntries(
    [...form].map(([name, value]) => [name, typeof value === "string" && !isText(name) ? JSON.parse(value) : value]),
  );
}

function ok(result: unknown): PlatformAnswer {
  return { json: { ok: true, result } };
}

function captionOf(media: unknown): Fields {
  return typeof media === "object" && media !== null && "caption" in media ? { caption: media.caption } : {};
}

function chatMember(status: string, id: number): Fields {
  const more: Record<string, Fields> = { creator: { is_anonymous: false }, kicked: { until_date: 0 } };
  return { status, user: { id, is_bot: false, first_name: "Anna", last_name: `No. ${id}` }, ...more[status] };
}

const rights = ["be_edited", "manage_chat", "delete_messages", "manage_video_chats", "restrict_members", "promote_members"];
const others = ["change_info", "invite_users", "post_stories", "edit_stories", "delete_stories"];
const administrator = {
  status: "administrator",
  is_anonymous: false,
  ...Object.fromEntries([...rights, ...others].map((right) => [`can_${right}`, true])),
};

const link = { creator: bot, creates_join_request: false, is_primary: false, is_revoked: false };

const gifts = ["unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels"];
const chatInfo = {
  type: "supergroup",
  title: "Acme",
  is_forum: true,
  accent_color_id: 1,
  max_reaction_count: 1,
  accepted_gift_types: Object.fromEntries(gifts.map((gift) => [gift, false])),
};
