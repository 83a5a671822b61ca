import { type CheckedRequestOf, type CommunicationContract, HooklineError, z } from "hookline";
import { optionsOf } from "./optionsOf.ts";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;
/** What of a request becomes a message. */
export type Composable = Pick<SendMessage, "content" | "attachments" | "from" | "metadata" | "provider_options">;

const longestText = 40_000;
const longestMarkdown = 12_000;

const ownOptions = z.strictObject({
  /** Slack's own markup, in which people and channels can be mentioned: instead of what `content` says. */
  text: z.string().optional(),
  blocks: z.array(z.looseObject({ type: z.string() })).optional(),
  attachments: z.array(z.looseObject({})).optional(),
  mrkdwn: z.boolean().optional(),
  reply_broadcast: z.boolean().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
  username: z.string().optional(),
  icon_emoji: z.string().optional(),
  icon_url: z.string().optional(),
});

/** A message as `chat.postMessage` and `chat.update` take it. Throws what Slack cannot show, before anything is sent. */
export function composeMessage(request: Composable): Record<string, unknown> {
  const { content, from, metadata } = request;
  const { text, blocks, ...options } = optionsOf(request.provider_options, ownOptions);
  const { markdown } = content;
  const plain = content.text ?? markdown;
  if (content.template) throw unsupported("Slack has no templates; send text, markdown or blocks");
  if (request.attachments?.length)
    throw unsupported("Slack names no message for an uploaded file, so files are not sent; put a link into the text");
  if (plain === undefined && text === undefined && blocks === undefined)
    throw unsupported("Slack shows no HTML; give content.text or content.markdown as well");

  const { subject } = content;
  const title = subject === undefined ? "" : `*${escaped(subject)}*\n`;
  const heading = subject === undefined ? "" : `**${subject}**\n\n`;
  return {
    ...options,
    text: limited(text ?? (plain === undefined ? "" : title + escaped(plain)), longestText, "the text") || undefined,
    blocks: blocks ?? (markdown === undefined ? undefined : [markdownBlock(heading + markdown)]),
    username: options.username ?? from?.name ?? from?.value,
    metadata: metadata && { event_type: "hookline", event_payload: metadata },
  };
}

/** Nobody is mentioned by what a stranger may have written: https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function markdownBlock(markdown: string): Record<string, unknown> {
  // Links in angle brackets stay; `<!channel>`, `<@U…>` and `<#C…>` do not call anybody.
  const text = markdown.replace(/<(?=[!@#])/g, "&lt;");
  return { type: "markdown", text: limited(text, longestMarkdown, "the markdown") };
}

function limited(text: string, most: number, what: string): string {
  const { length } = [...text];
  if (length <= most) return text;
  throw new HooklineError("payload_too_large", { reason: `${what} has ${length} characters, and Slack takes ${most}` });
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}
