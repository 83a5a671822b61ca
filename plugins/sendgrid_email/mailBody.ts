import { type CheckedRequestOf, type CommunicationContract, HooklineError, type Item } from "hookline";
import { type MailAddress, mailAddress } from "./mailAddress.ts";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;

/** One envelope: whom it goes to, and what only they get. */
export interface Personalization {
  to: MailAddress[];
  dynamic_template_data?: Record<string, unknown>;
}

interface Mail {
  /** What SendGrid takes. */
  mail: { personalizations: Personalization[] } & Record<string, unknown>;
  items: Item[];
  /** SendGrid checks and does not send. */
  isSandbox: boolean;
}

const largestArguments = 10_000;

/** A message as the body of `mail/send`. Throws for what SendGrid does not take, before anything is sent. */
export function mailBody(request: SendMessage, sender: MailAddress, hideRecipients: boolean): Mail {
  const { content, thread, attachments = [], metadata = {} } = request;
  const own = request.provider_options?.sendgrid_email ?? {};
  const people = request.to.map((recipient) => ({ subject: recipient.value, address: mailAddress(recipient) }));
  const addresses = people.flatMap(({ address }) => address ?? []);
  if (addresses.length === 0) throw notAnAddress(people[0]?.subject);
  const from = request.from ? mailAddress(request.from) : sender;
  if (!from) throw new HooklineError("invalid_request", { reason: `from "${request.from?.value}" is no mail address` });

  const data = content.template && { ...(content.subject && { subject: content.subject }), ...content.template.variables };
  // Twice the same address in one envelope is refused.
  const together = [...new Map(addresses.map((address) => [address.email.toLowerCase(), address])).values()];
  const groups = hideRecipients ? addresses.map((address) => [address]) : [together];
  const mail = {
    ...labels(metadata),
    ...own,
    personalizations: groups.map((to) => ({ to, ...(data && { dynamic_template_data: data }) })),
    from,
    ...(content.subject && { subject: content.subject }),
    ...contentOf(content),
    ...(attachments.length > 0 && {
      attachments: attachments.map(({ filename, content_type, content_base64 }) => ({
        content: content_base64,
        filename,
        ...(content_type && { type: content_type }),
        disposition: "attachment",
      })),
    }),
    // Only a Message-ID; the ids that SendGrid gives us are none.
    ...(/^[^\s<>]+@[^\s<>]+$/.test(thread ?? "") && {
      headers: { ...Object(own.headers), "In-Reply-To": `<${thread}>`, References: `<${thread}>` },
    }),
  };
  const items = people.map(({ subject, address }): Item => {
    if (address) return { subject, status: "sent" };
    const { code, message } = notAnAddress(subject);
    return { subject, status: "failed", error: { code, message } };
  });
  return { mail, items, isSandbox: Object(Object(own.mail_settings).sandbox_mode).enable === true };
}

function contentOf({ subject, template, text, markdown, html }: SendMessage["content"]): object {
  if (template) {
    if (template.name.startsWith("d-")) return { template_id: template.name };
    const reason = `"${template.name}" is no dynamic template; its id at SendGrid begins with d-`;
    throw new HooklineError("unsupported", { reason });
  }
  if (!subject)
    throw new HooklineError("unsupported", { reason: "SendGrid sends no mail without a subject; give content.subject" });
  const parts = [
    { type: "text/plain", value: text ?? markdown },
    { type: "text/html", value: html },
  ].filter(({ value }) => value);
  if (parts.length === 0) throw new HooklineError("unsupported", { reason: "SendGrid sends no empty mail; give a text or html" });
  return { content: parts };
}

/** `metadata.categories` are categories, the rest are custom arguments, which come back with every event. */
function labels({ categories, ...rest }: Record<string, unknown>): object {
  const isList = Array.isArray(categories) && categories.every((category) => typeof category === "string");
  const named = Object.entries(isList || categories === undefined ? rest : { ...rest, categories });
  const custom_args = Object.fromEntries(
    named.map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value)]),
  );
  const bytes = Buffer.byteLength(JSON.stringify(custom_args));
  if (bytes > largestArguments) {
    const reason = `metadata has ${bytes} bytes, and SendGrid keeps ${largestArguments} with a mail; send less`;
    throw new HooklineError("payload_too_large", { reason });
  }
  return { ...(isList && categories.length > 0 && { categories }), ...(named.length > 0 && { custom_args }) };
}

function notAnAddress(value = ""): HooklineError {
  return new HooklineError("invalid_recipient", { reason: `"${value}" is no mail address` });
}
