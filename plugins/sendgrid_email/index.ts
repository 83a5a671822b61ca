import { randomUUID } from "node:crypto";
import type { CheckedRequestOf, CommunicationContract, ErrorCode, Item, Recipient } from "hookline";
import { checkHooks, definePlugin, HooklineError } from "hookline";
import { inOurWords } from "./inOurWords.ts";
import { type WebhookSettings, webhookReceiver } from "./webhookReceiver.ts";

interface Settings extends WebhookSettings {
  api_key: string;
  from: string;
  hide_recipients: boolean;
  api_url: string;
}
type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;
type Address = { email: string; name?: string };

const largest = 30 * 1024 * 1024;

/** Mail through SendGrid's v3 API, and the events that its webhook tells. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    const [, name, email = config.from.trim()] = /^\s*"?([^"<>]*?)"?\s*<([^<>]*)>\s*$/.exec(config.from) ?? [];
    const sender = mailAddress({ kind: "email", value: email, name });
    if (!sender) throw refusal("settings_invalid", 'from must be an address, like "Acme <mail@acme.test>"');
    const url = config.api_url.replace(/\/+$/, "");
    const headers = { authorization: `Bearer ${config.api_key}`, "content-type": "application/json" };

    return {
      async send_message(request, { signal }) {
        const addresses = new Map<string, Address>();
        const items = request.to.map((recipient): Item => {
          const address = mailAddress(recipient);
          if (!address) return { subject: recipient.value, status: "failed", error: notAnAddress(recipient) };
          // Twice the same address in one envelope is refused, and nobody wants a mail twice.
          addresses.set(address.email.toLowerCase(), address);
          return { subject: recipient.value, status: "sent" };
        });
        if (addresses.size === 0) throw notAnAddress(request.to[0]);
        const people = [...addresses.values()];
        const envelopes = config.hide_recipients ? people.map((one) => [one]) : [people];
        const from = request.from ? mailAddress(request.from) : sender;
        if (!from) throw refusal("invalid_request", `from "${request.from?.value}" is no mail address`);
        const mail = mailFor(request, envelopes, from);
        const body = JSON.stringify(mail);
        if (Buffer.byteLength(body) > largest)
          throw refusal("payload_too_large", `the mail is larger than the ${largest} bytes that SendGrid takes; send less`);
        const answer = await http.post(`${url}/v3/mail/send`, { body, headers, signal }).catch((error) => {
          throw inOurWords(error, envelopes);
        });
        const isSandbox = Object(Object(mail.mail_settings).sandbox_mode).enable === true;
        if (answer.text !== "" || (answer.status !== 202 && !isSandbox)) {
          const reason = `the answer (${answer.status}) is not one of SendGrid's; the mail may have been sent. Check api_url`;
          throw new HooklineError("unavailable", { reason, dispatched: "maybe" });
        }
        // Without the header it was accepted all the same: only its events cannot be matched.
        return { message_id: answer.headers["x-message-id"] ?? `unnamed-${randomUUID()}`, items };
      },

      handle_webhook: webhookReceiver(config),

      ...checkHooks(
        async ({ signal }) => {
          const { scopes } = (await http.get(`${url}/v3/scopes`, { headers, signal })).json ?? {};
          if (!Array.isArray(scopes)) throw refusal("unavailable", "SendGrid listed no scopes; check api_url");
          if (!scopes.includes("mail.send")) throw refusal("auth", "the API key may send no mail; permit it Mail Send");
        },
        { log },
      ),
    };
  },
});

/** A message as the body of `mail/send`. Throws for what SendGrid does not take, before anything is sent. */
function mailFor(request: SendMessage, envelopes: readonly Address[][], from: Address): Record<string, unknown> {
  const { thread, attachments = [], metadata = {} } = request;
  const { template, subject, text, markdown, html } = request.content;
  const own = request.provider_options?.sendgrid_email ?? {};
  const parts = [
    { type: "text/plain", value: text ?? markdown },
    { type: "text/html", value: html },
  ].filter(({ value }) => value);
  if (template && !template.name.startsWith("d-"))
    throw refusal("unsupported", `"${template.name}" is no dynamic template; its id at SendGrid begins with d-`);
  if (!template && !subject) throw refusal("unsupported", "SendGrid sends no mail without a subject; give content.subject");
  if (!template && parts.length === 0) throw refusal("unsupported", "SendGrid sends no empty mail; give a text or html");
  // Only a Message-ID; the ids that SendGrid gives us are none.
  const [, answered] = /^<?([^\s<>]+@[^\s<>]+)>?$/.exec(thread ?? "") ?? [];
  const dynamic_template_data = template && { ...(subject && { subject }), ...template.variables };
  return {
    ...labels(metadata),
    ...own,
    personalizations: envelopes.map((to) => ({ to, dynamic_template_data })),
    from,
    ...(subject && { subject }),
    ...(template ? { template_id: template.name } : { content: parts }),
    ...(attachments.length > 0 && {
      attachments: attachments.map(({ filename, content_type: type, content_base64: content }) => {
        return { content, filename, type: type || undefined, disposition: "attachment" };
      }),
    }),
    ...(answered && { headers: { ...Object(own.headers), "In-Reply-To": `<${answered}>`, References: `<${answered}>` } }),
  };
}

/** `metadata.categories` are categories, the rest are custom arguments, which come back with every event. */
function labels({ categories, ...rest }: Record<string, unknown>): object {
  const isList = Array.isArray(categories) && categories.every((one) => typeof one === "string");
  const named = Object.entries(isList || categories === undefined ? rest : { categories, ...rest }).map(([name, value]) => {
    return [name, typeof value === "string" ? value : JSON.stringify(value)];
  });
  const custom_args = Object.fromEntries(named);
  if (Buffer.byteLength(JSON.stringify(custom_args)) > 10_000)
    throw refusal("payload_too_large", "SendGrid keeps 10,000 bytes of metadata with a mail; send less");
  return { ...(isList && { categories }), ...(named.length > 0 && { custom_args }) };
}

/** The address of a recipient as SendGrid takes it; undefined when it is none. */
function mailAddress({ kind, value, name }: Recipient): Address | undefined {
  if ((kind !== "email" && kind !== "address") || !/^[^\s\p{C}@<>,;:"()]+@[^\s\p{C}@<>,;:"()]+$/u.test(value)) return undefined;
  return { email: value, ...(name && { name }) };
}

/** A person or a group of another platform is `unsupported`, so that another instance is asked. */
function notAnAddress({ kind, value }: Recipient = { kind: "email", value: "" }): HooklineError {
  if (kind === "email" || kind === "address") return refusal("invalid_recipient", `"${value}" is no mail address`);
  const reason = `SendGrid sends to mail addresses, not to the kind ${kind}`;
  return new HooklineError("unsupported", { reason, penalize: "never" });
}

function refusal(code: ErrorCode, reason: string): HooklineError {
  return new HooklineError(code, { reason });
}
