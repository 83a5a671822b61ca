import { type CheckedRequestOf, type CommunicationContract, HooklineError, type MessageContent, z } from "hookline";
import type { Settings } from "./index.ts";
import { type Media, mediaFor } from "./mediaFor.ts";
import { recipientFor } from "./recipientFor.ts";

type Fields = Record<string, unknown>;
/** Puts a file where WhatsApp finds it, and returns its id. */
type Upload = (media: Media) => Promise<string>;

/** `provider_options: { whatsapp_business: … }`, as the manifest's `options_schema` has it. */
interface Options {
  language?: string;
  preview_url?: boolean;
  /** More components of a template: buttons, a text header. */
  components?: Fields[];
  /** A message in WhatsApp's own form, instead of the content: interactive, location, contacts. */
  message?: Fields;
}

const longestText = 4_096;
const longestCaption = 1_024;
const longestTracking = 512;

/** Turns a request into a message. Throws what of it WhatsApp cannot send, before anything is sent; only then its file is uploaded. */
export async function messageFor(
  { to, content, thread, metadata, attachments = [], provider_options }: CheckedRequestOf<CommunicationContract, "send_message">,
  { template_language, preview_url }: Settings,
  upload: Upload,
): Promise<Fields> {
  const [recipient, ...others] = to;
  if (!recipient || others.length > 0) throw wrong("WhatsApp takes one recipient at a time");
  if (attachments.length > 1) throw unsupported("a WhatsApp message has one file at most; send one message for each");
  const media = attachments[0] && mediaFor(attachments[0]);
  // The host has checked them.
  const given = provider_options?.whatsapp_business as Options | undefined;
  const tracking = metadata && JSON.stringify(metadata);
  const common = {
    messaging_product: "whatsapp",
    ...recipientFor(recipient),
    ...(thread !== undefined && { context: { message_id: thread } }),
    // It comes back with every status of this message, where it is short enough to be kept.
    ...(tracking !== undefined && tracking.length <= longestTracking && { biz_opaque_callback_data: tracking }),
  };
  const options = { language: template_language, preview_url, ...given };
  return { ...(await partFor(content, media, options, upload)), ...common };
}

/** The part of a message that its type decides. */
async function partFor(
  content: MessageContent,
  media: Media | undefined,
  { message, language, components = [], preview_url }: Options,
  upload: Upload,
): Promise<Fields> {
  if (message && media) throw unsupported("an attachment cannot go with provider_options.whatsapp_business.message");
  if (message) return message;
  if (content.template) {
    const { name, variables } = content.template;
    const parameters = parametersOf(variables);
    const header = media && [{ type: "header", parameters: [{ type: media.kind, ...(await fileOf(media, upload)) }] }];
    const body = parameters.length === 0 ? [] : [{ type: "body", parameters }];
    const all = [...(header ?? []), ...body, ...components];
    const template = { name, language: { policy: "deterministic", code: language }, ...(all.length > 0 && { components: all }) };
    return { type: "template", template };
  }
  const text = textOf(content, media);
  if (!media) return { type: "text", text: { body: text, preview_url } };
  return { type: media.kind, ...(await fileOf(media, upload, text === "" ? {} : { caption: text })) };
}

async function fileOf(media: Media, upload: Upload, caption: Fields = {}): Promise<Fields> {
  const { kind, filename } = media;
  return { [kind]: { id: await upload(media), ...(kind === "document" && { filename }), ...caption } };
}

/** `{ 1: …, 2: … }` fills {{1}} and {{2}}; other names fill a template with named variables. */
function parametersOf(variables: Readonly<Fields>): Fields[] {
  const isNumbered = Object.keys(variables).every((name) => /^\d+$/.test(name));
  // JavaScript gives keys that are numbers in their order, whatever order they were written in.
  return Object.entries(variables).map(([name, value]) => ({
    ...(!isNumbered && { parameter_name: name }),
    ...parameterOf(name, value),
  }));
}

function parameterOf(name: string, value: unknown): Fields {
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

function wrong(reason: string): HooklineError {
  return new HooklineError("invalid_request", { reason });
}

function unsupported(reason: string): HooklineError {
  return new HooklineError("unsupported", { reason });
}
