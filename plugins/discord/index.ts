import { createHash } from "node:crypto";
import { type AllowedMentionsTypes, Routes } from "discord-api-types/v10";
import { checkHooks, definePlugin, HooklineError } from "hookline";
import { channelGroups } from "./channelGroups.ts";
import { type GatewayOptions, openGateway } from "./gateway.ts";
import { gatewayEvents } from "./gatewayEvents.ts";
import { messageHooks } from "./messages.ts";
import { openApi, withId } from "./openApi.ts";
import { peopleOf } from "./people.ts";
import { publicKeyOf, receiveWebhook } from "./receiveWebhook.ts";
import { roleGroups } from "./roleGroups.ts";

interface Settings extends GatewayOptions {
  guild_id: string;
  group_mode: "channel" | "role";
  category_id?: string;
  role_channel_id?: string;
  users: Record<string, string>;
  allowed_mentions: `${AllowedMentionsTypes}`[];
  public_key?: string;
  gateway: boolean;
}

/** Discord: groups as channels or roles of one server, messages to channels and people, and what comes back. */
export default definePlugin<Settings>({
  async setup({ config, http, log, onDispose, keep, exclusive, emit }) {
    const { guild_id: guild, group_mode: groupMode } = config;
    const people = peopleOf(config.users);
    const ask = await openApi(config, { http, onDispose });

    const { token, api_url, intents } = config;
    const session = createHash("sha256")
      .update(JSON.stringify([token, api_url, intents]))
      .digest("hex");
    const warn = (problem: string) => log.warn("the session with Discord brings no events now", { problem });
    const open = () => openGateway({ token, api_url, intents }, { after: later, warn, fetch });
    const gateway = config.gateway ? await keep("gateway", session, open, (kept) => kept.close()) : undefined;
    // The session goes on through a reload; who hears it changes when the generation before has let go.
    if (gateway) void exclusive("events", () => gateway.attach((client) => gatewayEvents(client, config, emit)));

    const groups = groupMode === "role" ? roleGroups : channelGroups;
    const key = config.public_key === undefined ? undefined : publicKeyOf(config.public_key);
    return {
      ...groups({ ask, guild, people, category: config.category_id }),
      ...messageHooks({
        ask,
        people,
        groupMode,
        roleChannel: config.role_channel_id,
        allowedMentions: config.allowed_mentions,
      }),
      ...(key && { handle_webhook: (request) => receiveWebhook(request, key) }),
      ...checkHooks(
        async ({ hook, signal }) => {
          // Its answer says all there is to say of token, server and address.
          await ask("get", Routes.guild(guild), withId, { signal });
          if (!gateway) return;
          // It is only being opened when the settings are checked.
          if (hook === "health_check" && gateway.problem !== undefined)
            throw new HooklineError("unavailable", { reason: `no events come: ${gateway.problem}` });
          return { gateway: "connected" };
        },
        { log },
      ),
    };
  },
});

/** Not the context's: the session outlives a generation. */
function later(ms: number, run: () => void): () => void {
  const timer = setTimeout(run, ms);
  return () => clearTimeout(timer);
}
