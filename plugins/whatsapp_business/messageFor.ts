import type { CheckedRequestOf, CommunicationContract, MessageContent } from "hookline";
import { HooklineError, z } from "hookline";
import { type Media, mediaFor } from "./mediaFor.ts";
import { recipientFor } from "./recipientFor.ts";
import type { Settings } from "./settings.ts";

type SendMessage = CheckedRequestOf<CommunicationContract, "send_message">;
/** The part of a message that its type decides; a file has its id only after its upload. */
type Part = (mediaId?: string) => Record<string, unknown>;

/** A request as WhatsApp's message, and the file that has to be there before it. */
export interface ComposedMessage {
  media?: Media | undefined;
  body: Part;
}

/** What `provider_options: { whatsapp_business: … }` may say. */
const providerOptions = z.strictObject({
  language: z.string().min(2).optional(),
  preview_url: z.boolean().optional(),
  /** More components of a template: buttons, a text header. */
  components: z.array(z.looseObject({ type: z.string() })).default([]),
  /** A message in WhatsApp's own form, instead of the content: interactive, location, contacts. */
  message: z.looseObject({ type: z.string() }).optional(),
});
type Options = z.output<typeof providerOptions>;

const longestText = 4_096;
const longestCaption = 1_024;
const longestTracking = 512;

/** Turns a request into a message. Throws what of it WhatsApp cannot send, before anything is sent. */
export function messageFor(request: SendMessage, settings: Settings): ComposedMessage {
  const { to, content, thread, metadata, attachments = [] } = request;
  const [recipient] = to;
  if (!recipient || to.length > 1) throw wrong("WhatsApp takes one recipient at a time");
  if (attachments.length > 1) throw unsupported("a WhatsApp message has one file at most; send one message for each");
  const media = attachments[0] && mediaFor(attachments[0]);
  const options = optionsOf(request, settings);
  const part = partFor(content, media, options);
  const tracking = metadata && JSON.stringify(metadata);
  const common = {
    messaging_product: "whatsapp",
    ...recipientFor(recipient),
    ...(thread !== undefined && { context: { message_id: thread } }),
    // It comes back with every status of this message, where it is short enough to be kept.
    ...(tracking !== undefined && tracking.length <= longestTracking && { biz_opaque_callback_data: tracking }),
  };
  return { media, body: (mediaId) => ({ ...part(mediaId), ...common }) };
}

function optionsOf({ provider_options }: SendMessage, { template_language, preview_url }: Settings) {
  const { data, error } = providerOptions.safeParse(provider_options?.whatsapp_business ?? {});
  if (error) throw wrong(`provider_options.whatsapp_business is wrong: ${z.prettifyError(error)}`);
  return { ...data, language: data.language ?? template_language, preview_url: data.preview_url ?? preview_url };
}

function partFor(content: MessageContent, media: Media | undefined, options: Options): Part {
  const { message, preview_url } = options;
  if (message && media) throw unsupported("an attachment cannot go with provider_options.whatsapp_business.message");
  if (message) return () => message;
  if (content.template) return templatePart(content.template, media, options);
  const text = textOf(content, media);
  if (!media) return () => ({ type: "text", text: { body: text, preview_url } });
  const caption = text === "" ? {} : { caption: text };
  return (id) => ({ type: media.kind, [media.kind]: { ...fileOf(media, id), ...caption } });
}

function templatePart(
  { name, variables }: NonNullable<MessageContent["template"]>,
  media: Media | undefined,
  options: Options,
): Part {
  const language = { policy: "deterministic", code: options.language };
  const parameters = parametersOf(variables);
  const body = parameters.length === 0 ? [] : [{ type: "body", parameters }];
  return (id) => {
    const header = media && { type: "header", parameters: [{ type: media.kind, [media.kind]: fileOf(media, id) }] };
    const components = [...(header ? [header] : []), ...body, ...options.components];
    return { type: "template", template: { name, language, ...(components.length > 0 && { components }) } };
  };
}

/** `{ 1: …, 2: … }` fills {{1}} and {{2}}; other names fill a template with named variables. */
function parametersOf(variables: Readonly<Record<string, unknown>>): Record<string, unknown>[] {
  const isNumbered = Object.keys(variables).every((name) => /^\d+$/.test(name));
  // JavaScript gives keys that are numbers in their order, whatever order they were written in.
  return Object.entries(variables).map(([name, value]) => ({
    ...(!isNumbered && { parameter_name: name }),
    ...parameterOf(name, value),
  }));
}

function parameterOf(name: string, value: unknown): Record<string, unknown> {
  if (["string", "number", "boolean"].includes(typeof value)) return { type: "text", text: String(value) };
  const { data } = z.looseObject({ type: z.string() }).safeParse(value);
  if (data) return data;
  throw wrong(
    `content.template.variables.${name} must be a text, a number, or a parameter as WhatsApp has it: { type: currency, … }`,
  );
}

/** The subject is the first line, in bold. Markdown goes out as it stands: WhatsApp knows marks of its own. */
function textOf({ text, markdown, html, subject }: MessageContent, media: Media | undefined): string {
  const words = text ?? markdown;
  if (words === undefined && html !== undefined) throw unsupported("WhatsApp shows no HTML; give text as well");
  const whole = [subject && `*${subject}*`, words].filter((part) => part).join("\n\n");
  if (media?.kind === "audio" && whole !== "") throw unsupported("WhatsApp shows no text with an audio file; send them apart");
  const longest = media ? longestCaption : longestText;
  const length = [...whole].length;
  if (length <= longest) return whole;
  const reason = `the text has ${length} characters, and WhatsApp takes ${longest}${media ? " with a file" : ""}`;
  throw new HooklineError("payload_too_large", { reason });
}

function fileOf({ kind, filename }: Media, id: string | undefined): Record<string, unknown> {
  return { id, ...(kind === "document" && { filename }) };
}

function wrong(reason: string): HooklineError {
  return new HooklineError("invalid_request", { reason });
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}
