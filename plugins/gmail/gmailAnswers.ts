import { z } from "hookline";

// Only what the plugin reads; Google adds fields as it likes.
const header = z.object({ name: z.string(), value: z.string() });

/** One part of a mail; a mail is itself one. */
export interface MailPart {
  mimeType?: string;
  filename?: string;
  headers?: z.output<typeof header>[];
  body?: { data?: string; attachmentId?: string; size?: number };
  parts?: MailPart[];
}

const part: z.ZodType<MailPart> = z.object({
  mimeType: z.string().optional(),
  filename: z.string().optional(),
  headers: z.array(header).optional(),
  body: z.object({ data: z.string().optional(), attachmentId: z.string().optional(), size: z.number().optional() }).optional(),
  get parts() {
    return z.array(part).optional();
  },
});

/** A message that was sent. */
export const place = z.object({ id: z.string().min(1), threadId: z.string().min(1) });

/**
 * The id that a caller gets: Gmail's own for the message that began its thread, `thread/message` for any other. With the thread in
 * it the status is one question.
 */
export function messageId({ id, threadId }: z.output<typeof place>): string {
  return id === threadId ? id : `${threadId}/${id}`;
}

/** What such an id names. */
export function placeOf(messageId: string): z.output<typeof place> {
  const [threadId = "", id = threadId] = messageId.split("/");
  return { id, threadId };
}

/** A message with its headers, and its body when that was asked for. */
export const message = z.object({
  ...place.shape,
  labelIds: z.array(z.string()).default([]),
  internalDate: z.coerce.number().max(8.64e15).optional().catch(undefined),
  payload: part.optional(),
});

/** A thread with the headers of its messages, oldest first. */
export const thread = z.object({ messages: z.array(message) });

/** One page of what changed in a mailbox. */
export const historyPage = z.object({
  historyId: z.string(),
  nextPageToken: z.string().optional(),
  history: z
    .array(
      z.object({
        messagesAdded: z
          .array(z.object({ message: z.object({ ...place.shape, labelIds: z.array(z.string()).default([]) }) }))
          .default([]),
      }),
    )
    .default([]),
});

/** A watch that was set up. */
export const watch = z.object({ historyId: z.string(), expiration: z.string() });

/** Whose mailbox it is. */
export const profile = z.object({ emailAddress: z.string() });

/** The value of a header; undefined when there is none. */
export function headerOf({ headers = [] }: MailPart, name: string): string | undefined {
  return headers.find((one) => one.name.toLowerCase() === name.toLowerCase())?.value;
}
