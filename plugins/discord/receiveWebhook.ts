import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";
import { ApplicationWebhookType, InteractionResponseType, InteractionType, MessageFlags } from "discord-api-types/v10";
import { type CheckedRequestOf, type CommunicationContract, type InboundEvent, parseJson, z } from "hookline";
import { isoOf } from "./snowflakes.ts";

type Inbound = CheckedRequestOf<CommunicationContract, "handle_webhook">;

interface Received {
  events: InboundEvent[];
  response: { status: number; headers?: Record<string, string>; body?: string };
}

const user = z.object({ id: z.string(), username: z.string().optional() });
const interaction = z.looseObject({
  id: z.string().regex(/^\d+$/),
  type: z.number(),
  token: z.string(),
  user: user.optional(),
  member: z.looseObject({ user }).optional(),
});
const webhookEvent = z.looseObject({
  application_id: z.string(),
  type: z.number(),
  event: z
    .looseObject({ type: z.string(), timestamp: z.string(), data: z.looseObject({ user: user.optional() }).optional() })
    .optional(),
});

/** The key that verifies what Discord sends, from the 64 hex digits of the developer portal. */
export function publicKeyOf(hex: string): KeyObject {
  return createPublicKey({
    key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(hex, "hex").toString("base64url") },
    format: "jwk",
  });
}

/** An interaction or a webhook event: verified before it is parsed, answered as Discord wants it within its three seconds. */
export function receiveWebhook({ method, headers, raw_body }: Inbound, key: KeyObject): Received {
  if (method !== "POST") return refusal(405, "use POST");
  const body = Buffer.from(raw_body);
  if (!isGenuine(headers, body, key)) return refusal(401, "the signature does not match");
  const payload = parseJson(body);
  const asked = interaction.safeParse(payload);
  if (asked.success) return answerTo(asked.data);
  const told = webhookEvent.safeParse(payload);
  // It wants a Content-Type, although there is no content.
  const response = { status: 204, headers: { "content-type": "application/json" } };
  if (!told.success) {
    const { data } = z.record(z.string(), z.unknown()).safeParse(payload);
    if (!data) return refusal(400, "the body is no JSON object");
    // Signed, and of a shape that is new.
    return { events: [{ type: "other", id: hashOf(body), data }], response };
  }
  const { event, type } = told.data;
  if (type === ApplicationWebhookType.Ping || event === undefined) return { events: [], response };
  return { events: [inOurEvent(event, body)], response };
}

function isGenuine(headers: Inbound["headers"], body: Buffer, key: KeyObject): boolean {
  const { "x-signature-ed25519": signature = "", "x-signature-timestamp": timestamp = "" } = headers;
  if (!/^[0-9a-f]{128}$/i.test(signature) || timestamp === "") return false;
  return verify(null, Buffer.concat([Buffer.from(timestamp), body]), key, Buffer.from(signature, "hex"));
}

/** Who pressed a button waits: "seen, an answer follows". The application sends it with the token in the event's data. */
function answerTo(payload: z.output<typeof interaction>): Received {
  const { id, type, member } = payload;
  if (type === InteractionType.Ping) return { events: [], response: json({ type: InteractionResponseType.Pong }) };
  const who = member?.user ?? payload.user;
  const event: InboundEvent = {
    type: "other",
    id,
    at: isoOf(id),
    ...(who && { from: personOf(who) }),
    data: payload,
  };
  return { events: [event], response: json(acknowledgement(type)) };
}

function acknowledgement(type: number): Record<string, unknown> {
  if (type === InteractionType.MessageComponent) return { type: InteractionResponseType.DeferredMessageUpdate };
  if (type === InteractionType.ApplicationCommandAutocomplete) {
    return { type: InteractionResponseType.ApplicationCommandAutocompleteResult, data: { choices: [] } };
  }
  return { type: InteractionResponseType.DeferredChannelMessageWithSource, data: { flags: MessageFlags.Ephemeral } };
}

/** These have no id: the same bytes are the same event. */
function inOurEvent(
  { type, timestamp, data = {} }: NonNullable<z.output<typeof webhookEvent>["event"]>,
  body: Buffer,
): InboundEvent {
  const at = /(Z|[+-]\d\d:?\d\d)$/.test(timestamp) ? timestamp : `${timestamp}Z`;
  const id = `${type}:${hashOf(body)}`;
  return { type: "other", id, at, ...(data.user && { from: personOf(data.user) }), data: { event: type, ...data } };
}

function hashOf(body: Buffer): string {
  return createHash("sha256").update(body).digest("base64url");
}

function personOf({ id, username }: z.output<typeof user>): NonNullable<InboundEvent["from"]> {
  return { kind: "user", value: id, ...(username !== undefined && { name: username }) };
}

function json(body: unknown): Received["response"] {
  return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

function refusal(status: number, body: string): Received {
  return { events: [], response: { status, body } };
}
