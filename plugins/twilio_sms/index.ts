import { checkHooks, definePlugin, HooklineError, type HttpRequest } from "hookline";
import { deliveryStatus } from "./deliveryStatus.ts";
import { messageForm } from "./messageForm.ts";
import { problemWithSignature, type SignatureSettings } from "./problemWithSignature.ts";
import { twilioError } from "./twilioError.ts";
import { webhookEvents } from "./webhookEvents.ts";

interface Settings extends SignatureSettings {
  account_sid: string;
  api_key_sid?: string;
  api_key_secret?: string;
  from_number?: string;
  messaging_service_sid?: string;
  delete_mode: "cancel" | "redact" | "remove";
  api_url: string;
}

/** SMS and MMS through Twilio's Messages resource, and what Twilio sends back about them. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    const { account_sid, auth_token, api_key_sid = account_sid, api_key_secret = auth_token, delete_mode } = config;
    const reason = "auth_token is missing; give it, or api_key_sid and api_key_secret";
    if (api_key_secret === undefined) throw new HooklineError("settings_invalid", { reason });
    const account = `${config.api_url.replace(/\/+$/, "")}/2010-04-01/Accounts/${encodeURIComponent(account_sid)}`;
    const authorization = `Basic ${Buffer.from(`${api_key_sid}:${api_key_secret}`).toString("base64")}`;
    const pathOf = (sid: string) => `/Messages/${encodeURIComponent(sid)}.json`;

    const ask = (method: "GET" | "POST" | "DELETE", path: string, request: HttpRequest) =>
      http.request(account + path, { ...request, method, headers: { ...request.headers, authorization } }).catch((error) => {
        throw twilioError(error);
      });

    return {
      async send_message(request, { signal }) {
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        const body = messageForm(request, config).toString();
        const { sid } = (await ask("POST", "/Messages.json", { body, headers, signal })).json ?? {};
        if (typeof sid !== "string" || sid === "") throw notTwilio("a message without a sid");
        return { message_id: sid, items: request.to.map(({ value }) => ({ subject: value, status: "sent", ref: sid })) };
      },

      async get_message_status({ message }, { signal }) {
        const { status } = (await ask("GET", pathOf(message), { signal })).json ?? {};
        if (typeof status !== "string") throw notTwilio("a message without a status");
        return deliveryStatus(status);
      },

      async delete_message({ message }, { signal }) {
        if (delete_mode === "remove") {
          const { status } = await ask("DELETE", pathOf(message), { signal });
          if (status !== 204) throw notTwilio(`${status} where 204 was due`);
          return { message_id: message };
        }
        const form: Record<string, string> = delete_mode === "cancel" ? { Status: "canceled" } : { Body: "" };
        const { sid, status } = (await ask("POST", pathOf(message), { form, signal })).json ?? {};
        if (sid !== message) throw notTwilio("another message than the one to delete");
        if (delete_mode === "cancel" && status !== "canceled")
          throw new HooklineError("conflict", { reason: `${message} is ${status} already and cannot be canceled any more` });
        return { message_id: message };
      },

      handle_webhook(request) {
        const problem = problemWithSignature(request, config);
        if (problem !== undefined) return { response: { status: 401, body: problem } };
        const events = webhookEvents(request);
        if (events === undefined) return { response: { status: 400, body: "the body is no JSON" } };
        // Twilio takes the answer to an inbound message as instructions. These say: send no reply.
        return { events, response: { status: 200, headers: { "content-type": "text/xml" }, body: "<Response/>" } };
      },

      ...checkHooks(
        async ({ signal }) => {
          // Only the auth token may read the account; an API key reads messages.
          const path = config.api_key_sid === undefined ? ".json" : "/Messages.json?PageSize=1";
          const { status } = (await ask("GET", path, { signal })).json ?? {};
          if (status === "suspended" || status === "closed")
            throw new HooklineError("auth", { reason: `Twilio says that the account is ${status}` });
        },
        // A restricted API key may send and not read: not the fault of the settings.
        { log, isWrong: ({ code }) => code === "auth" || code === "not_found" },
      ),
    };
  },
});

function notTwilio(what: string): HooklineError {
  const reason = `the answer is not one of Twilio's: ${what}; it may have acted all the same. Check api_url`;
  return new HooklineError("unavailable", { reason, dispatched: "maybe" });
}
