import { createHmac } from "node:crypto";
import { checkHooks, definePlugin, HooklineError, type Implementations, isSameSecret, parseJson, z } from "hookline";
import { createApi } from "./createApi.ts";
import { eventsFrom } from "./eventsFrom.ts";
import { groupHooks } from "./groupHooks.ts";
import type { Media } from "./mediaFor.ts";
import { messageFor } from "./messageFor.ts";

/** What the manifest lets an instance be told. */
export interface Settings {
  api_token: string;
  phone_number_id: string;
  /** Without it there is no webhook: nothing that comes could be verified. */
  app_secret?: string;
  verify_token?: string;
  template_language: string;
  preview_url: boolean;
  invite_template?: string;
  join_approval_mode: "auto_approve" | "approval_required";
  api_url: string;
  api_version: string;
}

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

    async function upload({ filename, type, bytes }: Media, signal: AbortSignal): Promise<string> {
      const form = new FormData();
      form.set("messaging_product", "whatsapp");
      form.set("type", type);
      form.set("file", new Blob([bytes], { type }), filename);
      try {
        return (await api(uploaded, "POST", `${own}/media`, { form, signal })).id;
      } catch (error) {
        if (!HooklineError.is(error)) throw error;
        // A file that lies at Meta reaches nobody: the message itself has not been sent.
        throw new HooklineError(error.code, { ...error.details, dispatched: "no" }, { cause: error });
      }
    }

    return {
      async send_message(request, { signal }) {
        const json = await messageFor(request, config, (media) => upload(media, signal));
        const { messages } = await api(sentMessage, "POST", `${own}/messages`, { json, signal });
        const [{ id, message_status }] = messages;
        const status = message_status === "accepted" ? "sent" : "pending";
        return { message_id: id, items: request.to.map(({ value }) => ({ subject: value, status })) };
      },

      ...groupHooks(api, config),

      ...checkHooks(
        async ({ signal }) => {
          const query = { fields: "display_phone_number,quality_rating" };
          const { display_phone_number, quality_rating } = await api(phoneNumber, "GET", own, { query, signal });
          return { display_phone_number, quality_rating };
        },
        { log },
      ),

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
      const expected = `sha256=${createHmac("sha256", app_secret).update(raw_body).digest("hex")}`;
      if (!isSameSecret(headers["x-hub-signature-256"], expected))
        return refusal(401, "X-Hub-Signature-256 does not fit the body");
      const events = eventsFrom(parseJson(raw_body), phone_number_id);
      return events ? { events } : refusal(400, "the body is no JSON object");
    },
  };
}

/** Meta asks once, when the webhook is registered, whether the address is ours. */
function handshake(query: Readonly<Record<string, string>>, verifyToken: string | undefined) {
  const { "hub.mode": mode, "hub.verify_token": token, "hub.challenge": challenge = "" } = query;
  if (verifyToken === undefined || mode !== "subscribe" || !isSameSecret(token, verifyToken))
    return refusal(403, "hub.verify_token is wrong");
  return { events: [], response: { status: 200, headers: { "content-type": "text/plain" }, body: challenge } };
}

function refusal(status: number, body: string) {
  return { events: [], response: { status, body } };
}
