import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import {
  type AnswerOf,
  type CheckedRequestOf,
  type CommunicationContract,
  HooklineError,
  type InboundEvent,
  parseJson,
} from "hookline";

type Webhook = CheckedRequestOf<CommunicationContract, "handle_webhook">;
type Answer = AnswerOf<CommunicationContract, "handle_webhook">;

/** What of the settings the event webhook depends on. */
export interface WebhookSettings {
  webhook_public_key?: string;
  webhook_tolerance_seconds: number;
}

/** Takes the events that SendGrid has signed. Throws `settings_invalid` when the key is none. */
export function webhookReceiver({
  webhook_public_key,
  webhook_tolerance_seconds,
}: WebhookSettings): (request: Webhook) => Answer {
  const key = webhook_public_key === undefined ? undefined : publicKey(webhook_public_key);
  return (request) => {
    const problem = problemWithSignature(request, key, webhook_tolerance_seconds);
    if (problem !== undefined) return { events: [], response: { status: 401, body: problem } };
    const list = parseJson(request.raw_body);
    if (typeof list !== "object" || list === null)
      return { events: [], response: { status: 400, body: "the body is no list of events" } };
    return { events: [list].flat().map(eventFrom) };
  };
}

/**
 * Why a request cannot be taken for one of SendGrid's; undefined when it is signed rightly: ECDSA over the timestamp and the body
 * as it came. https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
function problemWithSignature({ headers, raw_body }: Webhook, key: KeyObject | undefined, tolerance: number): string | undefined {
  if (!key) return "webhook_public_key is not set, and without it no signature can be verified";
  const signature = headers["x-twilio-email-event-webhook-signature"];
  const timestamp = headers["x-twilio-email-event-webhook-timestamp"];
  if (!signature || !timestamp) return "the headers X-Twilio-Email-Event-Webhook-Signature and -Timestamp are needed";
  const signed = Buffer.concat([Buffer.from(timestamp), Buffer.from(raw_body)]);
  if (!verify("sha256", signed, key, Buffer.from(signature, "base64")))
    return "the signature is wrong; check webhook_public_key, and that nothing parsed the body before";
  // Written so that a timestamp which is no number is refused too.
  const isRecent = Math.abs(Date.now() / 1000 - Number(timestamp)) <= tolerance;
  return isRecent ? undefined : `the timestamp is more than ${tolerance} seconds off`;
}

/** The key as SendGrid shows it (base64 of DER) or in PEM form. */
function publicKey(written: string): KeyObject {
  try {
    const der = { key: Buffer.from(written, "base64"), format: "der", type: "spki" } as const;
    const key = createPublicKey(written.includes("BEGIN") ? written : der);
    if (key.asymmetricKeyType === "ec") return key;
  } catch {
    // No key at all: the sentence below is for that, too.
  }
  const reason = "webhook_public_key is no public key; copy it from the settings of the event webhook";
  throw new HooklineError("settings_invalid", { reason });
}

function eventFrom(one: unknown): InboundEvent {
  const data: Record<string, unknown> = { ...Object(one) };
  const { event, sg_event_id, sg_message_id, sg_machine_open, timestamp } = data;
  // Mail programs fetch pictures by themselves; nobody has read the mail then.
  const status = sg_machine_open === true ? undefined : byEvent.get(event);
  const at = new Date(Number(timestamp) * 1000);
  return {
    type: status ? "delivery" : "other",
    id: typeof sg_event_id === "string" ? sg_event_id : createHash("sha256").update(JSON.stringify(data)).digest("hex"),
    // It begins with the X-Message-Id that the sender got; the rest names a server of theirs.
    message_id: typeof sg_message_id === "string" ? sg_message_id.replace(/\.(filter|recv).*$/s, "") || undefined : undefined,
    status,
    at: Number.isNaN(at.getTime()) ? undefined : at.toISOString(),
    data,
  };
}

// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
const byEvent = new Map<unknown, InboundEvent["status"]>([
  ["processed", "queued"],
  ["deferred", "queued"],
  ["delivered", "delivered"],
  ["bounce", "failed"],
  ["dropped", "failed"],
  ["open", "read"],
]);
