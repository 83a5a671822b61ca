import { createHash, randomUUID } from "node:crypto";
import {
  type CheckedRequestOf,
  type CommunicationContract,
  HooklineError,
  type Implementations,
  type Item,
  type Recipient,
  z,
} from "hookline";
import type { MailComposerOptions } from "nodemailer";
import { type Address, addressOf } from "./addressOf.ts";
import type { Google } from "./openGoogle.ts";
import type { Settings } from "./settings.ts";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;

const sentMail = z.object({ id: z.string().min(1) });
const mediaType = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w-]+=("[^"\r\n]*"|[\w.+-]+))*$/;

/**
 * The hook that writes to a group. A group has an address for that: mail goes there from one mailbox, or through a mail server.
 * `check` signs in to the mailbox.
 */
export function mailHooks(
  { smtp, send_as, domain }: Readonly<Settings>,
  mailboxOf: (user: string) => Google,
): { hooks: Implementations; check?(): Promise<unknown> } {
  const from = smtp?.from ?? send_as;
  if (from === undefined) return { hooks: {} };
  const sender = addressOf(from);
  if (!sender) throw new HooklineError("settings_invalid", { reason: `${JSON.stringify(from)} is no mail address to send from` });

  if (smtp) {
    const send_message: Implementations["send_message"] = async (request, { signal }) => {
      const { message_id, mail, groups } = mailTo(request, sender, domain);
      const { throughSmtp } = await import("./throughSmtp.ts");
      const refusals = await throughSmtp(smtp, mail, signal);
      return { message_id, items: itemsOf(request.to, groups, refusals) };
    };
    return { hooks: { send_message } };
  }

  const google = mailboxOf(sender.address);
  const send_message: Implementations["send_message"] = async (request, { signal }) => {
    const { mail, groups } = mailTo(request, sender, domain);
    const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
    const { gmail_v1 } = await import("googleapis/build/src/apis/gmail/v1.js");
    const gmail = new gmail_v1.Gmail({ auth: google.auth });
    const media = { mimeType: "message/rfc822", body: String(await new MailComposer(mail).compile().build()) };
    const { id } = await google.ask(sentMail, () => gmail.users.messages.send({ userId: "me", media }, { signal }));
    return { message_id: id, items: itemsOf(request.to, groups) };
  };
  return {
    hooks: { send_message },
    check: () => google.ask(z.unknown(), async () => ({ data: await google.auth.getAccessToken() })),
  };
}

/** A request as a mail, and the groups it goes to, in the order of `to`; undefined for what is no address. */
function mailTo({ to, from, content, attachments = [], thread, idempotency_key }: SendMessage, sender: Address, domain: string) {
  if (content.template)
    throw new HooklineError("unsupported", { reason: "a group takes mail and knows no templates; send text or html" });
  const author = from === undefined ? sender : addressOf(from);
  if (!author)
    throw new HooklineError("invalid_request", {
      reason: `from must be a mail address, and ${JSON.stringify(from?.value)} is none`,
    });
  const groups = to.map((one) => {
    // A group may be named by what stands before the @.
    const value = one.value.includes("@") ? one.value : `${one.value}@${domain}`;
    return one.kind === "user" || one.kind === "phone" ? undefined : addressOf({ ...one, kind: "email", value });
  });
  const reached = groups.filter((group) => group !== undefined);
  if (reached.length === 0) throw noGroup(to[0]);
  // The same key gives the same id.
  const hash = createHash("sha256").update(idempotency_key ?? randomUUID());
  const message_id = hash.digest("hex").slice(0, 32) + author.address.slice(author.address.lastIndexOf("@"));
  const answered = thread === undefined ? undefined : threadHeader(thread);
  const mail: MailComposerOptions = {
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
  };
  return { message_id, mail, groups };
}

/** What became of each group of `to`; `refusals` are those of the mail server, by address. */
function itemsOf(
  to: SendMessage["to"],
  groups: readonly (Address | undefined)[],
  refusals: ReadonlyMap<string, HooklineError> = new Map(),
): Item[] {
  return to.map((recipient, index): Item => {
    const { value: subject } = recipient;
    const group = groups[index];
    const error = group ? refusals.get(group.address) : noGroup(recipient);
    if (error === undefined) return { subject, status: "sent" };
    return { subject, status: "failed", error: { code: error.code, message: error.message } };
  });
}

function noGroup({ kind, value }: Recipient = { kind: "group", value: "" }): HooklineError {
  if (kind === "user" || kind === "phone")
    return new HooklineError("unsupported", {
      reason: `a group has an address, and the kind ${kind} has none`,
      penalize: "never",
    });
  return new HooklineError("invalid_recipient", { reason: `${JSON.stringify(value.slice(0, 80))} is no address of a group` });
}

function threadHeader(thread: string): string {
  const id = thread.replace(/^<|>$/g, "");
  if (/^[^\s\p{C}<>]{1,200}@[^\s\p{C}<>@]{1,200}$/u.test(id)) return `<${id}>`;
  const reason = "Gmail keeps the Message-ID of a mail to itself, so there is nothing to answer; reply through the plugin gmail";
  throw new HooklineError("unsupported", { reason });
}
