import { type CheckedRequestOf, type CommunicationContract, HooklineError, type MessageContent } from "hookline";

// Of the whole request, as Microsoft measures it.
const mostBytes = 28 * 1024;

/** The body for a workflow: the request as an Adaptive Card. Throws what of it cannot be on one, before anything is sent. */
export function cardFor({
  content,
  attachments = [],
  thread,
  provider_options,
}: CheckedRequestOf<CommunicationContract, "send_message">): string {
  if (attachments.length > 0) throw unsupported("a card carries no files; put them somewhere and link them in the markdown");
  if (thread !== undefined) throw unsupported("a workflow cannot answer a message, because Teams does not tell their ids");
  const card = provider_options?.teams_webhook?.card ?? {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.4",
    body: blocksOf(content),
  };
  const attachment = { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: card };
  const body = JSON.stringify({ type: "message", attachments: [attachment] });
  const bytes = Buffer.byteLength(body);
  if (bytes <= mostBytes) return body;
  throw new HooklineError("payload_too_large", { reason: `the card has ${bytes} bytes, and Teams takes ${mostBytes}` });
}

function blocksOf({ text, markdown, html, subject, template }: MessageContent): object[] {
  if (template) throw unsupported("Teams has no templates for cards; give your card as provider_options.teams_webhook.card");
  if (text === undefined && markdown === undefined && html !== undefined)
    throw unsupported("a card shows no HTML; give text or markdown");
  const heading = subject ? [plain({ text: subject, size: "Large", weight: "Bolder" })] : [];
  const words = markdown === undefined ? plain({ text: text ?? "" }) : { type: "TextBlock", text: markdown, wrap: true };
  return [...heading, words];
}

/** A TextBlock would read the asterisks and underscores of a plain text as Markdown; a TextRun shows it as it is. */
function plain(run: { text: string; size?: string; weight?: string }): object {
  return { type: "RichTextBlock", inlines: [{ type: "TextRun", ...run }] };
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}
