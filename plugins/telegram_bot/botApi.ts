import type { Opts } from "@grammyjs/types";
import { type CheckedRequestOf, type CommunicationContract, type Context, HooklineError, z } from "hookline";
import { refusalFrom } from "./refusalFrom.ts";

type Methods = Opts<File>;

interface More extends Pick<CheckedRequestOf<CommunicationContract, "send_message">, "provider_options"> {
  signal: AbortSignal;
  files?: Record<string, File>;
}

/** Calls one method of the Bot API: exactly one request; its result has the given shape. */
export type BotApi = <Method extends keyof Methods, Result>(
  method: Method,
  parameters: Methods[Method],
  result: z.ZodType<Result>,
  more: More,
) => Promise<Result>;

/** What a method answers that has nothing to tell. */
export const done = z.literal(true);

/** Makes the caller of the Bot API. A group that became a supergroup is called by its new id from then on. */
export function createBotApi(
  { http, state, log }: Pick<Context, "http" | "state" | "log">,
  config: { api_url: string; bot_token: string },
): BotApi {
  return async (method, parameters, result, { signal, files, provider_options }) => {
    const given: Record<string, unknown> = { ...optionsFor(method, provider_options?.telegram_bot), ...parameters, ...files };
    const fields = withNewId(method, given);
    // The token stands in the URL: that is why a secret of the settings is blanked in every error.
    const url = `${config.api_url}/bot${config.bot_token}/${method}`;
    const answer = await http.post(url, { ...(await bodyOf(fields)), signal }).catch((error: unknown) => {
      const refusal = refusalFrom(error, method);
      const migrated_to = refusal?.details.migrated_to;
      if (migrated_to !== undefined) {
        state[`moved ${given.chat_id}`] = migrated_to;
        log.warn(`the group ${given.chat_id} is now ${migrated_to}, a supergroup; put the new id where you keep the old one`);
      }
      throw refusal ?? error;
    });
    const body = z.object({ ok: z.literal(true), result }).safeParse(answer.json);
    if (body.success) return body.data.result;
    const reason = `what answered ${method} is not the Bot API: ${JSON.stringify(answer.text.slice(0, 80))}; it may have acted. Check api_url`;
    throw new HooklineError("unavailable", { reason, dispatched: "maybe" });
  };

  function withNewId(method: string, given: Record<string, unknown>): Record<string, unknown> {
    const chat_id = state[`moved ${given.chat_id}`];
    // Under the new id a message's number is that of another message.
    if (chat_id === undefined || /^(edit|delete)Message/.test(method)) return given;
    const { reply_parameters: reply } = given;
    return { ...given, chat_id, ...(reply !== undefined && { reply_parameters: { chat_id: given.chat_id, ...Object(reply) } }) };
  }
}

const ofAlbum = ["disable_notification", "protect_content", "allow_paid_broadcast", "message_effect_id"];
/** What `provider_options.telegram_bot` may say to a method; the manifest says of what form it is. */
const options: Partial<Record<keyof Methods, readonly string[]>> = {
  sendMessage: [...ofAlbum, "reply_markup", "link_preview_options"],
  sendDocument: [...ofAlbum, "reply_markup"],
  sendMediaGroup: ofAlbum,
  editMessageText: ["reply_markup", "link_preview_options"],
  editMessageCaption: ["reply_markup"],
  createForumTopic: ["icon_color", "icon_custom_emoji_id"],
  editForumTopic: ["icon_custom_emoji_id"],
};

function optionsFor(method: keyof Methods, given: Record<string, unknown> = {}): Record<string, unknown> {
  const known = options[method] ?? [];
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length === 0) return given;
  const reason = `${method} takes no ${unknown.join(", ")} in provider_options.telegram_bot; it takes ${known.join(", ")}`;
  throw new HooklineError("invalid_request", { reason });
}

/** JSON, and multipart when there is a file. */
async function bodyOf(
  fields: Record<string, unknown>,
): Promise<{ json: unknown } | { body: Uint8Array; headers: Record<string, string> }> {
  if (!Object.values(fields).some((value) => value instanceof File)) return { json: fields };
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (value instanceof File) form.append(name, value);
    else if (value !== undefined) form.append(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  const encoded = new Response(form);
  const body = new Uint8Array(await encoded.arrayBuffer());
  return { body, headers: { "content-type": encoded.headers.get("content-type") ?? "" } };
}
