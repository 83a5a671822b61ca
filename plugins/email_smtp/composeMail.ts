import { createHash, randomUUID } from "node:crypto";
import type { CheckedRequestOf, CommunicationContract } from "hookline";
import { HooklineError, z } from "hookline";
import type { SendMailOptions } from "nodemailer";
import { type Address, addressOf } from "./addressOf.ts";

/** A request as a mail, and who of `to` can be reached at all. */
export interface ComposedMail {
  message_id: string;
  /** In the order of `to`; undefined for what is no mail address. */
  people: (Address | undefined)[];
  mail: SendMailOptions;
}

/** What `provider_options: { email_smtp: … }` may say. */
const providerOptions = z.strictObject({
  cc: z.array(z.string()).default([]),
  bcc: z.array(z.string()).default([]),
  reply_to: z.string().optional(),
  headers: z.record(z.string().regex(/^((x|list)-[a-z0-9-]+|auto-submitted|precedence)$/i), z.string()).default({}),
  priority: z.enum(["high", "normal", "low"]).optional(),
});

const mediaType = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w-]+=("[^"\r\n]*"|[\w.+-]+))*$/;

/** Turns a request into a mail. Throws `invalid_recipient` when nobody of `to` has a mail address, `invalid_request` for the rest. */
export function composeMail(
  {
    to,
    from,
    content,
    attachments = [],
    thread,
    idempotency_key,
    provider_options,
  }: CheckedRequestOf<CommunicationContract, "send_message">,
  { sender, hideRecipients }: { sender: Address; hideRecipients: boolean },
): ComposedMail {
  if (content.template) throw new HooklineError("unsupported", { reason: "a mail server has no templates; send text or html" });
  const options = providerOptions.safeParse(provider_options?.email_smtp ?? {});
  if (!options.success) throw wrong(`provider_options.email_smtp is wrong: ${z.prettifyError(options.error)}`);
  const { cc, bcc, reply_to, headers, priority } = options.data;

  const people = to.map(addressOf);
  const reached = people.filter((person) => person !== undefined);
  if (reached.length === 0) throw noAddress(to[0]?.value ?? "");
  const author = from === undefined ? sender : expectAddress("from", from);
  const copies = cc.map((one) => expectAddress("provider_options.email_smtp.cc", one));
  const hidden = bcc.map((one) => expectAddress("provider_options.email_smtp.bcc", one));
  const message_id = messageId(author, idempotency_key);
  const answered = thread === undefined ? undefined : threadHeader(thread);
  return {
    message_id,
    people,
    mail: {
      messageId: `<${message_id}>`,
      from: author,
      to: hideRecipients ? "undisclosed-recipients:;" : reached,
      cc: copies,
      replyTo: reply_to === undefined ? undefined : expectAddress("provider_options.email_smtp.reply_to", reply_to),
      envelope: { from: author, to: [...reached, ...copies, ...hidden] },
      subject: content.subject,
      text: content.text ?? content.markdown,
      html: content.html,
      attachments: attachments.map(({ filename, content_type, content_base64 }) => ({
        filename,
        contentType: mediaType.test(content_type ?? "") ? content_type : undefined,
        content: Buffer.from(content_base64, "base64"),
      })),
      inReplyTo: answered,
      references: answered,
      headers,
      priority,
    },
  };
}

/** Why this one of several got nothing. */
export function noAddress(value: string): HooklineError {
  return new HooklineError("invalid_recipient", { reason: `${JSON.stringify(value.slice(0, 80))} is no mail address` });
}

/** The same key gives the same Message-ID: where a mail was sent twice after all, most mailboxes show it once. */
function messageId({ address }: Address, key: string | undefined): string {
  const unique = key === undefined ? randomUUID() : createHash("sha256").update(key).digest("hex").slice(0, 32);
  return `${unique}${address.slice(address.lastIndexOf("@"))}`;
}

function threadHeader(thread: string): string {
  const id = thread.replace(/^<|>$/g, "");
  if (!/^[^\s\p{C}<>]{1,250}$/u.test(id))
    throw wrong(`thread must be the message_id of a mail, and ${JSON.stringify(thread)} is none`);
  return `<${id}>`;
}

function expectAddress(field: string, given: Parameters<typeof addressOf>[0]): Address {
  const address = addressOf(given);
  if (!address) throw wrong(`${field} must be a mail address, and ${JSON.stringify(given)} is none`);
  return address;
}

function wrong(reason: string): HooklineError {
  return new HooklineError("invalid_request", { reason });
}
