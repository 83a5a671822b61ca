import { type CheckedRequestOf, type CommunicationContract, HooklineError } from "hookline";

type Attachment = NonNullable<CheckedRequestOf<CommunicationContract, "send_message">["attachments"]>[number];

/** A file as WhatsApp wants it: its kind decides how it is shown, and how large it may be. */
export interface Media {
  kind: "image" | "video" | "audio" | "document";
  filename: string;
  type: string;
  bytes: Buffer<ArrayBuffer>;
}

const mebibyte = 1024 * 1024;
const largest = { image: 5 * mebibyte, video: 16 * mebibyte, audio: 16 * mebibyte, document: 100 * mebibyte };

// WhatsApp refuses application/octet-stream, so a file without a type needs a name that says it.
const typesByEnding = new Map(
  Object.entries({
    jpg: "image/jpeg",
    jpeg: "image/jpeg",
    png: "image/png",
    mp4: "video/mp4",
    "3gp": "video/3gpp",
    aac: "audio/aac",
    amr: "audio/amr",
    m4a: "audio/mp4",
    mp3: "audio/mpeg",
    ogg: "audio/ogg",
    pdf: "application/pdf",
    txt: "text/plain",
    doc: "application/msword",
    docx: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    xls: "application/vnd.ms-excel",
    xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ppt: "application/vnd.ms-powerpoint",
    pptx: "application/vnd.openxmlformats-officedocument.presentationml.presentation",
  }),
);

/** The file of an attachment. Throws `unsupported` for one without a type, `payload_too_large` for one that is too large. */
export function mediaFor({ filename, content_type, content_base64 }: Attachment): Media {
  const type = content_type ?? typesByEnding.get(filename.slice(filename.lastIndexOf(".") + 1).toLowerCase());
  if (type === undefined)
    throw new HooklineError("unsupported", { reason: `WhatsApp has to know what ${filename} is; give its content_type` });
  const kind = kindOf(type);
  const bytes = Buffer.from(content_base64, "base64");
  if (bytes.length <= largest[kind]) return { kind, filename, type, bytes };
  const reason = `${filename} has ${bytes.length} bytes, and WhatsApp takes ${largest[kind]} of a file of the kind ${kind}`;
  throw new HooklineError("payload_too_large", { reason });
}

/** Images and videos in other formats than WhatsApp shows go out as documents. */
function kindOf(type: string): Media["kind"] {
  const plain = type.split(";")[0]?.trim().toLowerCase() ?? "";
  if (["image/jpeg", "image/png"].includes(plain)) return "image";
  if (["video/mp4", "video/3gpp"].includes(plain)) return "video";
  return plain.startsWith("audio/") ? "audio" : "document";
}
