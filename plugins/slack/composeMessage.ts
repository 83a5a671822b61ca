import { type CheckedRequestOf, type CommunicationContract, HooklineError } from "hookline";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;
/** What of a request becomes a message. */
export type Composable = Pick<SendMessage, "content" | "attachments" | "from" | "metadata" | "provider_options">;

/** A message as `chat.postMessage` and `chat.update` take it. Throws what Slack cannot show, before anything is sent. */
export function composeMessage({ content, attachments, from, metadata, provider_options }: Composable): Record<string, unknown> {
  // The manifest has their schema; a topic is a channel's.
  const { topic: _, ...options } = provider_options?.slack ?? {};
  const { markdown, subject, template } = content;
  const plain = content.text ?? markdown;
  if (template) throw unsupported("Slack has no templates; send text, markdown or blocks");
  if (attachments?.length)
    throw unsupported("Slack names no message for an uploaded file, so files are not sent; put a link into the text");
  if (plain === undefined && options.text === undefined && options.blocks === undefined)
    throw unsupported("Slack shows no HTML; give content.text or content.markdown as well");

  const title = subject === undefined ? "" : `*${escaped(subject)}*\n`;
  const heading = subject === undefined ? "" : `**${subject}**\n\n`;
  const text = limited(String(options.text ?? (plain === undefined ? "" : title + escaped(plain))), 40_000, "the text");
  return {
    ...(markdown !== undefined && { blocks: [markdownBlock(heading + markdown)] }),
    username: from?.name ?? from?.value,
    metadata: metadata && { event_type: "hookline", event_payload: metadata },
    ...options,
    text: text || undefined,
  };
}

/** Nobody is mentioned by what a stranger may have written: https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function markdownBlock(markdown: string): Record<string, unknown> {
  // Links in angle brackets stay; `<!channel>`, `<@U…>` and `<#C…>` do not call anybody.
  return { type: "markdown", text: limited(markdown.replace(/<(?=[!@#])/g, "&lt;"), 12_000, "the markdown") };
}

function limited(text: string, most: number, what: string): string {
  const { length } = [...text];
  if (length <= most) return text;
  throw new HooklineError("payload_too_large", { reason: `${what} has ${length} characters, and Slack takes ${most}` });
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}
