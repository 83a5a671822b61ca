import { createHash } from "node:crypto";
import { type InboundEvent, z } from "hookline";
import { messageId } from "./places.ts";

const chat = z.object({ id: z.int(), type: z.string() });
const user = z.object({ id: z.int(), first_name: z.string(), last_name: z.string().optional() });
const message = z.looseObject({
  message_id: z.int(),
  date: z.int(),
  chat,
  from: user.optional(),
  message_thread_id: z.int().optional(),
  is_topic_message: z.boolean().optional(),
  text: z.string().optional(),
  caption: z.string().optional(),
  forum_topic_created: z.looseObject({ name: z.string() }).optional(),
});
const member = z.looseObject({ status: z.string(), is_member: z.boolean().optional(), user });
const memberChange = z.looseObject({ chat, date: z.int(), old_chat_member: member, new_chat_member: member });
const reaction = z.looseObject({ chat, message_id: z.int(), date: z.int(), user: user.optional() });

const update = z.looseObject({ update_id: z.int() });
const known = z.object({
  message: message.optional(),
  channel_post: message.optional(),
  chat_member: memberChange.optional(),
  message_reaction: reaction.optional(),
});

/**
 * One update of a webhook as an event; what is no message, member or reaction, or is one of a shape that is new, is `other` with the
 * update as its data: Telegram would send what is refused again and again. Undefined for what is no JSON object.
 */
export function eventFrom(body: unknown): InboundEvent | undefined {
  const { data } = update.safeParse(body);
  if (!data) return strangeEvent(body);
  // The same update that is delivered twice has the same number.
  const id = String(data.update_id);
  const { message, channel_post, chat_member, message_reaction } = known.safeParse(data).data ?? {};
  const post = message ?? channel_post;
  if (post) return { id, ...messageEvent(post) };
  if (chat_member) return { id, ...memberEvent(chat_member) };
  if (message_reaction) return { id, ...reactionEvent(message_reaction) };
  return { id, type: "other", data };
}

/** Sent with the secret, and without a number: the same content is the same event. */
function strangeEvent(body: unknown): InboundEvent | undefined {
  const { data } = z.record(z.string(), z.unknown()).safeParse(body);
  return data && { id: createHash("sha256").update(JSON.stringify(data)).digest("hex"), type: "other", data };
}

function messageEvent(post: z.output<typeof message>): InboundEvent {
  const { chat, date, message_id, message_thread_id, from } = post;
  const text = post.text ?? post.caption;
  const topic = post.is_topic_message ? `/${message_thread_id}` : "";
  return {
    type: post.forum_topic_created ? "group_created" : "message",
    at: dateOf(date),
    message_id: messageId({ chat_id: chat.id, message_ids: [message_id], isFile: post.caption !== undefined }),
    ...(chat.type !== "private" && { group: `${chat.id}${topic}` }),
    ...(from && { from: personOf(from) }),
    ...(text !== undefined && { content: { text } }),
    data: post,
  };
}

function memberEvent(change: z.output<typeof memberChange>): InboundEvent {
  const [was, is] = [isIn(change.old_chat_member), isIn(change.new_chat_member)];
  return {
    type: was === is ? "other" : is ? "member_joined" : "member_left",
    at: dateOf(change.date),
    group: String(change.chat.id),
    from: personOf(change.new_chat_member.user),
    data: change,
  };
}

function reactionEvent(change: z.output<typeof reaction>): InboundEvent {
  const { chat, message_id, date, user: from } = change;
  return {
    type: "reaction",
    at: dateOf(date),
    message_id: messageId({ chat_id: chat.id, message_ids: [message_id], isFile: false }),
    ...(chat.type !== "private" && { group: String(chat.id) }),
    ...(from && { from: personOf(from) }),
    data: change,
  };
}

function isIn({ status, is_member = true }: z.output<typeof member>): boolean {
  return status !== "left" && status !== "kicked" && is_member;
}

function personOf({ id, first_name, last_name = "" }: z.output<typeof user>): NonNullable<InboundEvent["from"]> {
  return { kind: "user", value: String(id), name: `${first_name} ${last_name}`.trim() };
}

function dateOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
