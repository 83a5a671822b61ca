import { expect, test } from "vitest";
import { readConfig } from "../../core/config/readConfig.ts";
import type { Problem } from "../../core/config/readYaml.ts";
import { communication } from "../../core/contract/communication.ts";
import { HooklineError } from "../../core/errors.ts";

const hooks = new Map(Object.entries(communication.hooks));
const where = { cwd: "/app", home: "/home/me", environment: {}, hooks };
const instances =
  "enabled_plugins: [{ plugin_id: twilio_sms }, { plugin_id: email_smtp }, { plugin_id: email_smtp, id: other_smtp }]\n";
const read = (routes: string) => readConfig({ file: "f.yml", source: instances + routes }, where).routes;

function problemsOf(routes: string): string[] {
  try {
    read(routes);
  } catch (error) {
    if (!HooklineError.is(error) || error.code !== "config_invalid") throw error;
    return (error.details.problems as Problem[]).map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
  }
  return [];
}

/** The problems of one rule that stands in line 3, but for where they are. */
const problemsOfRule = (rule: string) =>
  problemsOf(`routes:\n  - ${rule}`).map((problem) => problem.replace(/^f\.yml:3:\d+ routes\[0\][. ]/, ""));

test("every kind of rule is read, with its defaults", () => {
  const routes = read(`routes:
  - name: french-sms
    match: { channel: sms, hook: send_message, recipient: "^\\\\+33", context: { tenant: [acme, 7], beta: true }, message_type: [text, html] }
    use: [other_smtp, twilio_sms]
    on_maybe: resend
    failover_on: [invalid_recipient]
  - name: email-ab
    match: { channel: [email, mail] }
    split:
      by: context.user_id
      default: b
      arms: [{ name: a, weight: 90, use: [email_smtp] }, { name: b, weight: 0.5, use: [gts.acme.comms.*] }]
  - name: new-bot
    rollout: { by: context.guild.id, percent: 5, use: [twilio_sms] }
  - name: tell-everyone
    match: { channel: alerts }
    channels: [sms, email]
    strategy: all
`);

  const usual = { strategy: "first", on_maybe: "stop", failover_on: [] };
  expect(routes).toEqual([
    {
      name: "french-sms",
      match: {
        channel: ["sms"],
        hook: ["send_message"],
        recipient: "^\\+33",
        context: { tenant: ["acme", 7], beta: true },
        message_type: ["text", "html"],
      },
      use: ["other_smtp", "twilio_sms"],
      ...usual,
      on_maybe: "resend",
      failover_on: ["invalid_recipient"],
    },
    {
      name: "email-ab",
      match: { channel: ["email", "mail"] },
      split: {
        by: "context.user_id",
        default: "b",
        arms: [
          { name: "a", weight: 90, use: ["email_smtp"] },
          { name: "b", weight: 0.5, use: ["gts.acme.comms.*"] },
        ],
      },
      ...usual,
    },
    { name: "new-bot", match: {}, rollout: { by: "context.guild.id", percent: 5, use: ["twilio_sms"] }, ...usual },
    { name: "tell-everyone", match: { channel: ["alerts"] }, channels: ["sms", "email"], ...usual, strategy: "all" },
  ]);
});

test("names that look like numbers keep their text", () => {
  expect(read("routes: [{ name: 007, match: { channel: 1.10 }, use: [twilio_sms] }]")[0]).toMatchObject({
    name: "007",
    match: { channel: ["1.10"] },
  });
});

test("every problem comes at once, with file, line and column", () => {
  const routes = [
    "routes:",
    "  - name: a",
    "    use: [twilio_sm]",
    "  - name: a",
    "    match:",
    "      chanel: sms",
    '      recipient: "(a)\\\\1"',
    "    use: [email_smtp]",
    "  - name: b",
    "    split:",
    "      by: user_id",
    "      arms:",
    "        - { name: x, weight: -1, use: [email_smtp] }",
    "        - { name: y, weigth: 1, use: [] }",
    "  - use: [nobody]",
  ].join("\n");

  expect(problemsOf(routes)).toEqual([
    'f.yml:7:7 "chanel" is not a key of `match` of a route: did you mean "channel"?',
    "f.yml:8:18 routes[1].match.recipient has a back-reference, which patterns here cannot have.",
    "f.yml:12:11 routes[2].split.by must be recipient, group, channel, hook, idempotency_key, context.NAME or metadata.NAME.",
    "f.yml:14:30 routes[2].split.arms[0].weight must be 0 or more.",
    "f.yml:15:11 routes[2].split.arms[1].weight is missing.",
    'f.yml:15:22 "weigth" is not a key of an arm of a split: did you mean "weight"?',
    "f.yml:15:38 routes[2].split.arms[1].use must name an instance.",
    "f.yml:16:5 routes[3].name is missing.",
  ]);
});

test("an instance that does not exist comes with the nearest that does", () => {
  const split =
    "split: { by: recipient, arms: [{ name: a, weight: 1, use: [twilio_sms] }, { name: b, weight: 1, use: [email_smpt] }] }";

  expect(problemsOf("routes: [{ name: a, use: [email_smtp, twilio_sm] }]")).toEqual([
    'f.yml:2:39 There is no instance "twilio_sm" for the route: did you mean "twilio_sms"?',
  ]);
  expect(problemsOf(`routes: [{ name: a, ${split} }]`)).toEqual([
    expect.stringContaining('"email_smpt" for the route: did you mean "email_smtp"?'),
  ]);
  expect(problemsOf("routes: [{ name: a, rollout: { by: recipient, percent: 5, use: [xyz] } }]")).toEqual([
    'f.yml:2:65 There is no instance "xyz" for the route: enabled_plugins has twilio_sms, email_smtp, other_smtp.',
  ]);
});

test("a hook that does not exist, or that is not routed, comes with the nearest that is", () => {
  const rule = (hook: string) => `routes:\n  - name: a\n    match: { hook: ${hook} }\n    use: [twilio_sms]`;

  expect(problemsOf(rule("send_mesage"))).toEqual([
    'f.yml:4:20 There is no hook "send_mesage" for the route: did you mean "send_message"?',
  ]);
  expect(problemsOf(rule("[add_member, remove_membre]"))).toEqual([
    'f.yml:4:33 There is no hook "remove_membre" for the route: did you mean "remove_member"?',
  ]);
  expect(problemsOf(rule("fly"))).toEqual([
    expect.stringMatching(/^f\.yml:4:20 There is no hook "fly" for the route: these are: send_message, .*list_members\.$/),
  ]);
  expect(problemsOf(rule("before_call"))).toEqual([
    expect.stringMatching(
      /^f\.yml:4:20 The hook "before_call" is not routed, so the route can never match: these are: send_message/,
    ),
  ]);
});

test("two routes of one name are refused: their buckets would be the same", () => {
  expect(problemsOf("routes:\n  - { name: a, use: [twilio_sms] }\n  - { name: a, use: [email_smtp] }")).toEqual([
    'f.yml:4:13 Two routes are called "a": give one of them a name of its own.',
  ]);
});

const arm = (name: string, weight = 1) => `{ name: ${name}, weight: ${weight}, use: [twilio_sms] }`;

test.each([
  ["{ name: a }", "needs exactly one of use, split, rollout and channels."],
  ["{ name: a, use: [twilio_sms], channels: [sms] }", "needs exactly one of use, split, rollout and channels."],
  ["nonsense", "must be a map with name, match, and use, split, rollout or channels."],
  ["{ name: a, use: twilio_sms }", "use must be a list of instances."],
  ["{ name: a, use: [] }", "use must name an instance."],
  ["{ name: '', use: [twilio_sms] }", "name must be a name."],
  ["{ name: a, match: sms, use: [twilio_sms] }", "match must be a map with hook, channel, recipient, context or message_type."],
  ["{ name: a, match: { hook: [] }, use: [twilio_sms] }", "match.hook must be a hook, or a list of them."],
  ["{ name: a, match: { context: { tenant: [] } }, use: [twilio_sms] }", "match.context.tenant must name a value."],
  [
    "{ name: a, match: { context: { tenant: { a: 1 } } }, use: [twilio_sms] }",
    "match.context.tenant must be a value, or a list of values.",
  ],
  [
    "{ name: a, match: { message_type: [] }, use: [twilio_sms] }",
    "match.message_type must name text, html, markdown, template or attachment.",
  ],
  ["{ name: a, use: [twilio_sms], failover_on: timeout }", "failover_on must be a list of error codes."],
  ["{ name: a, match: { channel: { a: 1 } }, use: [twilio_sms] }", "match.channel must be a channel, or a list of them."],
  [
    "{ name: a, match: { recipient: '(?=a)' }, use: [twilio_sms] }",
    "match.recipient looks ahead or behind, which patterns here cannot do.",
  ],
  [
    `{ name: a, match: { recipient: ${"x".repeat(501)} }, use: [twilio_sms] }`,
    "match.recipient is 501 characters long; a pattern may have 500.",
  ],
  [
    "{ name: a, match: { message_type: texxt }, use: [twilio_sms] }",
    "match.message_type must be text, html, markdown, template or attachment, or a list of them.",
  ],
  [`{ name: a, split: { by: recipient, arms: [${arm("a")}] } }`, "split.arms needs two arms."],
  [`{ name: a, split: { by: recipient, arms: [${arm("a")}, ${arm("a")}] } }`, "split.arms has two arms of one name."],
  [`{ name: a, split: { by: recipient, arms: [${arm("a", 0)}, ${arm("b", 0)}] } }`, "split.arms needs a weight above 0."],
  [`{ name: a, split: { by: recipient, default: c, arms: [${arm("a")}, ${arm("b")}] } }`, "split.default must be one of a, b."],
  ["{ name: a, split: { arms: [] } }", "split.by is missing."],
  ["{ name: a, rollout: { by: recipient, percent: 101, use: [twilio_sms] } }", "rollout.percent must be 100 or less."],
  ["{ name: a, rollout: { by: recipient, percent: few, use: [twilio_sms] } }", "rollout.percent must be a number from 0 to 100."],
  ["{ name: a, rollout: { by: recipient, use: [twilio_sms] } }", "rollout.percent is missing."],
  ["{ name: a, channels: [] }", "channels must name a channel."],
  ["{ name: a, channels: [sms], strategy: some }", "strategy must be all or first."],
  ["{ name: a, use: [twilio_sms], on_maybe: go }", "on_maybe must be stop or resend."],
  [
    "{ name: a, use: [twilio_sms], failover_on: [recipient_blocked] }",
    "failover_on[0] must be one of invalid_recipient, not_found, conflict, invalid_request, payload_too_large.",
  ],
])("%s is refused", (rule, problem) => {
  expect(problemsOfRule(rule)).toContain(problem);
});

test.each([
  ["{ name: a, uses: [twilio_sms] }", '"uses" is not a key of a route: did you mean "use"?'],
  [
    "{ name: a, use: [twilio_sms], match: { to: x } }",
    '"to" is not a key of `match` of a route. Its keys: hook, channel, recipient, context, message_type.',
  ],
  [
    "{ name: a, rollout: { by: recipient, percentage: 5, use: [twilio_sms] } }",
    '"percentage" is not a key of `rollout` of a route: did you mean "percent"?',
  ],
  [
    `{ name: a, split: { bye: recipient, arms: [${arm("a")}, ${arm("b")}] } }`,
    '"bye" is not a key of `split` of a route: did you mean "by"?',
  ],
])("an unknown key of a rule comes with the nearest: %s", (rule, problem) => {
  expect(problemsOfRule(rule).join("\n")).toContain(problem);
});

test.each(["channel_preferences", "channel_groups"])("%s is refused, with what replaces it", (key) => {
  expect(problemsOf(`${key}: { sms: [twilio_sms] }`)).toEqual([
    `f.yml:2:1 "${key}" is not a key of the configuration: rules of that kind go into \`routes\`, as in \`- { name: urgent, match: { channel: alerts }, channels: [sms, email] }\`.`,
  ]);
});
