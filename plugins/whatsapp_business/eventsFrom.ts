import { createHash } from "node:crypto";
import { type InboundEvent, type Recipient, z } from "hookline";
import { reportedError } from "./inOurWords.ts";

const list = z.array(z.unknown()).catch([]);
const payload = z.looseObject({
  entry: z.array(z.looseObject({ changes: z.array(z.unknown()) })),
});
const changeValue = z.looseObject({
  metadata: z.looseObject({ phone_number_id: z.string().optional() }).optional().catch(undefined),
  contacts: z.array(z.looseObject({ wa_id: z.string(), profile: z.looseObject({ name: z.string() }).optional() })).catch([]),
  messages: list,
  statuses: list,
  groups: list,
});
const knownChange = z.looseObject({ field: z.string(), value: changeValue });
const titled = z.looseObject({ title: z.string().optional() }).optional();
const captioned = z.looseObject({ caption: z.string().optional() }).optional();
const message = z.looseObject({
  id: z.string(),
  from: z.string(),
  type: z.string().default("unknown"),
  timestamp: z.coerce.number().optional().catch(undefined),
  group_id: z.string().optional(),
  text: z.looseObject({ body: z.string() }).optional(),
  button: z.looseObject({ text: z.string().optional() }).optional(),
  interactive: z.looseObject({ button_reply: titled, list_reply: titled }).optional(),
  image: captioned,
  video: captioned,
  document: captioned,
  reaction: z.looseObject({ message_id: z.string() }).optional(),
});
const status = z.looseObject({
  id: z.string(),
  status: z.string(),
  timestamp: z.coerce.number().optional().catch(undefined),
  recipient_id: z.string().optional(),
  recipient_type: z.string().optional(),
  recipient_participant_id: z.string().optional(),
  group_id: z.string().optional(),
  errors: list,
});
// Meta's own examples have numbers here.
const person = z.looseObject({ wa_id: z.coerce.string() });
const groupChange = z.looseObject({
  type: z.string(),
  timestamp: z.coerce.number().optional().catch(undefined),
  group_id: z.string().optional(),
  request_id: z.string().optional(),
  added_participants: z.array(person).catch([]),
  removed_participants: z.array(person).catch([]),
  errors: list,
});

/**
 * What a verified body tells, for one sending number: an app has one webhook for all of its numbers, so what is about another one is
 * left out. Undefined for what is no JSON object.
 */
export function eventsFrom(body: unknown, phoneNumberId: string): InboundEvent[] | undefined {
  const { data } = payload.safeParse(body);
  if (!data) return z.looseObject({}).safeParse(body).success ? [other(body)] : undefined;
  return data.entry.flatMap(({ changes }) =>
    changes.flatMap((change) => {
      const { data: known } = knownChange.safeParse(change);
      if (!known) return [other(change)];
      const { field, value } = known;
      const number = value.metadata?.phone_number_id;
      if (number !== undefined && number !== phoneNumberId) return [];
      const names = new Map(value.contacts.map(({ wa_id, profile }) => [wa_id, profile?.name]));
      const events = [
        ...value.messages.map((one) => messageEvent(one, names)),
        ...value.statuses.map(statusEvent),
        ...value.groups.flatMap((one) => groupEvents(one, field)),
      ];
      // A template that was approved, an account that was restricted, …
      return events.length > 0 ? events : [other(change)];
    }),
  );
}

function messageEvent(raw: unknown, names: ReadonlyMap<string, string | undefined>): InboundEvent {
  const { data } = message.safeParse(raw);
  if (!data || data.type === "system") return other(raw);
  const { id, from, timestamp, group_id, reaction } = data;
  const sender = phoneOf(from, names.get(from));
  const common = { id, ...at(timestamp), from: sender, ...(group_id !== undefined && { group: group_id }), data };
  if (reaction) return { ...common, type: "reaction", message_id: reaction.message_id };
  const text = textOf(data);
  return { ...common, type: "message", message_id: id, ...(text !== undefined && { content: { text } }) };
}

function textOf({ text, button, interactive, image, video, document }: z.output<typeof message>): string | undefined {
  const answered = button?.text ?? interactive?.button_reply?.title ?? interactive?.list_reply?.title;
  return text?.body ?? answered ?? image?.caption ?? video?.caption ?? document?.caption;
}

function statusEvent(raw: unknown): InboundEvent {
  const { data } = status.safeParse(raw);
  if (!data) return other(raw);
  const { id, timestamp, recipient_id, recipient_type, recipient_participant_id, group_id, errors } = data;
  const group = group_id ?? (recipient_type === "group" ? recipient_id : undefined);
  const known = z.enum(["sent", "delivered", "read", "failed"]).safeParse(data.status).data;
  return {
    type: "delivery",
    // In a group every member has a status of their own.
    id: [id, data.status, recipient_participant_id ?? recipient_id ?? "", timestamp ?? ""].join(":"),
    ...at(timestamp),
    message_id: id,
    status: known ?? "unknown",
    ...(group !== undefined && { group }),
    data: { ...data, ...problem(errors) },
  };
}

function groupEvents(raw: unknown, field: string): InboundEvent[] {
  const { data } = groupChange.safeParse(raw);
  if (!data) return [other(raw)];
  const { type, timestamp, group_id, request_id, added_participants, removed_participants, errors } = data;
  const id = [type, group_id ?? "", request_id ?? "", timestamp ?? ""].join(":");
  const common = {
    id,
    ...at(timestamp),
    ...(group_id !== undefined && { group: group_id }),
    data: { ...data, ...problem(errors) },
  };
  if (field === "group_lifecycle_update" && errors.length === 0) {
    if (type === "group_create") return [{ ...common, type: "group_created" }];
    if (type === "group_delete") return [{ ...common, type: "group_deleted" }];
  }
  const members = [
    ...added_participants.map(({ wa_id }) => ({ wa_id, type: "member_joined" as const })),
    ...removed_participants.map(({ wa_id }) => ({ wa_id, type: "member_left" as const })),
  ];
  const moves = members.map((one) => ({ ...common, type: one.type, id: `${id}:${one.wa_id}`, from: phoneOf(one.wa_id) }));
  // Settings, join requests, suspensions, and what has failed.
  return moves.length > 0 && errors.length === 0 ? moves : [...moves, { ...common, type: "other", id: hashOf(raw) }];
}

/** The first error in our words, as an answer to a call would have it. */
function problem(errors: readonly unknown[]): { error?: { code: string; message: string } } {
  const error = reportedError(errors[0]);
  return error ? { error } : {};
}

function other(raw: unknown): InboundEvent {
  return { type: "other", id: hashOf(raw), data: { raw } };
}

/** Twice the same is one event. */
function hashOf(raw: unknown): string {
  return createHash("sha256").update(JSON.stringify(raw)).digest("base64url");
}

function phoneOf(wa_id: string, name?: string): Recipient {
  return { kind: "phone", value: `+${wa_id}`, name };
}

function at(timestamp: number | undefined): { at?: string } {
  const date = new Date((timestamp ?? Number.NaN) * 1000);
  return Number.isNaN(date.getTime()) ? {} : { at: date.toISOString() };
}
