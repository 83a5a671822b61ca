import type { InboundEvent } from "hookline";

/** A status of Twilio's in our words, and whether it is the last one. https://www.twilio.com/docs/messaging/api/message-resource */
export function deliveryStatus(twilio: string): { status: NonNullable<InboundEvent["status"]>; terminal: boolean } {
  const [status, terminal] = known.get(twilio) ?? ["unknown", false];
  return { status, terminal };
}

const known = new Map<string, [NonNullable<InboundEvent["status"]>, boolean]>([
  ["accepted", ["accepted", false]],
  ["scheduled", ["accepted", false]],
  ["queued", ["queued", false]],
  ["sending", ["queued", false]],
  ["sent", ["sent", false]],
  ["partially_delivered", ["sent", false]],
  ["delivered", ["delivered", true]],
  ["read", ["read", true]],
  ["undelivered", ["failed", true]],
  ["failed", ["failed", true]],
  ["canceled", ["deleted", true]],
  ["receiving", ["sent", false]],
  ["received", ["delivered", true]],
]);
