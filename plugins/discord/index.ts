import { createHash } from "node:crypto";
import { type AllowedMentionsTypes, Routes } from "discord-api-types/v10";
import { definePlugin, HooklineError } from "hookline";
import { channelGroups } from "./channelGroups.ts";
import { type GatewayOptions, openGateway } from "./gateway.ts";
import { gatewayEvents } from "./gatewayEvents.ts";
import { messageHooks } from "./messages.ts";
import { openApi } from "./openApi.ts";
import { publicKeyOf, receiveWebhook } from "./receiveWebhook.ts";
import { roleGroups } from "./roleGroups.ts";
import { withId } from "./schemas.ts";

interface Settings extends GatewayOptions {
  guild_id: string;
  group_mode: "channel" | "role";
  category_id?: string;
  role_channel_id?: string;
  allowed_mentions: `${AllowedMentionsTypes}`[];
  public_key?: string;
  gateway: boolean;
}

/** Discord: groups as channels or roles of one server, messages to channels and people, and what comes back. */
export default definePlugin<Settings>({
  async setup({ config, http, log, onDispose, keep, exclusive, emit }) {
    const { guild_id: guild, group_mode: groupMode } = config;
    const { ask, close } = await openApi({ ...config, http });
    onDispose(close);

    const { token, api_url, intents } = config;
    const session = createHash("sha256")
      .update(JSON.stringify([token, api_url, intents]))
      .digest("hex");
    const warn = (problem: string) => log.warn("the session with Discord brings no events now", { problem });
    const open = () => openGateway({ token, api_url, intents }, { after: later, warn, fetch });
    const gateway = config.gateway ? await keep("gateway", session, open, (kept) => kept.close()) : undefined;
    // The session goes on through a reload; who hears it changes when the generation before has let go. A generation that ends
    // before its turn never hears anything.
    if (gateway)
      exclusive("events", () => gateway.attach((client) => gatewayEvents(client, config, emit))).catch(() => undefined);

    let bot: string | undefined;
    const self = async (signal: AbortSignal): Promise<string> => {
      bot ??= (await ask("get", Routes.user(), withId, { signal, isPreparation: true })).id;
      return bot;
    };

    /** What Discord says against the settings; throws what says nothing about them. */
    async function problemWithSettings(signal: AbortSignal): Promise<string | undefined> {
      let setting = "api_url";
      try {
        await self(signal);
        setting = "guild_id";
        await ask("get", Routes.guild(guild), withId, { signal });
        return undefined;
      } catch (error) {
        if (!HooklineError.is(error) || !["auth", "not_found", "permission"].includes(error.code)) throw error;
        return `${error.code === "auth" ? "token" : setting}: ${error.message}`;
      }
    }

    const groups = groupMode === "role" ? roleGroups : channelGroups;
    const key = config.public_key === undefined ? undefined : publicKeyOf(config.public_key);
    return {
      ...groups({ ask, guild, self, category: config.category_id }),
      ...messageHooks({ ask, groupMode, roleChannel: config.role_channel_id, allowedMentions: config.allowed_mentions }),
      ...(key && { handle_webhook: (request) => receiveWebhook(request, key) }),

      async validate_config(_, { signal }) {
        try {
          const problem = await problemWithSettings(signal);
          return { ok: problem === undefined, problems: problem === undefined ? [] : [problem] };
        } catch (error) {
          // A Discord that is down now says nothing about the settings: the instance starts, and works when it is back.
          if (!HooklineError.is(error)) throw error;
          log.warn("Discord cannot be asked about the settings now", { error: error.message });
          return { ok: true, problems: [error.message] };
        }
      },

      async health_check(_, { signal }) {
        const details = gateway ? { gateway: gateway.problem ?? "connected" } : {};
        try {
          await ask("get", Routes.user(), withId, { signal });
          return { healthy: gateway?.problem === undefined, details };
        } catch (error) {
          if (!HooklineError.is(error)) throw error;
          return { healthy: false, details: { ...details, code: error.code, problem: error.message } };
        }
      },
    };
  },
});

/** Not the context's: the session outlives a generation. */
function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
