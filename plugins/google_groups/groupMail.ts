import { createHash, randomUUID } from "node:crypto";
import { type CheckedRequestOf, type CommunicationContract, HooklineError, type Item } from "hookline";
import type { MailComposerOptions } from "nodemailer";
import { type Address, addressOf } from "./addressOf.ts";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;

/** A mail to the addresses of groups. */
export interface GroupMail {
  /** Its Message-ID, without the angle brackets. */
  message_id: string;
  mail: MailComposerOptions;
  /** In the order of `to`; undefined for what is no address. */
  groups: (Address | undefined)[];
}

const mediaType = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w-]+=("[^"\r\n]*"|[\w.+-]+))*$/;

/** Turns a request into a mail. A group may be named by its address, or by what stands before the @. */
export function groupMail(request: SendMessage, sender: Address, domain: string): GroupMail {
  const { to, from, content, attachments = [], thread, idempotency_key } = request;
  if (content.template)
    throw new HooklineError("unsupported", { reason: "a group takes mail and knows no templates; send text or html" });
  const author = from === undefined ? sender : addressOf(from);
  if (!author) throw wrong(`from must be a mail address, and ${JSON.stringify(from?.value)} is none`);
  const groups = to.map((one) => {
    const value = one.value.includes("@") ? one.value : `${one.value}@${domain}`;
    return one.kind === "user" || one.kind === "phone" ? undefined : addressOf({ ...one, kind: "email", value });
  });
  const reached = groups.filter((group) => group !== undefined);
  if (reached.length === 0) throw noGroup(to[0]?.value ?? "");
  const message_id = `${uniqueId(idempotency_key)}${author.address.slice(author.address.lastIndexOf("@"))}`;
  const answered = thread === undefined ? undefined : threadHeader(thread);
  return {
    message_id,
    groups,
    mail: {
      messageId: `<${message_id}>`,
      from: author,
      to: reached,
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
      disableFileAccess: true,
      disableUrlAccess: true,
    },
  };
}

/** What became of each group of `to`; `refusals` are those of the mail server, by address. */
export function itemsOf(
  to: SendMessage["to"],
  groups: GroupMail["groups"],
  refusals: ReadonlyMap<string, HooklineError> = new Map(),
): Item[] {
  return to.map(({ value }, index): Item => {
    const group = groups[index];
    const error = group ? refusals.get(group.address) : noGroup(value);
    if (error === undefined) return { subject: value, status: "sent" };
    return { subject: value, status: "failed", error: { code: error.code, message: error.message } };
  });
}

function noGroup(value: string): HooklineError {
  return new HooklineError("invalid_recipient", { reason: `${JSON.stringify(value.slice(0, 80))} is no address of a group` });
}

/** The same key gives the same id. */
function uniqueId(key: string | undefined): string {
  return key === undefined ? randomUUID() : createHash("sha256").update(key).digest("hex").slice(0, 32);
}

function threadHeader(thread: string): string {
  const id = thread.replace(/^<|>$/g, "");
  if (/^[^\s\p{C}<>]{1,200}@[^\s\p{C}<>@]{1,200}$/u.test(id)) return `<${id}>`;
  const reason = "Gmail keeps the Message-ID of a mail to itself, so there is nothing to answer; reply through the plugin gmail";
  throw new HooklineError("unsupported", { reason });
}

function wrong(reason: string): HooklineError {
  return new HooklineError("invalid_request", { reason });
}
