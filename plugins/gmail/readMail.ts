import type { InboundEvent, z } from "hookline";
import { addressOf } from "./addressOf.ts";
import { headerOf, type MailPart, type message, messageId } from "./gmailAnswers.ts";

type Message = z.output<typeof message>;

/** A mail that has arrived, as an event. Files are named, not loaded. */
export function readMail({ id, threadId, labelIds, internalDate, payload = {} }: Message): InboundEvent {
  const parts = [...leavesOf(payload)];
  const sender = addressOf(headerOf(payload, "From") ?? "");
  const subject = headerOf(payload, "Subject");
  const html = textOf(parts, "text/html");
  // A mail without any text is still one.
  const text = textOf(parts, "text/plain") ?? (html === undefined ? "" : undefined);
  const files = parts.filter(({ filename }) => filename);
  return {
    type: "message",
    id,
    message_id: messageId({ id, threadId }),
    ...(internalDate !== undefined && { at: new Date(internalDate).toISOString() }),
    ...(sender && { from: { kind: "email" as const, value: sender.address, ...(sender.name !== "" && { name: sender.name }) } }),
    content: {
      ...(subject !== undefined && { subject }),
      ...(text !== undefined && { text }),
      ...(html !== undefined && { html }),
    },
    data: {
      thread_id: threadId,
      label_ids: labelIds,
      to: headerOf(payload, "To"),
      cc: headerOf(payload, "Cc"),
      message_id_header: headerOf(payload, "Message-ID"),
      attachments: files.map(({ filename, mimeType, body }) => ({
        filename,
        content_type: mimeType,
        size: body?.size,
        attachment_id: body?.attachmentId,
      })),
    },
  };
}

/** True for a mail that says that this message cannot be delivered, for good: a delay may still end well. */
export function isBounceOf(sent: Message, { payload = {} }: Message): boolean {
  const from = addressOf(headerOf(payload, "From") ?? "")?.address ?? "";
  // It may be about another mail of the thread. Google says which; not every server does.
  const about = headerOf(payload, "In-Reply-To")?.trim();
  if (about !== undefined && about !== headerOf(sent.payload ?? {}, "Message-ID")?.trim()) return false;
  return /^(mailer-daemon|postmaster)@/i.test(from) && !/\(delay(ed)?\)/i.test(headerOf(payload, "Subject") ?? "");
}

function* leavesOf(part: MailPart): Generator<MailPart> {
  if (part.parts === undefined || part.parts.length === 0) yield part;
  else for (const inner of part.parts) yield* leavesOf(inner);
}

function textOf(parts: readonly MailPart[], type: string): string | undefined {
  const part = parts.find(({ mimeType, filename }) => mimeType === type && !filename);
  if (part?.body?.data === undefined) return undefined;
  const charset = /charset="?([\w.:-]+)/i.exec(headerOf(part, "Content-Type") ?? "")?.[1] ?? "utf-8";
  return decoderFor(charset).decode(Buffer.from(part.body.data, "base64url"));
}

function decoderFor(charset: string) {
  try {
    return new TextDecoder(charset);
  } catch {
    // A name that nobody knows: most of the text is readable as UTF-8 all the same.
    return new TextDecoder();
  }
}
