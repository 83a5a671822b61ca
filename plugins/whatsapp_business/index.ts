import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { definePlugin, HooklineError, type Implementations, z } from "hookline";
import { createApi } from "./createApi.ts";
import { eventsFrom } from "./eventsFrom.ts";
import { groupHooks } from "./groupHooks.ts";
import type { Media } from "./mediaFor.ts";
import { messageFor } from "./messageFor.ts";
import type { Settings } from "./settings.ts";

const sentMessage = z.looseObject({
  messages: z.tuple([z.looseObject({ id: z.string().min(1), message_status: z.string().default("accepted") })], z.unknown()),
});
const uploaded = z.looseObject({ id: z.string().min(1) });
const phoneNumber = z.looseObject({
  id: z.string(),
  display_phone_number: z.string().optional(),
  quality_rating: z.string().optional(),
});

/** WhatsApp through Meta's Cloud API: messages, groups, and what Meta reports of them. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    const api = createApi(http, config);
    const own = config.phone_number_id;
    const readNumber = (signal: AbortSignal) =>
      api(phoneNumber, "GET", own, { query: { fields: "display_phone_number,quality_rating" }, signal });

    async function upload({ filename, type, bytes }: Media, signal: AbortSignal): Promise<string> {
      const form = new FormData();
      form.set("messaging_product", "whatsapp");
      form.set("type", type);
      form.set("file", new Blob([bytes], { type }), filename);
      try {
        return (await api(uploaded, "POST", `${own}/media`, { form, signal })).id;
      } catch (error) {
        // A file that lies at Meta reaches nobody: the message itself has not been sent.
        if (HooklineError.is(error))
          throw new HooklineError(error.code, { ...error.details, dispatched: "no" }, { cause: error });
        throw error;
      }
    }

    return {
      async send_message(request, { signal }) {
        const { media, body } = messageFor(request, config);
        const json = body(media && (await upload(media, signal)));
        const { messages } = await api(sentMessage, "POST", `${own}/messages`, { json, signal });
        const [{ id, message_status }] = messages;
        const status = message_status === "accepted" ? "sent" : "pending";
        return { message_id: id, items: request.to.map(({ value }) => ({ subject: value, status })) };
      },

      ...groupHooks(api, config),

      async validate_config(_, { signal }) {
        try {
          await readNumber(signal);
          return { ok: true };
        } catch (error) {
          if (!HooklineError.is(error)) throw error;
          // That Meta cannot be asked now says nothing about the settings.
          if (error.retryable) log.warn("WhatsApp cannot be reached now", { error: error.message });
          return { ok: error.retryable, problems: [error.message] };
        }
      },

      async health_check(_, { signal }) {
        try {
          const { display_phone_number, quality_rating } = await readNumber(signal);
          return { healthy: true, details: { display_phone_number, quality_rating } };
        } catch (error) {
          if (!HooklineError.is(error)) throw error;
          return { healthy: false, details: { code: error.code, problem: error.message } };
        }
      },

      ...webhookHook(config),
    };
  },
});

/** Without the app's secret nothing that comes could be verified, so there is no webhook then. */
function webhookHook({ app_secret, verify_token, phone_number_id }: Settings): Pick<Implementations, "handle_webhook"> {
  if (app_secret === undefined) return {};
  return {
    handle_webhook({ method, headers, query, raw_body }) {
      if (method === "GET") return handshake(query, verify_token);
      if (method !== "POST") return refusal(405, "use POST");
      const name = Object.keys(headers).find((one) => one.toLowerCase() === "x-hub-signature-256");
      const expected = `sha256=${createHmac("sha256", app_secret).update(raw_body).digest("hex")}`;
      if (!isSame(name === undefined ? "" : (headers[name] ?? ""), expected))
        return refusal(401, "X-Hub-Signature-256 does not fit the body");
      const events = eventsFrom(parsed(raw_body), phone_number_id);
      return events ? { events } : refusal(400, "the body is no webhook of WhatsApp");
    },
  };
}

/** Meta asks once, when the webhook is registered, whether the address is ours. */
function handshake(query: Readonly<Record<string, string>>, verifyToken: string | undefined) {
  const { "hub.mode": mode, "hub.verify_token": token = "", "hub.challenge": challenge = "" } = query;
  if (verifyToken === undefined || mode !== "subscribe" || !isSame(token, verifyToken))
    return refusal(403, "hub.verify_token is wrong");
  return { events: [], response: { status: 200, headers: { "content-type": "text/plain" }, body: challenge } };
}

/** In a time that says nothing about where they differ. */
function isSame(given: string, expected: string): boolean {
  const [one, other] = [given, expected].map((text) => createHash("sha256").update(text).digest());
  return one !== undefined && other !== undefined && timingSafeEqual(one, other);
}

function parsed(body: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof body === "string" ? body : Buffer.from(body).toString("utf8"));
  } catch {
    // It is refused as what it is: no webhook.
    return undefined;
  }
}

function refusal(status: number, body: string) {
  return { events: [], response: { status, body } };
}
