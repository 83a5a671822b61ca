import { defineContract, type HookSpec } from "./defineContract.ts";
import { z } from "./schema.ts";
import {
  attachment,
  content,
  deliveryStatus,
  event,
  group,
  item,
  memberInput,
  page,
  recipient,
  ref,
  routed,
  sent,
  text,
} from "./shapes.ts";

const addMember = {
  mode: "route",
  description: "Adds or invites members to a group. Who is in it already is a success, marked `already`.",
  refs: { request: ["group"] },
  items: "members",
  request: z.strictObject({ ...routed, group: ref, members: z.array(memberInput).min(1) }),
  answer: z.object({ items: z.array(item) }),
} as const satisfies HookSpec;

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
      items: "to",
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
      safe: true,
      request: z.strictObject({ ...routed, message: ref }),
      answer: z.object({ status: deliveryStatus, terminal: z.boolean() }),
    },
    create_group: {
      mode: "route",
      description: "Creates a group (a channel, a mailing list, a conversation), with its first members.",
      refs: { answer: ["id"] },
      overflow: { list: "members", hook: "add_member", ref: "group", spec: addMember },
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
      safe: true,
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
      safe: true,
      request: z.strictObject({ ...routed, ...page }),
      answer: z.object({ groups: z.array(group), cursor: z.string().optional() }),
    },
    add_member: addMember,
    remove_member: {
      mode: "route",
      description: "Removes members from a group. Who is not in it is a success, marked `absent`.",
      refs: { request: ["group"] },
      items: "members",
      request: z.strictObject({ ...routed, group: ref, members: z.array(memberInput).min(1) }),
      answer: z.object({ items: z.array(item) }),
    },
    list_members: {
      mode: "route",
      description: "Lists the members of a group, a page at a time.",
      refs: { request: ["group"] },
      safe: true,
      request: z.strictObject({ ...routed, group: ref, ...page }),
      answer: z.object({
        members: z.array(z.object({ who: recipient, role: z.string().optional() })),
        cursor: z.string().optional(),
      }),
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
        /** Plugins get the names in lower case. */
        headers: z
          .record(z.string(), z.string())
          .transform((headers) =>
            Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
          ),
        query: z.record(z.string(), z.string()).default({}),
        raw_body: z.custom<string | Uint8Array>(
          (value) => typeof value === "string" || value instanceof Uint8Array,
          "must be text or bytes, as they came: a body that was parsed cannot be verified",
        ),
      }),
      answer: z.object({
        events: z.array(event).default([]),
        /** What to answer the platform; 200 and empty unless given. */
        response: z
          .object({
            status: z.number().int().min(200).max(599),
            headers: z.record(z.string(), z.string()).optional(),
            body: z.string().optional(),
          })
          .optional(),
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
      request: z.looseObject({
        request_id: text,
        hook: text,
        request: z.record(z.string(), z.unknown()),
        outcome: z.record(z.string(), z.unknown()),
      }),
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
export type { Group, InboundEvent, Item, MessageContent, Recipient, RecipientInput } from "./shapes.ts";
