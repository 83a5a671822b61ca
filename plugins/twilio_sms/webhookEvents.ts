import { createHash } from "node:crypto";
import { type CheckedRequestOf, type CommunicationContract, type InboundEvent, parseJson } from "hookline";
import { deliveryStatus } from "./deliveryStatus.ts";

type Webhook = CheckedRequestOf<CommunicationContract, "handle_webhook">;

/** The events of a request whose signature is right; undefined when it says that its body is JSON, and it is none. */
export function webhookEvents({ method, query, raw_body }: Webhook): InboundEvent[] | undefined {
  const { bodySHA256, ...fields } = query;
  if (method !== "POST") return [eventFrom(fields)];
  if (bodySHA256 === undefined) {
    const form = new URLSearchParams(Buffer.from(raw_body).toString("utf8"));
    return [eventFrom(Object.fromEntries(form))];
  }
  const json = parseJson(raw_body);
  return json === undefined ? undefined : [json].flat().map((one, index) => eventFrom(Object(one), `${bodySHA256}:${index}`));
}

/** A status callback is a delivery, an inbound message a message. Both name the message, so a copy has the same id. */
function eventFrom(data: Record<string, unknown>, otherwise?: string): InboundEvent {
  const message_id = text(data.MessageSid) ?? text(data.SmsSid);
  const status = text(data.MessageStatus) ?? text(data.SmsStatus);
  if (message_id === undefined) return { type: "other", id: text(data.id) ?? otherwise ?? hashOf(data), data };
  if (status !== undefined && status !== "received" && status !== "receiving")
    return { type: "delivery", id: `${message_id}:${status}`, message_id, status: deliveryStatus(status).status, data };
  const value = text(data.From);
  const from = value === undefined ? undefined : ({ kind: "phone", value } as const);
  return { type: "message", id: message_id, message_id, from, content: { text: text(data.Body) ?? "" }, data };
}

/** Twice the same is one event. */
function hashOf(data: Record<string, unknown>): string {
  return createHash("sha256").update(JSON.stringify(data)).digest("hex");
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
