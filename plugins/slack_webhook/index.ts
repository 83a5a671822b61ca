import { randomUUID } from "node:crypto";
import {
  type CheckedRequestOf,
  type CommunicationContract,
  definePlugin,
  type ErrorCode,
  type ErrorDetails,
  HooklineError,
  type Recipient,
} from "hookline";

interface Settings {
  url: string;
  recipients?: string[];
}

const newUrl = "make a new webhook and put its URL into the settings";
const askAdmin = "an administrator of the workspace allows it";

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
  ["channel_not_found", { code: "not_found", advice: newUrl }],
  ["channel_is_archived", { code: "not_found", advice: `unarchive the channel, or ${newUrl}` }],
  ["user_not_found", { code: "not_found", advice: newUrl }],
  ["action_prohibited", { code: "permission", advice: askAdmin }],
  ["posting_to_general_channel_denied", { code: "permission", advice: askAdmin }],
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
  const isPerson = ["user", "email", "phone"].includes(kind) || /@|^\+\d|^[UWD][A-Z0-9]{6,}$/.test(value);
  if (recipients ? recipients.includes(value) : !isPerson) return;
  const whom = recipients ? `${recipients.join(", ")} only` : "its one channel, and to no person";
  throw new HooklineError("unsupported", { reason: `this webhook posts to ${whom}, so not to ${value}`, penalize: "never" });
}

/** A message as an incoming webhook takes it. Throws what Slack cannot show, before anything is sent. */
function composeMessage({
  content,
  attachments,
  thread,
  provider_options,
}: CheckedRequestOf<CommunicationContract, "send_message">): Record<string, unknown> {
  // The manifest has their schema.
  const options = provider_options?.slack_webhook ?? {};
  const { markdown, subject, template } = content;
  const plain = content.text ?? markdown;
  if (template) throw unsupported("a webhook has no templates; send text, markdown or blocks");
  if (attachments?.length) throw unsupported("a webhook takes no files; put a link into the text");
  if (thread !== undefined)
    throw unsupported("a webhook knows no message it has sent; provider_options.slack_webhook.thread_ts is a way");
  if (plain === undefined && options.text === undefined && options.blocks === undefined)
    throw unsupported("Slack shows no HTML; give content.text or content.markdown as well");
  const title = subject === undefined ? "" : `*${escaped(subject)}*\n`;
  const heading = subject === undefined ? "" : `**${subject}**\n\n`;
  const text = limited(String(options.text ?? (plain === undefined ? "" : title + escaped(plain))), 40_000);
  return {
    ...(markdown !== undefined && { blocks: [{ type: "markdown", text: limited(unmentioning(heading + markdown), 12_000) }] }),
    ...options,
    text: text || undefined,
  };
}

/** Nobody is mentioned by what a stranger may have written. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The same for markdown, where links in angle brackets stay. */
function unmentioning(markdown: string): string {
  return markdown.replace(/<(?=[!@#])/g, "&lt;");
}

function limited(text: string, most: number): string {
  const { length } = [...text];
  if (length <= most) return text;
  throw new HooklineError("payload_too_large", { reason: `the content has ${length} characters, and Slack takes ${most}` });
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}

/** What Slack answered, without the URL: its path is the secret. */
function inOurWords(error: unknown, url: string): unknown {
  if (!HooklineError.is(error)) return error;
  const word = String(error.details.body ?? "").trim();
  const { code = error.code, advice, ...facts } = refusals.get(word) ?? {};
  // What is not there is this webhook or its channel, nothing that the caller named: another instance may reach one.
  const failover = code === "not_found" ? true : undefined;
  if (refusals.has(word))
    return new HooklineError(code, {
      ...facts,
      failover,
      reason: `Slack refused the message: ${word}${advice ? `; ${advice}` : ""}`,
    });
  const reason = (error.details.reason ?? "").replaceAll(new URL(url).pathname, "/…");
  const { retry_after_ms, dispatched, retryable } = error;
  return new HooklineError(code, { reason, retry_after_ms, dispatched, retryable, failover }, { cause: error.cause });
}
