import { createHash } from "node:crypto";
import type { RawFile } from "@discordjs/rest";
import {
  type AllowedMentionsTypes,
  MessageFlags,
  MessageReferenceType,
  type RESTPostAPIChannelMessageJSONBody,
} from "discord-api-types/v10";
import { type CheckedRequestOf, type CommunicationContract, HooklineError, type MessageContent } from "hookline";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;

/** What one message is made of. */
export interface Draft extends Pick<SendMessage, "content" | "attachments" | "provider_options"> {
  /** Whom the text may ping, by the settings. */
  allowedMentions: readonly `${AllowedMentionsTypes}`[];
  /** A role that is addressed: it stands in front, and is pinged. */
  role?: string | undefined;
}

/** The body of a message and its files, as Discord takes them. */
export interface ComposedMessage {
  body: Record<string, unknown>;
  files: RawFile[];
}

const longest = 2000;
const mostFiles = 10;

/** Makes the message of a request. Throws `unsupported` or `payload_too_large` for what Discord cannot show. */
export function composeMessage({ content, attachments = [], provider_options, allowedMentions, role }: Draft): ComposedMessage {
  const own = provider_options?.discord ?? {};
  const mention = role === undefined ? "" : `<@&${role}>\n`;
  const text = `${mention}${textOf(content)}`.trim();
  const length = [...text].length;
  if (length > longest) {
    throw new HooklineError("payload_too_large", {
      reason: `the message has ${length} characters, and Discord takes ${longest}; send it in parts`,
    });
  }
  if (attachments.length > mostFiles) {
    throw new HooklineError("payload_too_large", {
      reason: `Discord takes ${mostFiles} files with a message, not ${attachments.length}`,
    });
  }
  const files = attachments.map(({ filename, content_type, content_base64 }) => ({
    name: filename,
    data: Buffer.from(content_base64, "base64"),
    ...(content_type !== undefined && { contentType: content_type }),
  }));
  const mentions = { parse: allowedMentions, ...(role !== undefined && !allowedMentions.includes("roles") && { roles: [role] }) };
  // A message of components alone has no content, not even an empty one.
  const isOfComponents = (Number(own.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0;
  const said = isOfComponents && text === "" ? {} : { content: text };
  return { body: { ...said, allowed_mentions: mentions, ...own }, files };
}

/** The message that another one answers. */
export function replyTo(channel: string, message: string): Pick<RESTPostAPIChannelMessageJSONBody, "message_reference"> {
  return { message_reference: { type: MessageReferenceType.Default, channel_id: channel, message_id: message } };
}

/** Discord sends once per nonce and author: so it is of this key and this channel, and at most 25 characters long. */
export function nonceFor(key: string, channel: string): { nonce: string; enforce_nonce: true } {
  const nonce = createHash("sha256")
    .update(JSON.stringify([key, channel]))
    .digest("base64url")
    .slice(0, 25);
  return { nonce, enforce_nonce: true };
}

function textOf({ text, markdown, html, subject, template }: MessageContent): string {
  if (template !== undefined)
    throw new HooklineError("unsupported", { reason: "Discord has no templates; send text or markdown" });
  const said = markdown ?? (text === undefined ? undefined : plain(text));
  if (said === undefined && html !== undefined) {
    throw new HooklineError("unsupported", { reason: "Discord shows no HTML; send text or markdown with it" });
  }
  return subject === undefined ? (said ?? "") : `**${plain(subject)}**\n${said ?? ""}`;
}

// Addresses, mentions, emoji and times stay as they are; what Discord would take for markdown gets a backslash.
const spoken = /https?:\/\/\S+|<[@#:at][^<>\s]*>|[\\*_~`|[]|^(?=[>#-])/gm;

/** Text as it stands, asterisks and all. */
function plain(text: string): string {
  return text.replace(spoken, (found) => (found.length > 1 ? found : `\\${found}`));
}
