import { createHash, createHmac } from "node:crypto";
import { type CheckedRequestOf, type CommunicationContract, type InboundEvent, isSameSecret, parseJson, z } from "hookline";
import { messageId } from "./messageRef.ts";

type Inbound = CheckedRequestOf<CommunicationContract, "handle_webhook">;

/** What a request of Slack's has told, and what to answer it. */
export interface Received {
  events: InboundEvent[];
  response: { status: number; headers?: Record<string, string>; body?: string };
}

const tolerance = 300;

const callback = z.looseObject({
  type: z.string().optional().catch(undefined),
  event_id: z.string().optional().catch(undefined),
  event_time: z.number().min(0).max(8e9).optional().catch(undefined),
  event: z.record(z.string(), z.unknown()).optional().catch(undefined),
});
const challenge = z.object({ type: z.literal("url_verification"), challenge: z.string() });
// A channel or user that is new comes as an object.
const idOf = z.union([z.string().min(1), z.looseObject({ id: z.string().min(1) }).transform(({ id }) => id)]).optional();
const happening = z.looseObject({
  type: z.string(),
  subtype: z.string().optional(),
  channel: idOf,
  user: idOf,
  bot_id: idOf,
  ts: z.string().optional(),
  text: z.string().optional(),
  item: z.looseObject({ channel: z.string().optional(), ts: z.string().optional() }).optional(),
});

/** Verifies a request of the Events API, or of a command or button, and reads it. https://docs.slack.dev/authentication/verifying-requests-from-slack */
export function receive({ method, headers, raw_body }: Inbound, signingSecret: string, now = Date.now()): Received {
  if (method !== "POST") return refusal(405, "use POST");
  const problem = problemWithSignature(headers, raw_body, signingSecret, now);
  if (problem !== undefined) return refusal(401, problem);

  const payload = payloadOf(raw_body);
  const asked = challenge.safeParse(payload);
  if (asked.success)
    return { events: [], response: { status: 200, headers: { "content-type": "text/plain" }, body: asked.data.challenge } };
  const known = callback.safeParse(payload);
  if (!known.success) return refusal(400, "the body is none of Slack's");
  // Slack waits three seconds, then sends it again: with the same id, so the host passes it on once.
  return { events: [eventOf(known.data, createHash("sha256").update(raw_body).digest("base64url"))], response: { status: 200 } };
}

function problemWithSignature(
  { "x-slack-request-timestamp": timestamp, "x-slack-signature": signature }: Inbound["headers"],
  body: string | Uint8Array,
  secret: string,
  now: number,
): string | undefined {
  if (!timestamp || !signature) return "the headers X-Slack-Request-Timestamp and X-Slack-Signature are needed";
  // Written so that a timestamp which is no number is refused too.
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= tolerance)) return `the timestamp is more than ${tolerance} seconds off`;
  const right = createHmac("sha256", secret).update(`v0:${timestamp}:`).update(body).digest("hex");
  return isSameSecret(signature, `v0=${right}`) ? undefined : "the signature does not match";
}

/** Events are JSON; a command is a form, and a button a form around JSON. */
function payloadOf(body: string | Uint8Array): unknown {
  const json = parseJson(body);
  if (json !== undefined) return json;
  const form = new URLSearchParams(Buffer.from(body).toString("utf8"));
  return form.has("command") ? { ...Object.fromEntries(form), type: "command" } : parseJson(form.get("payload"));
}

function eventOf(payload: z.output<typeof callback>, digest: string): InboundEvent {
  const { event_id: id = digest, event_time } = payload;
  const at = event_time === undefined ? undefined : new Date(event_time * 1000).toISOString();
  const event = happening.safeParse(payload.event);
  if (payload.type !== "event_callback" || !event.success) {
    const { token: _, ...data } = payload;
    return { type: "other", id, at, data };
  }
  const { type, subtype, channel, user, bot_id, ts, text, item } = event.data;
  const who = user ?? bot_id;
  const from = who === undefined ? undefined : { kind: "user" as const, value: who };
  const common = { id, at, group: channel, from, data: payload.event };
  if (type === "message" && channel && ts && isNew(subtype))
    return { ...common, type: "message", message_id: messageId({ channel, ts }), content: { text: text ?? "" } };
  if (type === "member_joined_channel") return { ...common, type: "member_joined" };
  if (type === "member_left_channel") return { ...common, type: "member_left" };
  if (type === "channel_created") return { ...common, type: "group_created" };
  if (/^(channel|group)_(archive|deleted)$/.test(type)) return { ...common, type: "group_deleted" };
  if (type === "reaction_added" && item?.channel && item.ts) {
    const { channel: group, ts } = item;
    return { ...common, type: "reaction", group, message_id: messageId({ channel: group, ts }) };
  }
  return { ...common, type: "other" };
}

/** The other subtypes tell of a message that was changed, or of something that is an event of its own. */
function isNew(subtype: string | undefined): boolean {
  return subtype === undefined || ["bot_message", "file_share", "me_message", "thread_broadcast"].includes(subtype);
}

/** Slack need not try again what will be refused again. */
function refusal(status: number, body: string): Received {
  return { events: [], response: { status, headers: { "x-slack-no-retry": "1" }, body } };
}
