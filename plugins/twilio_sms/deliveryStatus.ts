import type { InboundEvent } from "hookline";

type Status = NonNullable<InboundEvent["status"]>;

/** A status of Twilio's in our words, and whether it is the last one. https://www.twilio.com/docs/messaging/api/message-resource */
export function deliveryStatus(twilio: string): { status: Status; terminal: boolean } {
  const status = known.get(twilio) ?? "unknown";
  return { status, terminal: final.includes(status) };
}

const final: readonly Status[] = ["delivered", "read", "failed", "deleted"];

const known = new Map<string, Status>([
  ["accepted", "accepted"],
  ["scheduled", "accepted"],
  ["queued", "queued"],
  ["sending", "queued"],
  ["sent", "sent"],
  ["partially_delivered", "sent"],
  ["delivered", "delivered"],
  ["read", "read"],
  ["undelivered", "failed"],
  ["failed", "failed"],
  ["canceled", "deleted"],
  ["receiving", "sent"],
  ["received", "delivered"],
]);
