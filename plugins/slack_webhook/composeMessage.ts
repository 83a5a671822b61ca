import { type CheckedRequestOf, type CommunicationContract, HooklineError, z } from "hookline";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;

const longestText = 40_000;
const longestMarkdown = 12_000;

const ownOptions = z.strictObject({
  /** Slack's own markup, in which people can be mentioned: instead of what `content` says. */
  text: z.string().optional(),
  blocks: z.array(z.looseObject({ type: z.string() })).optional(),
  attachments: z.array(z.looseObject({})).optional(),
  mrkdwn: z.boolean().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
  thread_ts: z.string().optional(),
});

/** A message as an incoming webhook takes it. Throws what Slack cannot show, before anything is sent. */
export function composeMessage({ content, attachments, thread, provider_options }: SendMessage): Record<string, unknown> {
  const options = ownOptions.safeParse(provider_options?.slack_webhook ?? {});
  if (!options.success) throw wrongOption(options.error);
  const { text, blocks, ...more } = options.data;
  const { markdown, subject } = content;
  const plain = content.text ?? markdown;
  if (content.template) throw unsupported("a webhook has no templates; send text, markdown or blocks");
  if (attachments?.length) throw unsupported("a webhook takes no files; put a link into the text");
  if (thread !== undefined)
    throw unsupported("a webhook knows no message it has sent; provider_options.slack_webhook.thread_ts is a way");
  if (plain === undefined && text === undefined && blocks === undefined)
    throw unsupported("Slack shows no HTML; give content.text or content.markdown as well");
  const title = subject === undefined ? "" : `*${escaped(subject)}*\n`;
  const heading = subject === undefined ? "" : `**${subject}**\n\n`;
  const shown = limited(text ?? (plain === undefined ? "" : title + escaped(plain)), longestText);
  return {
    ...more,
    ...(shown !== "" && { text: shown }),
    ...(markdown !== undefined && { blocks: [markdownBlock(heading + markdown)] }),
    ...(blocks && { blocks }),
  };
}

/** Nobody is mentioned by what a stranger may have written. */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function markdownBlock(markdown: string): Record<string, unknown> {
  return { type: "markdown", text: limited(markdown.replace(/<(?=[!@#])/g, "&lt;"), longestMarkdown) };
}

function limited(text: string, most: number): string {
  const { length } = [...text];
  if (length <= most) return text;
  throw new HooklineError("payload_too_large", { reason: `the content has ${length} characters, and Slack takes ${most}` });
}

function wrongOption({ issues: [issue] }: z.ZodError): HooklineError {
  const where = ["provider_options", "slack_webhook", ...(issue?.path ?? [])].join(".");
  return new HooklineError("invalid_request", { reason: `${where}: ${issue?.message}` });
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}
