import type { CheckedRequestOf, CommunicationContract, InboundEvent } from "hookline";
import { deliveryStatus } from "./deliveryStatus.ts";

type Webhook = CheckedRequestOf<CommunicationContract, "handle_webhook">;
type Fields = Readonly<Record<string, unknown>>;

/** The events of a request whose signature is right; undefined when it says that its body is JSON, and it is none. */
export function webhookEvents({ method, query, raw_body }: Webhook): InboundEvent[] | undefined {
  const { bodySHA256, ...fields } = query;
  if (method !== "POST") return [eventFrom(fields)];
  const body = Buffer.from(raw_body).toString("utf8");
  if (bodySHA256 === undefined) return [eventFrom(Object.fromEntries(new URLSearchParams(body)))];
  try {
    return [JSON.parse(body)].flat().map((one, index) => eventFrom(Object(one), `${bodySHA256}:${index}`));
  } catch {
    // Signed and no JSON all the same: refused by the caller.
    return undefined;
  }
}

/** A status callback is a delivery, an inbound message a message. Both name the message, so a copy has the same id. */
function eventFrom(fields: Fields, otherwise?: string): InboundEvent {
  const sid = text(fields.MessageSid) ?? text(fields.SmsSid);
  const status = text(fields.MessageStatus) ?? text(fields.SmsStatus);
  if (sid === undefined) return { type: "other", id: text(fields.id) ?? otherwise, data: { ...fields } };
  if (status !== undefined && status !== "received" && status !== "receiving") {
    return {
      type: "delivery",
      id: `${sid}:${status}`,
      message_id: sid,
      status: deliveryStatus(status).status,
      data: { ...fields },
    };
  }
  const from = text(fields.From);
  return {
    type: "message",
    id: sid,
    message_id: sid,
    ...(from !== undefined && { from: { kind: "phone", value: from } }),
    content: { text: text(fields.Body) ?? "" },
    data: { ...fields },
  };
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
