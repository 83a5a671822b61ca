import { HooklineError, type Recipient } from "hookline";

/** Where a message goes. */
export interface Place {
  chat_id: number | string;
  message_thread_id?: number;
}

/** A message of ours: an album has several ids, and what is written stands under the last. */
export interface SentMessage {
  chat_id: number | string;
  message_ids: number[];
  /** Its text is the caption of a file. */
  isFile: boolean;
}

/** The chat, or the topic of one, that a text names: `123`, `@name`, `-100123/45`. */
function placeOf(text: string): Place | undefined {
  const [, chat, topic] = /^(-?\d{1,16}|@\w{1,64})(?:\/(\d{1,16}))?$/.exec(text) ?? [];
  if (chat === undefined) return undefined;
  return { chat_id: chatOf(chat), ...(topic !== undefined && { message_thread_id: Number(topic) }) };
}

/** Where a recipient is reached. Throws `unsupported` for a kind that a bot never reaches, `invalid_recipient` for what names no place. */
export function placeOfRecipient({ kind, value }: Recipient): Place {
  if (kind === "phone" || kind === "email")
    throw new HooklineError("unsupported", { reason: `a Telegram bot reaches nobody by the kind ${kind}`, penalize: "never" });
  const place = placeOf(value);
  if (place) return place;
  const reason = `a bot reaches the number of a chat or user, @channel, or chat/topic; ${JSON.stringify(value.slice(0, 60))} (${kind}) is none`;
  throw new HooklineError("invalid_recipient", { reason });
}

/** The topic that a group's id names. Throws `not_found`. */
export function topicOf(group: string): Required<Place> {
  const { chat_id, message_thread_id } = placeOf(group) ?? {};
  if (chat_id !== undefined && message_thread_id !== undefined) return { chat_id, message_thread_id };
  throw noGroup(group);
}

/** The chat in which the members of a group are. Throws `not_found`. */
export function chatOfGroup(group: string): number | string {
  const place = placeOf(group);
  if (place) return place.chat_id;
  throw noGroup(group);
}

/** The id of a message that Telegram has sent: `-100123/45`, for an album `-100123/45,46/file`. */
export function messageId({ chat_id, message_ids, isFile }: SentMessage): string {
  return `${chat_id}/${message_ids.join(",")}${isFile ? "/file" : ""}`;
}

/** The message that an id names. Throws `not_found`. */
export function messageOf(id: string): SentMessage & { message_id: number } {
  const [, chat, numbers, file] = /^(-?\d{1,16}|@\w{1,64})\/(\d{1,16}(?:,\d{1,16})*)(\/file)?$/.exec(id) ?? [];
  const message_ids = (numbers ?? "").split(",").map(Number);
  const message_id = message_ids.at(-1);
  if (chat !== undefined && message_id) return { chat_id: chatOf(chat), message_ids, message_id, isFile: file !== undefined };
  throw new HooklineError("not_found", {
    reason: `there is no message ${JSON.stringify(id)}; send_message answers ids like 123/45`,
  });
}

/** A chat by its number or its `@name`, as the Bot API wants it. */
export function chatOf(text: string): number | string {
  return text.startsWith("@") ? text : Number(text);
}

function noGroup(group: string): HooklineError {
  return new HooklineError("not_found", {
    reason: `there is no group ${JSON.stringify(group)}; create_group answers ids like -100123/45`,
  });
}
