import { definePlugin, HooklineError, type Implementations, type Recipient } from "hookline";
import { cardFor } from "./cardFor.ts";
import { channelHooks } from "./channelHooks.ts";
import { type Credentials, createGraph } from "./createGraph.ts";
import { createTeam } from "./createTeam.ts";
import { memberHooks } from "./memberHooks.ts";
import { postToWorkflow } from "./postToWorkflow.ts";
import type { Settings } from "./settings.ts";

/** Messages through a workflow's URL; with the credentials of an app, channels and members through Microsoft Graph. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    const credentials = credentialsIn(config);
    return {
      async send_message(request, { signal }) {
        const { to } = request;
        const [recipient] = to;
        if (!recipient || to.length > 1)
          throw new HooklineError("invalid_request", { reason: "a workflow takes one message at a time" });
        const url = urlFor(recipient, config);
        const message_id = await postToWorkflow(http, url, cardFor(request), signal);
        return { message_id, items: [{ subject: recipient.value, status: "sent" }] };
      },

      ...(credentials && graphHooks(credentials)),
    };

    function graphHooks(given: Credentials): Implementations {
      const graph = createGraph(http, given);
      const team = createTeam(graph, given);
      const { hooks, add } = memberHooks(graph, team, given);
      return {
        ...channelHooks(graph, team, add, given),
        ...hooks,

        async validate_config(_, { signal }) {
          try {
            await team.channels(signal);
            return { ok: true };
          } catch (error) {
            if (!HooklineError.is(error)) throw error;
            // That Microsoft cannot be asked now says nothing about the settings.
            if (error.retryable) log.warn("Microsoft Graph cannot be reached now", { error: error.message });
            return { ok: error.retryable, problems: [error.message] };
          }
        },

        async health_check(_, { signal }) {
          try {
            return { healthy: true, details: { channels: (await team.channels(signal)).length } };
          } catch (error) {
            if (!HooklineError.is(error)) throw error;
            return { healthy: false, details: { code: error.code, problem: error.message } };
          }
        },
      };
    }
  },
});

/** The manifest sees to it that there are all or none. */
function credentialsIn(settings: Settings): Credentials | undefined {
  const { tenant_id, client_id, client_secret, team_id } = settings;
  const isComplete = tenant_id !== undefined && client_id !== undefined && client_secret !== undefined && team_id !== undefined;
  return isComplete ? { ...settings, tenant_id, client_id, client_secret, team_id } : undefined;
}

/** A workflow posts to the place it was made for. So a person or a channel that no URL belongs to is refused, and not sent elsewhere. */
function urlFor({ kind, value }: Recipient, { webhook_url, webhook_urls }: Settings): string {
  const known = Object.hasOwn(webhook_urls, value) ? webhook_urls[value] : undefined;
  if (known !== undefined) return known;
  const isChannel = kind === "group" || /^19:.+@thread\./.test(value);
  if (kind === "address" && !isChannel) return webhook_url;
  const reason = isChannel
    ? `Microsoft Graph lets no app send to a channel: make a workflow for ${value}, and put its URL into webhook_urls under this id`
    : `a workflow posts to its channel, not to ${value}: put the URL of a workflow that writes to them into webhook_urls`;
  throw new HooklineError("unsupported", { reason });
}
