import { z } from "../contract/schema.ts";
import { patternProblem } from "./pattern.ts";

const wrong = (must: string) => (issue: { code?: string; input?: unknown }) => {
  if (issue.code === "unrecognized_keys") return undefined;
  return issue.input === undefined ? "is missing" : `must be ${must}`;
};
const text = (what: string) => z.string({ error: wrong(what) }).min(1, `must be ${what}`);
const oneOrMany = (what: string) =>
  z.union([text(what).transform((one) => [one]), z.array(text(what)).min(1, `must be ${what}, or a list of them`)], {
    error: wrong(`${what}, or a list of them`),
  });
const scalar = z.union([z.string(), z.number(), z.boolean()]);

const pattern = text("a regular expression").superRefine((source, context) => {
  const problem = patternProblem(source);
  if (problem) context.addIssue({ code: "custom", message: problem });
});

/** What part of a request a split or a rollout takes its key from. */
const key = text("what the key is, like context.user_id or recipient").regex(
  /^(recipient|group|channel|hook|idempotency_key|context(\.[\w-]+)+|metadata(\.[\w-]+)+)$/,
  "must be recipient, group, channel, hook, idempotency_key, context.NAME or metadata.NAME",
);
const instances = z
  .array(text("an instance's id, or a pattern of type ids"), { error: wrong("a list of instances") })
  .min(1, "must name an instance");
const percent = z
  .number({ error: wrong("a number from 0 to 100") })
  .min(0, "must be 0 or more")
  .max(100, "must be 100 or less");

const messageType = z.enum(["text", "html", "markdown", "template", "attachment"]);

/** What of a call a rule looks at. All that is named has to fit. */
export const matchSchema = z.strictObject(
  {
    hook: oneOrMany("a hook").optional().describe("These hooks. Default: every routed hook."),
    channel: oneOrMany("a channel").optional().describe("These channels. A channel that only a rule names exists by it."),
    recipient: pattern.optional().describe("A regular expression that every recipient has to fit: linear time, no look-around."),
    context: z
      .record(
        z.string(),
        z.union([scalar, z.array(scalar).min(1, "must name a value")], { error: wrong("a value, or a list of values") }),
      )
      .optional()
      .describe("Facts of the request's context: a value, or a list of which one fits."),
    message_type: z
      .union(
        [
          messageType.transform((one) => [one]),
          z.array(messageType).min(1, "must name text, html, markdown, template or attachment"),
        ],
        {
          error: wrong("text, html, markdown, template or attachment, or a list of them"),
        },
      )
      .optional()
      .describe("What a message has: text, html, markdown, template, attachment."),
  },
  { error: wrong("a map with hook, channel, recipient, context or message_type") },
);

/** One arm of a split. */
export const armSchema = z.strictObject({
  name: text("a name").describe("The arm's name, in the outcome and the status."),
  weight: z
    .number({ error: wrong("a number, 0 or more") })
    .min(0, "must be 0 or more")
    .describe("Its part of the whole, in any unit."),
  use: instances.describe("Who is asked, in this order."),
});

/** The keys of `split`. */
export const splitSchema = z.strictObject({
  by: key.describe("The key: the same key always lands on the same arm."),
  arms: z.array(armSchema).min(2, "needs two arms").describe("The arms with their weights."),
  default: text("the name of an arm").optional().describe("The arm of a call without the key. Default: the first."),
});

/** The keys of `rollout`. */
export const rolloutSchema = z.strictObject({
  by: key.describe("The key. A call without it is not in the rollout."),
  percent: percent.describe("How many of the keys; raising it moves nobody out."),
  use: instances.describe("Who is asked by those that are in; the others fall to the next rule."),
});

const failoverCodes = ["invalid_recipient", "not_found", "conflict", "invalid_request", "payload_too_large"] as const;

/** One rule of `routes`. Exactly one of use, split, rollout and channels. */
export const routeSchema = z
  .strictObject(
    {
      name: text("a name").describe(
        "In the outcome, the status and `explain`. Buckets hang on it: a new name deals the keys anew.",
      ),
      match: matchSchema.prefault({}).describe("Which calls. Without it: all."),
      use: instances.optional().describe("Who is asked, in this order: ids of instances, or patterns of type ids."),
      split: splitSchema.optional().describe("A/B: a share of the keys for each arm."),
      rollout: rolloutSchema.optional().describe("A part of the keys; the rest falls to the next rule."),
      channels: z
        .array(text("a channel"))
        .min(1, "must name a channel")
        .optional()
        .describe("The channels that the call goes to."),
      strategy: z
        .enum(["all", "first"], { error: wrong("all or first") })
        .default("first")
        .describe("all: every channel; first: until one succeeds."),
      on_maybe: z
        .enum(["stop", "resend"], { error: wrong("stop or resend") })
        .default("stop")
        .describe(
          "After an error that leaves open whether the platform acted: stop and say so, or go on and risk a second delivery.",
        ),
      failover_on: z
        .array(z.enum(failoverCodes, { error: wrong(`one of ${failoverCodes.join(", ")}`) }), {
          error: wrong("a list of error codes"),
        })
        .default([])
        .describe("Errors after which the next instance is asked all the same."),
    },
    { error: wrong("a map with name, match, and use, split, rollout or channels") },
  )
  .superRefine((route, context) => {
    const kinds = [route.use, route.split, route.rollout, route.channels].filter((kind) => kind !== undefined);
    if (kinds.length !== 1)
      context.addIssue({ code: "custom", message: "needs exactly one of use, split, rollout and channels" });
    const { split } = route;
    if (!split) return;
    const names = split.arms.map((one) => one.name);
    if (new Set(names).size < names.length)
      context.addIssue({ code: "custom", path: ["split", "arms"], message: "has two arms of one name" });
    if (split.arms.every(({ weight }) => weight === 0))
      context.addIssue({ code: "custom", path: ["split", "arms"], message: "needs a weight above 0" });
    if (split.default !== undefined && !names.includes(split.default)) {
      context.addIssue({ code: "custom", path: ["split", "default"], message: `must be one of ${names.join(", ")}` });
    }
  });

/** A routing rule that passed its check. */
export type Route = z.output<typeof routeSchema>;
