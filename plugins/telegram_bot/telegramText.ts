import { HooklineError, type MessageContent } from "hookline";
import { escapeHtml, markdownToHtml } from "./markdownToHtml.ts";

/** A text as a message or a caption takes it. */
export interface TelegramText {
  text: string;
  parse_mode?: "HTML";
}

// https://core.telegram.org/bots/api#html-style
const shown = "a b blockquote code del em i ins pre s span strike strong tg-emoji tg-spoiler tg-time u".split(" ");

/**
 * The content as Telegram shows it: the HTML when Telegram knows its tags, else the Markdown, else the text; a subject is a bold line
 * above. Throws `unsupported`, and `payload_too_large` for more than `limit` characters.
 */
export function telegramText(content: MessageContent, limit: number): TelegramText {
  const { subject } = content;
  const body = bodyOf(content);
  const title = subject ? `<b>${escapeHtml(subject)}</b>\n\n` : "";
  const text: TelegramText =
    title === "" ? body : { text: title + (body.parse_mode ? body.text : escapeHtml(body.text)), parse_mode: "HTML" };
  const { length } = [...visible(text)];
  if (length > limit) throw tooLong(length, limit);
  return text;
}

// To read markup of megabytes takes long, and it would not fit anyway.
const longestMarkup = 4 * 4096;

function bodyOf({ html, markdown, text, template }: MessageContent): TelegramText {
  if (template) throw new HooklineError("unsupported", { reason: "Telegram has no templates; send text, html or markdown" });
  const plain = html === undefined || html.length > 2 * longestMarkup ? undefined : html.replace(/<!--.*?-->/gs, "");
  const unknown = unknownTags(plain ?? "");
  if (plain !== undefined && unknown.length === 0) return { text: withLines(plain), parse_mode: "HTML" };
  if (markdown !== undefined && markdown.length <= longestMarkup) return { text: markdownToHtml(markdown), parse_mode: "HTML" };
  if (text !== undefined) return { text };
  if (unknown.length === 0) throw tooLong((markdown ?? html ?? "").length, 4096);
  const tags = unknown.map((tag) => `<${tag}>`).join(", ");
  throw new HooklineError("unsupported", { reason: `Telegram cannot show ${tags}; leave that out, or give text as well` });
}

function unknownTags(html: string): string[] {
  const names = [...html.matchAll(/<\/?([a-z][a-z0-9-]*)/gi)].map(([, name = ""]) => name.toLowerCase());
  return [...new Set(names)].filter((name) => !shown.includes(name) && name !== "p" && name !== "br");
}

/** Telegram knows no tag for a line or a paragraph. */
function withLines(html: string): string {
  const paragraphs = html.replace(/<br\s*\/?>\n?/gi, "\n").split(/<\/?p(?:\s[^>]*)?>/i);
  return paragraphs
    .map((one) => one.trim())
    .filter((one) => one !== "")
    .join("\n\n");
}

/** What counts: without tags, and an entity is one character. */
function visible({ text, parse_mode }: TelegramText): string {
  return parse_mode === undefined ? text : text.replace(/<[^<>]*>/g, "").replace(/&(#?\w+);/g, "-");
}

function tooLong(length: number, limit: number): HooklineError {
  const reason = `the text has ${length} characters, and Telegram takes ${limit}; send it in parts`;
  return new HooklineError("payload_too_large", { reason });
}
