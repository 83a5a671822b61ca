import { checkHooks, definePlugin, HooklineError, type Implementations, isSameSecret, parseJson, z } from "hookline";
import { createBotApi } from "./botApi.ts";
import { eventFrom } from "./eventFrom.ts";
import { memberHooks } from "./memberHooks.ts";
import { messageHooks } from "./messageHooks.ts";
import { chatOf } from "./places.ts";
import { topicHooks } from "./topicHooks.ts";

interface Settings {
  bot_token: string;
  api_url: string;
  /** A supergroup with topics; without it there are no group hooks. */
  chat_id?: string;
  /** The `secret_token` of setWebhook; without it there is no handle_webhook. */
  webhook_secret?: string;
}

const bot = z.object({ id: z.int(), username: z.string() });
const forum = z.object({ is_forum: z.boolean().optional() });

/** Messages as a Telegram bot; topics of a forum as groups, with invite links. */
export default definePlugin<Settings>({
  setup(context) {
    const { config, log } = context;
    const { chat_id, webhook_secret } = config;
    const api = createBotApi(context, config);

    return {
      ...messageHooks(api),
      ...(chat_id !== undefined && { ...topicHooks(api, chat_id), ...memberHooks(api) }),
      ...(webhook_secret !== undefined && inboundHooks(webhook_secret)),
      ...checkHooks(
        async ({ signal }) => {
          const { username } = await api("getMe", {}, bot, { signal });
          if (chat_id !== undefined) await expectForum(chat_id, signal);
          return { bot: `@${username}` };
        },
        { log },
      ),
    };

    async function expectForum(chat: string, signal: AbortSignal): Promise<void> {
      const { is_forum } = await api("getChat", { chat_id: chatOf(chat) }, forum, { signal });
      if (is_forum) return;
      const reason = `chat_id ${chat} has no topics; switch Topics on in the settings of that group`;
      throw new HooklineError("settings_invalid", { reason });
    }
  },
});

function inboundHooks(secret: string): Pick<Implementations, "handle_webhook"> {
  const refusal = (status: number, body: string) => ({ events: [], response: { status, body } });
  return {
    handle_webhook({ method, headers, raw_body }) {
      if (method !== "POST") return refusal(405, "use POST");
      if (!isSameSecret(headers["x-telegram-bot-api-secret-token"], secret))
        return refusal(401, "the secret token is not the one of setWebhook");
      const event = eventFrom(parseJson(raw_body));
      return event === undefined ? refusal(400, "the body is no JSON object") : { events: [event] };
    },
  };
}
