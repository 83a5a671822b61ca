import { type CheckedRequestOf, type CommunicationContract, HooklineError, type Implementations, z } from "hookline";
import { type BotApi, done } from "./botApi.ts";
import { messageId, messageOf, type Place, placeOfRecipient } from "./places.ts";
import { telegramText } from "./telegramText.ts";
import { unless } from "./unless.ts";

type Request = CheckedRequestOf<CommunicationContract, "send_message">;

const message = z.object({ message_id: z.int(), chat: z.object({ id: z.int() }) });
const album = z.tuple([message], message);

/** The hooks of messages. */
export function messageHooks(api: BotApi): Pick<Implementations, "send_message" | "edit_message" | "delete_message"> {
  return {
    async send_message(request, { signal }) {
      // One at a time, as the manifest says.
      const [who] = request.to;
      if (!who) throw new HooklineError("invalid_request", { reason: "a message needs a recipient" });
      const message_id = await sendTo(api, placeOfRecipient(who), request, signal);
      return { message_id, items: [{ subject: who.value, status: "sent", ref: message_id }] };
    },

    async edit_message({ message: id, content, provider_options }, { signal }) {
      const { chat_id, message_id, isFile } = messageOf(id);
      const { text, parse_mode } = telegramText(content, isFile ? 1024 : 4096);
      const what = { chat_id, message_id, parse_mode };
      const more = { signal, provider_options };
      const editing = isFile
        ? api("editMessageCaption", { ...what, caption: text }, message, more)
        : api("editMessageText", { ...what, text }, message, more);
      await editing.catch(unless("message is not modified"));
      return { message_id: id };
    },

    async delete_message({ message: id }, { signal }) {
      const { chat_id, message_id, message_ids } = messageOf(id);
      if (message_ids.length > 1) await api("deleteMessages", { chat_id, message_ids }, done, { signal });
      else await api("deleteMessage", { chat_id, message_id }, done, { signal });
      return { message_id: id };
    },
  };
}

/** Sends one message to one place: text, a file with the text under it, or up to ten files as an album. Its id is the answer. */
async function sendTo(
  api: BotApi,
  place: Place,
  { content, attachments = [], thread, provider_options }: Request,
  signal: AbortSignal,
): Promise<string> {
  const files = attachments.map(
    ({ filename, content_type: type = "", content_base64 }) =>
      new File([Buffer.from(content_base64, "base64")], filename, { type }),
  );
  const target = { ...place, ...(thread !== undefined && { reply_parameters: replyTo(thread, place) }) };
  const more = { signal, provider_options };
  const [document, second] = files;
  if (document === undefined) {
    const text = telegramText(content, 4096);
    if (text.text.trim() === "")
      throw new HooklineError("invalid_request", { reason: "Telegram sends no message without a text or a file" });
    return idOf([await api("sendMessage", { ...target, ...text }, message, more)], false);
  }
  if (files.length > 10)
    throw new HooklineError("payload_too_large", { reason: `an album holds 10 files, and these are ${files.length}` });
  const { text, parse_mode } = telegramText(content, 1024);
  const written = text === "" ? {} : { caption: text, parse_mode };
  if (second === undefined) return idOf([await api("sendDocument", { ...target, document, ...written }, message, more)], true);
  const media = files.map((_, index) => ({
    type: "document" as const,
    media: `attach://file${index}`,
    ...(index === files.length - 1 && written),
  }));
  const parts = Object.fromEntries(files.map((file, index) => [`file${index}`, file]));
  return idOf(await api("sendMediaGroup", { ...target, media }, album, { ...more, files: parts }), true);
}

function idOf(sent: z.output<typeof album>, isFile: boolean): string {
  return messageId({ chat_id: sent[0].chat.id, message_ids: sent.map(({ message_id }) => message_id), isFile });
}

function replyTo(thread: string, place: Place): { message_id: number; chat_id?: number | string } {
  const { chat_id, message_id } = messageOf(thread);
  return chat_id === place.chat_id ? { message_id } : { message_id, chat_id };
}
