import { createHash, randomUUID } from "node:crypto";
import { type CheckedRequestOf, type CommunicationContract, HooklineError } from "hookline";
import type { SendMailOptions } from "nodemailer";
import { type Addressee, noAddress } from "./addressees.ts";
import { type Address, addressKey, addressOf } from "./addressOf.ts";

/** One mail as nodemailer takes it, and the addresses of those whom it shall reach. */
export interface Mail {
  options: SendMailOptions;
  reached: string[];
  /** Those who get it besides. */
  copies: string[];
}

/** How the settings want mails to look. */
export interface MailSettings {
  sender: Address;
  hide_recipients: boolean;
  /** How the members of a list get a mail: many through one, without seeing each other, or each one of their own. */
  list_delivery: "bcc" | "each";
  /** So many get one mail when there are members of a list among them. */
  max_recipients: number;
  dsn?: Dsn;
}

/** Which reports the server shall send to the sender. */
interface Dsn {
  notify: ["never"] | ("success" | "failure" | "delay")[];
  return?: "headers" | "full";
}

/** `provider_options: { email_smtp: … }`, as the manifest's `options_schema` has it. */
interface Options {
  cc?: string[];
  bcc?: string[];
  reply_to?: string;
  headers?: Record<string, string>;
  priority?: "high" | "normal" | "low";
  dsn?: Dsn;
}

const mediaType = /^[\w.+-]+\/[\w.+-]+(\s*;\s*[\w-]+=("[^"\r\n]*"|[\w.+-]+))*$/;

/**
 * Turns a request into mails: one, or, for the members of lists, as many as the settings say. Throws the problem of the first
 * recipient when nobody can be reached, and `invalid_request` or `unsupported` for the rest.
 */
export function composeMails(
  request: CheckedRequestOf<CommunicationContract, "send_message">,
  addressees: readonly Addressee[],
  settings: MailSettings,
): { message_id: string; mails: Mail[] } {
  const { from, content, attachments = [], thread, idempotency_key, provider_options } = request;
  if (content.template) throw new HooklineError("unsupported", { reason: "a mail server has no templates; send text or html" });
  // The host has checked them.
  const options = (provider_options?.email_smtp ?? {}) as Options;
  const { cc = [], bcc = [], reply_to, headers, priority, dsn = settings.dsn } = options;

  const parts = partsOf(addressees, settings);
  if (parts.length === 0) throw addressees[0]?.problem ?? noAddress();
  const author = from === undefined ? settings.sender : expectAddress("from", from);
  const copies = cc.map((one) => expectAddress("provider_options.email_smtp.cc", one));
  const hidden = bcc.map((one) => expectAddress("provider_options.email_smtp.bcc", one));
  const message_id = messageId(author, idempotency_key);
  const answered = thread === undefined ? undefined : threadHeader(thread);
  const same: SendMailOptions = {
    messageId: `<${message_id}>`,
    from: author,
    cc: copies,
    replyTo: reply_to === undefined ? undefined : expectAddress("provider_options.email_smtp.reply_to", reply_to),
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
    list: listHeader(addressees, settings.sender),
    dsn: dsn && { notify: [...dsn.notify], ret: dsn.return, envid: message_id.slice(0, message_id.lastIndexOf("@")) },
  };
  const mails = parts.map(({ shown, reached }, index): Mail => {
    // Whoever gets a copy gets one, however many mails there are.
    const others = index === 0 ? [...copies, ...hidden] : [];
    return {
      options: {
        ...same,
        to: settings.hide_recipients || shown.length === 0 ? "undisclosed-recipients:;" : shown,
        envelope: { from: author, to: [...reached, ...others] },
      },
      reached: reached.map(({ address }) => address),
      copies: others.map(({ address }) => address),
    };
  });
  return { message_id, mails };
}

/** Those who get one mail, and those of them whom everybody sees in it. */
interface Part {
  shown: Address[];
  reached: Address[];
}

/** Who gets which mail: those whom the request names share one, members of lists as the settings say, and nobody gets two. */
function partsOf(
  addressees: readonly Addressee[],
  { list_delivery, max_recipients }: { list_delivery: "bcc" | "each"; max_recipients: number },
): Part[] {
  const named = distinct(addressees.filter(({ list }) => list === undefined));
  const shown = [...named.values()];
  const members = [...distinct(addressees)].filter(([key]) => !named.has(key)).map(([, address]) => address);
  if (list_delivery === "each") {
    const own = members.map((one) => ({ shown: [one], reached: [one] }));
    return shown.length === 0 ? own : [{ shown, reached: shown }, ...own];
  }
  // The members are never shown; who is named by the request is, in each part.
  const first = members.slice(0, Math.max(0, max_recipients - shown.length));
  const parts = [{ shown, reached: [...shown, ...first] }];
  for (let start = first.length; start < members.length; start += max_recipients) {
    parts.push({ shown, reached: members.slice(start, start + max_recipients) });
  }
  return parts.filter(({ reached }) => reached.length > 0);
}

function distinct(addressees: readonly Addressee[]): Map<string, Address> {
  return new Map(addressees.flatMap(({ address }) => (address ? [[addressKey(address.address), address] as const] : [])));
}

/** Says which list it is (RFC 2919), so that people can sort what comes through it. */
function listHeader(addressees: readonly Addressee[], sender: Address): SendMailOptions["list"] {
  const lists = new Map(addressees.flatMap(({ list }) => (list ? [[list.id, list.name] as const] : [])));
  const [[id, name] = ["", ""]] = lists;
  return lists.size === 1 ? { id: { url: `${id}.${domainOf(sender)}`, comment: name } } : undefined;
}

/** The same key gives the same Message-ID: where a mail was sent twice after all, most mailboxes show it once. */
function messageId(author: Address, key: string | undefined): string {
  const unique = key === undefined ? randomUUID() : createHash("sha256").update(key).digest("hex").slice(0, 32);
  return `${unique}@${domainOf(author)}`;
}

function domainOf({ address }: Address): string {
  return address.slice(address.lastIndexOf("@") + 1);
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
