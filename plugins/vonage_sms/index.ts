import { definePlugin, HooklineError } from "hookline";
import { applicationToken } from "./applicationToken.ts";
import { type Credentials, sendByMessagesApi } from "./messagesApi.ts";
import { phoneNumber } from "./phoneNumber.ts";
import { sendBySmsApi } from "./smsApi.ts";
import { smsText } from "./smsText.ts";
import { type SignatureSettings, verifiedFields } from "./verifiedFields.ts";
import { webhookEvent } from "./webhookEvent.ts";

interface Settings extends SignatureSettings, Credentials {
  api: "sms" | "messages";
  from: string;
  webhook_url?: string;
  api_url?: string;
}

/** SMS through Vonage, over the API that the settings name, and what Vonage sends back about them. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    const standard = config.api === "sms" ? "https://rest.nexmo.com" : "https://api.nexmo.com";
    const url = (config.api_url ?? standard).replace(/\/+$/, "");
    const { api_key = "", api_secret = "", webhook_url } = config;

    /** The balance in euros, or what is wrong with the login. */
    const readBalance = async (signal: AbortSignal): Promise<number | HooklineError> => {
      const authorization = `Basic ${Buffer.from(`${api_key}:${api_secret}`).toString("base64")}`;
      try {
        const answer = await http.get(`${url}/account/get-balance`, { headers: { authorization }, signal, timeout_ms: 10_000 });
        const { value } = answer.json ?? {};
        return typeof value === "number"
          ? value
          : new HooklineError("unavailable", { reason: "Vonage told no balance; check api_url" });
      } catch (error) {
        if (HooklineError.is(error)) return error;
        throw error;
      }
    };

    return {
      async send_message(request, { signal }) {
        const [recipient] = request.to;
        const to = phoneNumber(recipient);
        const from = (request.from?.value ?? config.from).replace(/^\+(?=\d+$)/, "");
        const text = smsText(request);
        const own = request.provider_options?.vonage_sms;
        const id =
          config.api === "sms"
            ? await sendBySmsApi(http, { url, api_key, api_secret }, { callback: webhook_url, ...own, from, to, text }, signal)
            : await sendByMessagesApi(http, url, config, { webhook_url, ...own, from, to, text }, signal);
        return { message_id: id, items: [{ subject: recipient?.value ?? to, status: "sent", ref: id }] };
      },

      handle_webhook(request) {
        const { fields, problem } = verifiedFields(request, config);
        if (fields === undefined) return { events: [], response: { status: 401, body: problem } };
        return { events: [webhookEvent(fields)] };
      },

      async validate_config(_request, { signal }) {
        const missing = problemsOf(config);
        if (missing.length > 0) return { ok: false, problems: missing };
        // The Messages API has no call that changes nothing.
        if (config.api === "messages") return { ok: true };
        const balance = await readBalance(signal);
        if (typeof balance === "number") return { ok: true };
        const isWrong = balance.code === "auth";
        if (!isWrong) log.warn("the login could not be checked", { error: balance.message });
        return { ok: !isWrong, problems: [balance.message] };
      },

      async health_check(_request, { signal }) {
        if (config.api === "messages") return { healthy: true, details: { checked: "nothing: the Messages API can only send" } };
        const balance = await readBalance(signal);
        if (typeof balance === "number") return { healthy: true, details: { balance_eur: balance } };
        return { healthy: false, details: { code: balance.code, problem: balance.message } };
      },
    };
  },
});

function problemsOf({ api, api_key, application_id, private_key }: Settings): string[] {
  if (api === "sms") return api_key === undefined ? ["api_key and api_secret are missing; the SMS API needs both"] : [];
  if (application_id === undefined || private_key === undefined)
    return api_key === undefined ? ["there is no login; give api_key and api_secret, or application_id and private_key"] : [];
  try {
    applicationToken(application_id, private_key);
    return [];
  } catch {
    // What the parser says would not help, and the key must not be shown.
    return ["private_key is no private key in PEM form"];
  }
}
