import { createHash } from "node:crypto";
import type { InboundEvent } from "hookline";

/** A receipt is a delivery, an inbound message a message. Both name the message, so a copy has the same id. */
export function webhookEvent(fields: Readonly<Record<string, unknown>>): InboundEvent {
  const message_id = text(fields.messageId) ?? text(fields.message_uuid);
  const status = text(fields.status);
  const from = text(fields.msisdn) ?? text(fields.from);
  const said = { at: time(text(fields["message-timestamp"]) ?? text(fields.timestamp)), data: { ...fields } };
  if (message_id === undefined)
    return { type: "other", id: createHash("sha256").update(JSON.stringify(fields)).digest("hex"), ...said };
  if (status !== undefined)
    return { type: "delivery", id: `${message_id}:${status}`, message_id, status: byStatus.get(status) ?? "unknown", ...said };
  return {
    type: "message",
    id: message_id,
    message_id,
    ...(from !== undefined && { from: { kind: "phone", value: from.replace(/^(?=\d{7,15}$)/, "+") } }),
    content: { text: text(fields.text) ?? "" },
    ...said,
  };
}

// The SMS API's receipts, then the Messages API's.
const byStatus = new Map<string, InboundEvent["status"]>([
  ["accepted", "accepted"],
  ["buffered", "queued"],
  ["delivered", "delivered"],
  ["expired", "failed"],
  ["failed", "failed"],
  ["rejected", "failed"],
  ["submitted", "sent"],
  ["undeliverable", "failed"],
  ["read", "read"],
]);

/** `2026-01-31 12:00:00` is UTC at Vonage; the Messages API writes ISO. */
function time(written: string | undefined): string | undefined {
  const date = new Date(written?.replace(/^(\S+) (\S+)$/, "$1T$2Z") ?? "");
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
