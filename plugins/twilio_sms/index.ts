import { definePlugin, HooklineError, type HttpRequest } from "hookline";
import { deliveryStatus } from "./deliveryStatus.ts";
import { messageForm } from "./messageForm.ts";
import { problemWithSignature, type SignatureSettings } from "./signature.ts";
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
    const account = `${config.api_url.replace(/\/+$/, "")}/2010-04-01/Accounts/${encodeURIComponent(config.account_sid)}`;
    const login = [config.api_key_sid ?? config.account_sid, config.api_key_secret ?? config.auth_token ?? ""].join(":");
    const authorization = `Basic ${Buffer.from(login).toString("base64")}`;

    const ask = async (method: "GET" | "POST" | "DELETE", path: string, request: HttpRequest) => {
      const headers = { ...request.headers, authorization };
      try {
        return await http.request(account + path, { ...request, method, headers });
      } catch (error) {
        throw twilioError(error);
      }
    };

    /** What is wrong with the login; undefined when it works. */
    const problem = async (signal: AbortSignal): Promise<HooklineError | undefined> => {
      // Only the auth token may read the account; an API key reads messages.
      const path = config.api_key_sid === undefined ? ".json" : "/Messages.json?PageSize=1";
      try {
        const { status } = (await ask("GET", path, { signal, timeout_ms: 10_000 })).json ?? {};
        if (status === "suspended" || status === "closed")
          return new HooklineError("auth", { reason: `Twilio says that the account is ${status}` });
      } catch (error) {
        if (HooklineError.is(error)) return error;
        throw error;
      }
    };

    return {
      async send_message(request, { signal }) {
        const [recipient] = request.to;
        const form = messageForm(request, config);
        const headers = { "content-type": "application/x-www-form-urlencoded" };
        const answer = await ask("POST", "/Messages.json", { body: form.toString(), headers, signal });
        const { sid } = answer.json ?? {};
        if (typeof sid !== "string" || sid === "") throw notTwilio("a message without a sid");
        return { message_id: sid, items: [{ subject: recipient?.value ?? "", status: "sent", ref: sid }] };
      },

      async get_message_status({ message }, { signal }) {
        const answer = await ask("GET", `/Messages/${encodeURIComponent(message)}.json`, { signal });
        const { status } = answer.json ?? {};
        if (typeof status !== "string") throw notTwilio("a message without a status");
        return deliveryStatus(status);
      },

      async delete_message({ message }, { signal }) {
        const path = `/Messages/${encodeURIComponent(message)}.json`;
        if (config.delete_mode === "remove") {
          const { status } = await ask("DELETE", path, { signal });
          if (status !== 204) throw notTwilio(`${status} where 204 was due`);
          return { message_id: message };
        }
        const isCancel = config.delete_mode === "cancel";
        const form: Record<string, string> = isCancel ? { Status: "canceled" } : { Body: "" };
        const { sid, status } = (await ask("POST", path, { form, signal })).json ?? {};
        if (sid !== message) throw notTwilio("another message than the one to delete");
        if (isCancel && status !== "canceled")
          throw new HooklineError("conflict", { reason: `${message} is ${status} already and cannot be canceled any more` });
        return { message_id: message };
      },

      handle_webhook(request) {
        const problem = problemWithSignature(request, config);
        if (problem !== undefined) return { events: [], response: { status: 403, body: problem } };
        const events = webhookEvents(request);
        if (events === undefined) return { events: [], response: { status: 400, body: "the body is no JSON" } };
        // Twilio takes the answer to an inbound message as instructions. These say: send no reply.
        return { events, response: { status: 200, headers: { "content-type": "text/xml" }, body: "<Response/>" } };
      },

      async validate_config(_request, { signal }) {
        if (config.auth_token === undefined && config.api_key_sid === undefined)
          return { ok: false, problems: ["auth_token is missing; give it, or api_key_sid and api_key_secret"] };
        const error = await problem(signal);
        if (error === undefined) return { ok: true };
        const isWrong = error.code === "auth" || error.code === "not_found";
        // A restricted API key may send and not read, and Twilio may be down: neither is the fault of the settings.
        if (!isWrong) log.warn("the login could not be checked", { error: error.message });
        return { ok: !isWrong, problems: [error.message] };
      },

      async health_check(_request, { signal }) {
        const error = await problem(signal);
        return { healthy: error === undefined, details: error && { code: error.code, problem: error.message } };
      },
    };
  },
});

function notTwilio(what: string): HooklineError {
  const reason = `the answer is not one of Twilio's: ${what}; it may have acted all the same. Check api_url`;
  return new HooklineError("unavailable", { reason, dispatched: "maybe" });
}
