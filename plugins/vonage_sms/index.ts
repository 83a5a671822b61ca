import type { CheckedRequestOf, CommunicationContract, Recipient } from "hookline";
import { checkHooks, definePlugin, HooklineError } from "hookline";
import { createMessagesApi, type MessagesApiSettings } from "./createMessagesApi.ts";
import { createSmsApi, type SmsApiSettings } from "./createSmsApi.ts";
import { type SignatureSettings, verifiedFields } from "./verifiedFields.ts";
import { webhookEvent } from "./webhookEvent.ts";

interface Settings extends MessagesApiSettings, SmsApiSettings, SignatureSettings {
  api: "sms" | "messages";
  from: string;
  api_url?: string;
}

/** SMS through Vonage, over the API that the settings name, and what Vonage sends back about them. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    const { api, api_key, api_secret } = config;
    const standard = api === "sms" ? "https://rest.nexmo.com" : "https://api.nexmo.com";
    const url = (config.api_url ?? standard).replace(/\/+$/, "");
    const send = api === "sms" ? createSmsApi(http, url, config) : createMessagesApi(http, url, config);

    return {
      async send_message(request, { signal }) {
        const to = phoneNumber(request.to[0]);
        const from = (request.from?.value ?? config.from).replace(/^\+(?=\d+$)/, "");
        const id = await send({ ...request.provider_options?.vonage_sms, from, to, text: textOf(request) }, signal);
        return { message_id: id, items: request.to.map(({ value }) => ({ subject: value, status: "sent", ref: id })) };
      },

      handle_webhook(request) {
        const fields = verifiedFields(request, config);
        if (typeof fields === "string") return { response: { status: 401, body: fields } };
        return { events: [webhookEvent(fields)] };
      },

      ...checkHooks(
        async ({ signal }) => {
          if (api === "messages") return { checked: "nothing: the Messages API can only send" };
          const authorization = `Basic ${Buffer.from(`${api_key}:${api_secret}`).toString("base64")}`;
          const { value } = (await http.get(`${url}/account/get-balance`, { headers: { authorization }, signal })).json ?? {};
          if (typeof value === "number") return { balance_eur: value };
          throw new HooklineError("unavailable", { reason: "Vonage told no balance; check api_url" });
        },
        // A proxy may know how to send and nothing of balances.
        { log, isWrong: ({ code }) => code === "auth" },
      ),
    };
  },
});

/** A number as Vonage takes it: digits with the country code, no plus. Throws `unsupported` for another kind, `invalid_recipient` for no number. */
function phoneNumber({ kind, value }: Recipient = { kind: "phone", value: "" }): string {
  if (kind !== "phone" && kind !== "address") {
    const reason = `an SMS goes to a phone number, and a recipient of the kind ${kind} has none here`;
    throw new HooklineError("unsupported", { reason, penalize: "never" });
  }
  const digits = value.replace(/[\s().-]/g, "").replace(/^(\+|00)/, "");
  if (/^\d{7,15}$/.test(digits)) return digits;
  const reason = `${kind} "${value}" is no phone number; write it with its country code, like +4915112345678`;
  throw new HooklineError("invalid_recipient", { reason });
}

/** What of a message is the text of its SMS. Throws `unsupported` for what an SMS cannot carry. */
function textOf({ content, attachments = [] }: CheckedRequestOf<CommunicationContract, "send_message">): string {
  const { subject, template, text = content.markdown } = content;
  if (attachments.length > 0) throw unsupported("an SMS carries no files; send a link in its text");
  if (template) throw unsupported("Vonage keeps no templates for SMS; give the message a text");
  if (text === undefined) throw unsupported("an SMS shows no HTML; give the message a text, too");
  return subject ? `${subject}\n${text}` : text;
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}
