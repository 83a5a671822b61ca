import { createHash } from "node:crypto";
import type { InboundEvent } from "hookline";

type Fields = Readonly<Record<string, unknown>>;

/** The events of a body whose signature is right; undefined when it is no list. */
export function webhookEvents(raw_body: string | Uint8Array): InboundEvent[] | undefined {
  try {
    const list: unknown = JSON.parse(Buffer.from(raw_body).toString("utf8"));
    return Array.isArray(list) ? list.map((one) => eventFrom({ ...Object(one) })) : undefined;
  } catch {
    // Signed and no JSON all the same: refused by the caller.
    return undefined;
  }
}

function eventFrom(fields: Fields): InboundEvent {
  const name = String(fields.event);
  // Mail programs fetch pictures by themselves; nobody has read the mail then.
  const status = fields.sg_machine_open === true ? undefined : byEvent.get(name);
  const message_id = messageId(fields.sg_message_id);
  const id = typeof fields.sg_event_id === "string" ? fields.sg_event_id : undefined;
  const at = new Date(Number(fields.timestamp) * 1000);
  return {
    type: status === undefined ? "other" : "delivery",
    id: id ?? createHash("sha256").update(JSON.stringify(fields)).digest("hex"),
    ...(message_id !== undefined && { message_id }),
    ...(status !== undefined && { status }),
    ...(Number.isNaN(at.getTime()) ? {} : { at: at.toISOString() }),
    data: { ...fields },
  };
}

/** `sg_message_id` begins with the X-Message-Id that the sender got; the rest names a server of theirs. */
function messageId(sg: unknown): string | undefined {
  return typeof sg === "string" && sg !== "" ? sg.replace(/\.(filter|recv).*$/s, "") : undefined;
}

// https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
const byEvent = new Map<string, NonNullable<InboundEvent["status"]>>([
  ["processed", "queued"],
  ["deferred", "queued"],
  ["delivered", "delivered"],
  ["bounce", "failed"],
  ["dropped", "failed"],
  ["open", "read"],
]);
