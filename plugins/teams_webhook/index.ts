import { randomUUID } from "node:crypto";
import { checkHooks, definePlugin, type ErrorCode, HooklineError, type Http, type HttpAnswer, type Recipient } from "hookline";
import { cardFor } from "./cardFor.ts";
import { channelHooks } from "./channelHooks.ts";
import { type Credentials, createGraph } from "./createGraph.ts";
import { createTeam } from "./createTeam.ts";
import { memberHooks } from "./memberHooks.ts";

/** What the manifest lets an instance be told. */
export interface Settings extends Partial<Credentials> {
  webhook_url: string;
  webhook_urls: Readonly<Record<string, string>>;
  owner?: string;
  members_by: "email" | "id";
  graph_url: string;
  login_url: string;
}

/** Messages through a workflow's URL; with the credentials of an app, channels and members through Microsoft Graph. */
export default definePlugin<Settings>({
  setup({ config, http, log }) {
    return {
      async send_message(request, { signal }) {
        const [recipient, ...others] = request.to;
        if (!recipient || others.length > 0)
          throw new HooklineError("invalid_request", { reason: "a workflow takes one message at a time" });
        const message_id = await postToWorkflow(http, urlFor(recipient, config), cardFor(request), signal);
        return { message_id, items: [{ subject: recipient.value, status: "sent" }] };
      },

      ...graphHooks(),
    };

    function graphHooks() {
      const { tenant_id, client_id, client_secret, team_id } = config;
      // The manifest sees to it that there are all or none.
      if (!tenant_id || !client_id || !client_secret || !team_id) return {};
      const graph = createGraph(http, config, { tenant_id, client_id, client_secret, team_id });
      const team = createTeam(graph, team_id);
      const { hooks, add } = memberHooks(graph, team, config);
      const ask = checkHooks(async ({ signal }) => ({ channels: (await team.channels(signal)).length }), { log });
      return { ...channelHooks(graph, team, add, config), ...hooks, ...ask };
    }
  },
});

/** A workflow posts to the place it was made for. So a person or a channel that no URL belongs to is refused, and not sent elsewhere. */
function urlFor({ kind, value }: Recipient, { webhook_url, webhook_urls }: Settings): string {
  const known = Object.hasOwn(webhook_urls, value) ? webhook_urls[value] : undefined;
  if (known !== undefined) return known;
  const isChannel = kind === "group" || /^19:.+@thread\./.test(value);
  const isPerson = kind !== "address" || /^[^@\s]+@[^@\s]+$|^\s*(\+|00)\d/.test(value);
  if (!isChannel && !isPerson) return webhook_url;
  const reason = isChannel
    ? `Microsoft Graph lets no app send to a channel: make a workflow for ${value}, and put its URL into webhook_urls under this id`
    : `a workflow posts to its channel, not to ${value}: put the URL of a workflow that writes to them into webhook_urls`;
  throw new HooklineError("unsupported", { reason, penalize: "never" });
}

/** Posts a body to a workflow, and returns the id of its run. The URL is a secret, path and query: no error names it. */
async function postToWorkflow(http: Http, url: string, body: string, signal: AbortSignal): Promise<string> {
  try {
    // Without the charset Teams counts two bytes for every character.
    const headers = { "content-type": "application/json; charset=utf-8" };
    return runOf(await http.post(url, { body, headers, signal }));
  } catch (error) {
    throw HooklineError.is(error) ? withoutAddress(error, new URL(url)) : error;
  }
}

const refusals = new Map<string | undefined, ErrorCode>([
  ["400", "invalid_request"],
  ["403", "permission"],
  ["404", "not_found"],
  ["410", "not_found"],
  ["413", "payload_too_large"],
  ["429", "rate_limited"],
]);

function runOf({ status, headers, text }: HttpAnswer): string {
  const said = text.trim();
  // A retired connector answered 200 and "1". Its refusals were a 200, too, with a sentence.
  const isTaken = status === 202 || said === "" || said === "1";
  // Teams gives no id; that of the run finds it in the history of the workflow.
  if (isTaken) return headers["x-ms-workflow-run-id"] || headers["x-ms-request-id"] || headers["request-id"] || randomUUID();
  const code = refusals.get(/HTTP error (\d{3})/i.exec(said)?.[1]);
  const reason = `Teams answered ${status}, but not that it took the card: "${said.slice(0, 200)}"`;
  throw new HooklineError(code ?? "unavailable", { reason, status, ...(code === undefined && { dispatched: "maybe" }) });
}

function withoutAddress(error: HooklineError, { host, pathname, search, searchParams }: URL): HooklineError {
  const secrets = [search, pathname, ...searchParams.values()].filter((part) => part.length > 3);
  const hide = (text: unknown) => secrets.reduce((hidden, secret) => hidden.replaceAll(secret, "/***"), String(text));
  const { reason, where, body: _, ...details } = error.details;
  const told = { ...details, where: hide(where), reason: hide(reason) };
  // The others of the instance may be fine: only a streak of refusals speaks against it.
  if (error.code === "auth") told.penalize = "soft";
  // It is the workflow that is not there, not something the caller named: another instance may have one.
  if (error.code === "not_found") {
    told.failover = true;
    told.reason = `the workflow at ${host} is gone or switched off; put a new URL into the settings`;
  }
  return new HooklineError(error.code, told, { cause: error.cause });
}
