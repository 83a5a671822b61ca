import { createHash, randomUUID } from "node:crypto";
import { type CheckedRequestOf, type CommunicationContract, HooklineError, type Recipient, z } from "hookline";
import MailComposer from "nodemailer/lib/mail-composer";
import { type Address, addressOf } from "./addressOf.ts";

/** A request as a mail, and who of `to` can be reached at all. */
export interface ComposedMail {
  /** In the order of `to`; undefined for what is no mail address. */
  people: (Address | undefined)[];
  /** The mail as it travels (RFC 5322), its Bcc included. */
  raw: Buffer;
}

/** The mail that is answered: what its reply has to say for every mailbox to put both together. */
export interface Answered {
  messageId?: string;
  references?: string;
  subject?: string;
}

// What `options_schema` of the manifest has checked.
const ownOptions = z.object({
  cc: z.array(z.string()).default([]),
  bcc: z.array(z.string()).default([]),
  reply_to: z.string().optional(),
  headers: z.record(z.string(), z.string()).default({}),
});

// What the API takes at most: `maxSize` of users.messages.send in Google's discovery document.
const mostBytes = 36_700_160;
const mediaType = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w-]+=("[^"\r\n]*"|[\w.+-]+))*$/;

/**
 * Turns a request into a mail. Throws what `noAddress` says when nobody of `to` has a mail address, `payload_too_large` for what
 * Gmail does not take, `invalid_request` for the rest.
 */
export async function composeMail(
  {
    to,
    from,
    content,
    attachments = [],
    idempotency_key,
    provider_options,
  }: CheckedRequestOf<CommunicationContract, "send_message">,
  { sender, hideRecipients, answered }: { sender?: Address; hideRecipients: boolean; answered?: Answered },
): Promise<ComposedMail> {
  if (content.template) throw new HooklineError("unsupported", { reason: "Gmail has no templates to send; send text or html" });
  const { cc, bcc, reply_to, headers } = ownOptions.parse(provider_options?.gmail ?? {});

  const people = to.map(addressOf);
  const reached = people.filter((person) => person !== undefined);
  if (reached.length === 0) throw noAddress(to[0]);
  const hidden = bcc.map((one) => expectAddress("provider_options.gmail.bcc", one));
  // The same key gives the same id.
  const hash = createHash("sha256").update(idempotency_key ?? randomUUID());
  const node = new MailComposer({
    messageId: `<${hash.digest("hex").slice(0, 32)}@hookline.invalid>`,
    from: from === undefined ? sender : expectAddress("from", from),
    to: hideRecipients ? "undisclosed-recipients:;" : reached,
    cc: cc.map((one) => expectAddress("provider_options.gmail.cc", one)),
    // Gmail reads the recipients from the headers, and takes this one out.
    bcc: hideRecipients ? [...reached, ...hidden] : hidden,
    replyTo: reply_to === undefined ? undefined : expectAddress("provider_options.gmail.reply_to", reply_to),
    subject: content.subject ?? replySubject(answered?.subject),
    text: content.text ?? content.markdown,
    html: content.html,
    attachments: attachments.map(({ filename, content_type, content_base64 }) => ({
      filename,
      contentType: mediaType.test(content_type ?? "") ? content_type : undefined,
      content: Buffer.from(content_base64, "base64"),
    })),
    inReplyTo: answered?.messageId,
    references: [answered?.references, answered?.messageId].filter((part) => part !== undefined).join(" ") || undefined,
    headers,
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile();
  node.keepBcc = true;
  const raw = await node.build();
  if (raw.length <= mostBytes) return { people, raw };
  const reason = `the mail has ${raw.length} bytes with its attachments, and Gmail takes ${mostBytes}; send a link instead`;
  throw new HooklineError("payload_too_large", { reason });
}

/** Why this one of several got nothing: a person or a group of another platform is `unsupported`, so that another instance is asked. */
export function noAddress({ kind, value }: Recipient = { kind: "email", value: "" }): HooklineError {
  if (kind !== "email" && kind !== "address")
    return new HooklineError("unsupported", {
      reason: `Gmail sends to mail addresses, not to the kind ${kind}`,
      penalize: "never",
    });
  return new HooklineError("invalid_recipient", { reason: `${JSON.stringify(value.slice(0, 80))} is no mail address` });
}

/** Gmail keeps a reply in the thread only under the same subject. */
function replySubject(subject: string | undefined): string | undefined {
  return subject === undefined || /^re:/i.test(subject) ? subject : `Re: ${subject}`;
}

function expectAddress(field: string, given: Parameters<typeof addressOf>[0]): Address {
  const address = addressOf(given);
  if (address) return address;
  throw new HooklineError("invalid_request", { reason: `${field} must be a mail address, and ${JSON.stringify(given)} is none` });
}
