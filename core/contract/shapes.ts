import { z } from "./schema.ts";

/** Text with something in it. */
export const text = z.string().min(1);

/** A person, an address or a group on some platform. A plain string becomes `{ kind: "address", value }`: the plugin resolves it. */
export const recipient = z.union([
  // The short form first: the long one would be tried in vain for each.
  text.transform((value) => ({ kind: "address" as const, value, name: undefined })),
  z.strictObject({ kind: z.enum(["email", "phone", "user", "group", "address"]), value: text, name: z.string().optional() }),
]);

/** A group or message that a plugin named before: `instance:id`, or the platform's own id. Plugins always get the platform's own id. */
export const ref = z.union([
  text,
  z.strictObject({ instance: text, id: text }).transform(({ instance, id }) => `${instance}:${id}`),
]);

/** A file that goes with a message. */
export const attachment = z.strictObject({
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
export const content = z.union([z.string().transform((text) => ({ text }) as z.output<typeof messageContent>), messageContent]);

/** What every routed request may carry. */
export const routed = {
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

/** The names of these fields. */
export const routedFields: readonly string[] = Object.keys(routed);

/** A page of a list. */
export const page = { cursor: z.string().optional(), limit: z.number().int().min(1).max(1000).default(100) };

const member = z.strictObject({
  who: recipient,
  role: z.string().optional(),
  mode: z.enum(["add", "invite", "auto"]).default("auto"),
});
/** A member may be written as the recipient alone. */
export const memberInput = z.union([member, recipient.transform((who) => ({ who, role: undefined, mode: "auto" as const }))]);

/** What became of one recipient or member. */
export const item = z.object({
  /** Whom it is about: the value that the request named. */
  subject: z.string(),
  status: z.enum(["sent", "added", "already", "invited", "pending", "removed", "absent", "failed"]),
  ref: z.string().optional(),
  /** `dispatched`: whether the platform may have acted all the same. Default: what the table of errors says of the code. */
  error: z.object({ code: z.string(), message: z.string(), dispatched: z.enum(["no", "maybe", "yes"]).optional() }).optional(),
});

/** A group as a plugin answers it. */
export const group = z.object({
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

/** What a plugin answers when it has sent, changed or taken back a message. */
export const sent = z.object({ message_id: z.string().min(1), items: z.array(item).optional() });
/** How far a message has come. */
export const deliveryStatus = z.enum(["accepted", "queued", "sent", "delivered", "read", "failed", "deleted", "unknown"]);

/** One inbound event. */
export const event = z.object({
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
