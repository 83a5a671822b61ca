import { randomUUID } from "node:crypto";
import { definePlugin, type ErrorCode, type ErrorDetails, HooklineError, type Recipient } from "hookline";
import { composeMessage } from "./composeMessage.ts";

interface Settings {
  url: string;
  recipients?: string[];
}

const newUrl = "make a new webhook and put its URL into the settings";

/** What Slack says in a word, and what that is here. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors */
const refusals = new Map<string, { code: ErrorCode; advice?: string } & Partial<ErrorDetails>>([
  ["invalid_payload", { code: "invalid_request" }],
  ["no_text", { code: "invalid_request", advice: "the message is empty" }],
  ["invalid_blocks", { code: "invalid_request" }],
  ["invalid_blocks_format", { code: "invalid_request" }],
  ["invalid_attachments", { code: "invalid_request" }],
  ["too_many_attachments", { code: "payload_too_large" }],
  ["msg_too_long", { code: "payload_too_large" }],
  ["msg_blocks_too_long", { code: "payload_too_large" }],
  // It is this webhook's channel that is not there, not something the caller named: another instance may reach one.
  ["channel_not_found", { code: "not_found", failover: true, advice: newUrl }],
  ["channel_is_archived", { code: "not_found", failover: true, advice: `unarchive the channel, or ${newUrl}` }],
  ["user_not_found", { code: "not_found", failover: true, advice: newUrl }],
  ["action_prohibited", { code: "permission", advice: "an administrator of the workspace allows it" }],
  ["posting_to_general_channel_denied", { code: "permission", advice: "an administrator of the workspace allows it" }],
  ["no_service", { code: "auth", advice: newUrl }],
  ["no_service_id", { code: "auth", advice: newUrl }],
  ["no_active_hooks", { code: "auth", advice: newUrl }],
  ["invalid_token", { code: "auth", advice: newUrl }],
  ["no_team", { code: "auth", advice: newUrl }],
  ["team_disabled", { code: "auth", advice: newUrl }],
  ["rollup_error", { code: "unavailable", dispatched: "maybe" }],
]);

/** One channel of Slack behind a URL: it takes messages, and tells nothing about them. */
export default definePlugin<Settings>({
  setup: ({ config, http }) => ({
    async send_message(request, { signal }) {
      for (const recipient of request.to) refuseStranger(recipient, config.recipients);
      const json = composeMessage(request);
      const { text } = await http.post(config.url, { json, signal }).catch((error: unknown) => {
        throw inOurWords(error, config.url);
      });
      // Slack names no message; a 200 with anything else is somebody else's.
      if (text.trim() === "ok") return { message_id: `webhook-${randomUUID()}` };
      const reason = 'the webhook answered 200 and not "ok": this is not Slack, and the message may have arrived';
      throw new HooklineError("unavailable", { reason, dispatched: "maybe" });
    },

    validate_config() {
      const isComplete = URL.canParse(config.url) && new URL(config.url).pathname.length > 1;
      return isComplete
        ? { ok: true }
        : { ok: false, problems: ["url is not a webhook's: it is https://hooks.slack.com/services/…"] };
    },
  }),
});

/** A direct message that cannot reach its person must not end up in a channel. Throws `unsupported`, so that another instance is asked. */
function refuseStranger({ kind, value }: Recipient, recipients: readonly string[] | undefined): void {
  const isPerson = ["user", "email", "phone"].includes(kind) || /@|^[UWD][A-Z0-9]{6,}$/.test(value);
  if (recipients ? recipients.includes(value) : !isPerson) return;
  const whom = recipients ? `${recipients.join(", ")} only` : "its one channel, and to no person";
  throw new HooklineError("unsupported", { reason: `this webhook posts to ${whom}, so not to ${value}` });
}

/** What Slack answered, without the URL: its path is the secret. */
function inOurWords(error: unknown, url: string): unknown {
  if (!HooklineError.is(error)) return error;
  const word = typeof error.details.body === "string" ? error.details.body.trim() : "";
  const known = refusals.get(word);
  if (known) {
    const { code, advice, ...facts } = known;
    return new HooklineError(code, { ...facts, reason: `Slack refused the message: ${word}${advice ? `; ${advice}` : ""}` });
  }
  const reason = (error.details.reason ?? "").replaceAll(new URL(url).pathname, "/…");
  const { retry_after_ms, dispatched, retryable } = error;
  return new HooklineError(error.code, { reason, retry_after_ms, dispatched, retryable }, { cause: error.cause });
}
