import { defineContract } from "./defineContract.ts";
import { z } from "./schema.ts";

const text = z.string().min(1);

/** A person, an address or a group on some platform. A plain string becomes `{ kind: "address", value }`: the plugin resolves it. */
const recipient = z.union([
  z.strictObject({ kind: z.enum(["email", "phone", "user", "group", "address"]), value: text, name: z.string().optional() }),
  text.transform((value) => ({ kind: "address" as const, value, name: undefined })),
]);

/** A group or message that a plugin named before: `instance:id`, or the platform's own id. Plugins always get the platform's own id. */
const ref = z.union([
  text,
  z.strictObject({ instance: text, id: text }).transform(({ instance, id }) => `${instance}:${id}`),
]);

const attachment = z.strictObject({
  filename: text,
  content_type: z.string().optional(),
  /** Base64, so that a request stays plain data. */
  content_base64: z.base64(),
});

const messageContent = z
  .strictObject({
    text: z.string().optional(),
    html: z.string().optional(),
    markdown: z.string().optional(),
    subject: z.string().optional(),
    template: z.strictObject({ name: text, variables: z.record(z.string(), z.unknown()).default({}) }).optional(),
  })
  .refine(({ text, html, markdown, template }) => [text, html, markdown, template].some((part) => part !== undefined), {
    message: "needs one of text, html, markdown or template",
  });

/** A plain string is the text. */
const content = z.union([messageContent, z.string().transform((text) => ({ text }) as z.output<typeof messageContent>)]);

/** What every routed request may carry. */
const routed = {
  /** The channel, or several: each is called in this order, through its own route. */
  channel: z.union([text, z.array(text).min(1)]),
  /** Facts for routing: tenant, region, user, … */
  context: z.record(z.string(), z.unknown()).optional(),
  idempotency_key: z.string().min(1).max(255).optional(),
  /** How long the whole call may take, retries and failover included. */
  deadline_ms: z.number().int().positive().max(2_147_483_647).optional(),
  /** Choose and check, and do not call the plugin. */
  dry_run: z.boolean().optional(),
  /** Per plugin id: what only that platform knows. A plugin sees its own part. */
  provider_options: z.record(z.string(), z.record(z.string(), z.unknown())).optional(),
  signal: z.instanceof(AbortSignal).optional(),
};

const page = { cursor: z.string().optional(), limit: z.number().int().min(1).max(1000).default(100) };

const member = z.strictObject({ who: recipient, role: z.string().optional(), mode: z.enum(["add", "invite", "auto"]).default("auto") });
/** A member may be written as the recipient alone. */
const memberInput = z.union([member, recipient.transform((who) => ({ who, role: undefined, mode: "auto" as const }))]);

/** What became of one recipient or member. */
const item = z.object({
  /** Whom it is about: the value that the request named. */
  subject: z.string(),
  status: z.enum(["sent", "added", "already", "invited", "pending", "removed", "absent", "failed"]),
  ref: z.string().optional(),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

const group = z.object({
  id: z.string().min(1),
  name: z.string(),
  description: z.string().optional(),
  external_id: z.string().optional(),
  visibility: z.enum(["public", "private"]).optional(),
  /** The group was there before (same external_id, `if_exists: return`). */
  already: z.boolean().optional(),
  /** The platform finishes it later and says so by an event. */
  pending: z.boolean().optional(),
  archived: z.boolean().optional(),
  url: z.string().optional(),
  /** What became of the members named in `create_group`. */
  items: z.array(item).optional(),
});

const sent = z.object({ message_id: z.string().min(1), items: z.array(item).optional() });
const deliveryStatus = z.enum(["accepted", "queued", "sent", "delivered", "read", "failed", "deleted", "unknown"]);

const event = z.object({
  type: z.enum(["message", "delivery", "member_joined", "member_left", "group_created", "group_deleted", "reaction", "other"]),
  /** The platform's own id of the event: the same event twice is one. */
  id: z.string().optional(),
  at: z.string().optional(),
  message_id: z.string().optional(),
  group: z.string().optional(),
  from: recipient.optional(),
  status: deliveryStatus.optional(),
  content: messageContent.optional(),
  data: z.record(z.string(), z.unknown()).optional(),
});

/**
 * The communication contract, version 1: groups, members and messages on any platform.
 * `docs/hooks.md` has a section with an example for each hook.
 */
export const communication = defineContract({
  id: "communication",
  version: "1.0.0",
  hooks: {
    send_message: {
      mode: "route",
      description: "Sends one message to one recipient or several.",
      refs: { request: ["to[].value", "thread"], answer: ["message_id", "items[].ref"] },
      request: z.strictObject({
        ...routed,
        to: z.union([recipient.transform((one) => [one]), z.array(recipient).min(1)]),
        content,
        attachments: z.array(attachment).optional(),
        /** The ref of the message that this one answers. */
        thread: ref.optional(),
        from: recipient.optional(),
        /** Anything of the caller's, kept with the message where the platform can. */
        metadata: z.record(z.string(), z.unknown()).optional(),
      }),
      answer: sent,
    },
    edit_message: {
      mode: "route",
      description: "Replaces the content of a message that was sent.",
      refs: { request: ["message"], answer: ["message_id"] },
      request: z.strictObject({ ...routed, message: ref, content }),
      answer: sent,
    },
    delete_message: {
      mode: "route",
      description: "Takes a message back.",
      refs: { request: ["message"], answer: ["message_id"] },
      request: z.strictObject({ ...routed, message: ref }),
      answer: sent,
    },
    get_message_status: {
      mode: "route",
      description: "Asks the platform how far a message has come.",
      refs: { request: ["message"] },
      request: z.strictObject({ ...routed, message: ref }),
      answer: z.object({ status: deliveryStatus, terminal: z.boolean() }),
    },
    create_group: {
      mode: "route",
      description: "Creates a group (a channel, a mailing list, a conversation), with its first members.",
      refs: { answer: ["id"] },
      request: z.strictObject({
        ...routed,
        name: text,
        description: z.string().optional(),
        /** Your own id of the group: the same one again is the same group. */
        external_id: z.string().optional(),
        visibility: z.enum(["public", "private"]).default("private"),
        members: z.array(memberInput).default([]),
        if_exists: z.enum(["return", "fail"]).default("return"),
      }),
      answer: group,
    },
    get_group: {
      mode: "route",
      description: "Reads one group.",
      refs: { request: ["group"], answer: ["id"] },
      request: z.strictObject({ ...routed, group: ref }),
      answer: group,
    },
    update_group: {
      mode: "route",
      description: "Changes name, description or visibility of a group; what is not named stays.",
      refs: { request: ["group"], answer: ["id"] },
      request: z.strictObject({
        ...routed,
        group: ref,
        name: text.optional(),
        description: z.string().optional(),
        visibility: z.enum(["public", "private"]).optional(),
      }),
      answer: group,
    },
    delete_group: {
      mode: "route",
      description: "Archives or deletes a group.",
      refs: { request: ["group"], answer: ["id"] },
      request: z.strictObject({ ...routed, group: ref, mode: z.enum(["archive", "delete"]).default("delete") }),
      answer: z.object({ id: z.string(), archived: z.boolean().optional() }),
    },
    list_groups: {
      mode: "route",
      description: "Lists the groups, a page at a time.",
      refs: { answer: ["groups[].id"] },
      request: z.strictObject({ ...routed, ...page }),
      answer: z.object({ groups: z.array(group), cursor: z.string().optional() }),
    },
    add_member: {
      mode: "route",
      description: "Adds or invites members to a group. Who is in it already is a success, marked `already`.",
      refs: { request: ["group"] },
      request: z.strictObject({ ...routed, group: ref, members: z.array(memberInput).min(1) }),
      answer: z.object({ items: z.array(item) }),
    },
    remove_member: {
      mode: "route",
      description: "Removes members from a group. Who is not in it is a success, marked `absent`.",
      refs: { request: ["group"] },
      request: z.strictObject({ ...routed, group: ref, members: z.array(memberInput).min(1) }),
      answer: z.object({ items: z.array(item) }),
    },
    list_members: {
      mode: "route",
      description: "Lists the members of a group, a page at a time.",
      refs: { request: ["group"] },
      request: z.strictObject({ ...routed, group: ref, ...page }),
      answer: z.object({ members: z.array(z.object({ who: recipient, role: z.string().optional() })), cursor: z.string().optional() }),
    },
    validate_config: {
      mode: "instance",
      description: "Checks the settings against the platform; called before a new generation goes live.",
      request: z.strictObject({}),
      answer: z.object({ ok: z.boolean(), problems: z.array(z.string()).default([]) }),
    },
    health_check: {
      mode: "instance",
      description: "Says whether the platform answers; called on an interval.",
      request: z.strictObject({}),
      answer: z.object({ healthy: z.boolean(), details: z.record(z.string(), z.unknown()).optional() }),
    },
    handle_webhook: {
      mode: "instance",
      description: "Verifies the signature of an inbound HTTP request, then turns it into events.",
      request: z.strictObject({
        method: text,
        headers: z.record(z.string(), z.string()),
        query: z.record(z.string(), z.string()).default({}),
        raw_body: z.union([z.string(), z.custom<Uint8Array>((value) => value instanceof Uint8Array, "must be text or bytes")]),
      }),
      answer: z.object({
        events: z.array(event).default([]),
        /** What to answer the platform; 200 and empty unless given. */
        response: z.object({ status: z.number().int(), headers: z.record(z.string(), z.string()).optional(), body: z.string().optional() }).optional(),
      }),
    },
    before_call: {
      mode: "waterfall",
      description: "Sees the request of every routed hook first; returns it changed, or throws to refuse it.",
      request: z.looseObject({ request_id: text, hook: text, request: z.record(z.string(), z.unknown()) }),
    },
    after_call: {
      mode: "event",
      description: "Sees request and outcome of every routed call.",
      request: z.looseObject({ request_id: text, hook: text, request: z.record(z.string(), z.unknown()), outcome: z.record(z.string(), z.unknown()) }),
    },
    event_received: {
      mode: "event",
      description: "Hears of every inbound event: a message, a delivery, a member who joined.",
      request: z.looseObject({ instance: text, event }),
    },
  },
});

/** The type of the built-in contract. */
export type CommunicationContract = typeof communication;
/** A recipient as a plugin gets it. */
export type Recipient = z.output<typeof recipient>;
/** A recipient as a caller writes it. */
export type RecipientInput = z.input<typeof recipient>;
/** A group as a plugin answers it. */
export type Group = z.input<typeof group>;
/** What became of one recipient or member, as a plugin answers it. */
export type Item = z.input<typeof item>;
/** One inbound event. */
export type InboundEvent = z.input<typeof event>;
/** The content of a message as a plugin gets it. */
export type MessageContent = z.output<typeof messageContent>;
