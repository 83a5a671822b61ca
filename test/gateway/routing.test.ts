import fc from "fast-check";
import { expect, test } from "vitest";
import type { Host, Outcome } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { failing, type Scripted, scripted, sending } from "../support/scripted.ts";

const message = { channel: "chat", to: "anna", content: "hello" } as const;
const none = { max_retries: 0 };

/** A host with these plugins, in this order, and these rules. */
function routed(plugins: readonly Scripted[], routes: readonly object[] = [], more: object = {}): Promise<Host> {
  const enabled_plugins = plugins.map(({ plugin }) => ({ plugin_id: plugin.manifest?.plugin_id, ...none }));
  return openOn(createFakeClock(), {
    plugins: plugins.map(({ plugin }) => plugin),
    config: { enabled_plugins, routes, ...more },
  });
}

const abc = () => ["a", "b", "c"].map((id) => scripted(id));
/** Which rule chose, and who answered. */
const chosen = ({ route }: Outcome) => `${route.name} ${route.instance}`;

test("without a rule the lowest priority is asked first, then the order of the file", async () => {
  const plugins = abc().map(({ plugin }) => plugin);
  const down = scripted("down", failing("unavailable"), {});
  const enabled_plugins = [
    { plugin_id: "a", ...none },
    { plugin_id: "down", priority: -5, ...none },
    { plugin_id: "b", ...none },
    { plugin_id: "c", priority: 50, ...none },
  ];
  const host = await openOn(createFakeClock(), { plugins: [...plugins, down.plugin], config: { enabled_plugins } });

  const outcome = await host.call("send_message", message);

  expect(host.explain("send_message", message)).toMatchObject({ chat: { instances: ["down", "c", "a", "b"], considered: [] } });
  expect(chosen(outcome)).toBe("priority c");
  expect(outcome.attempts.map(({ instance }) => instance)).toEqual(["down", "c"]);
});

test("the first rule that matches wins, and what no rule matches goes by priority", async () => {
  const host = await routed(abc(), [
    { name: "other", match: { channel: "mail" }, use: ["a"] },
    { name: "one", match: { context: { tenant: "acme" } }, use: ["b"] },
    { name: "two", match: { channel: "chat", context: { tenant: ["acme", "globex"] } }, use: ["c"] },
  ]);
  const by = (tenant?: string) => host.call("send_message", { ...message, ...(tenant && { context: { tenant } }) });

  expect([await by("acme"), await by("globex"), await by("hooli"), await by()].map(chosen)).toEqual([
    "one b",
    "two c",
    "priority a",
    "priority a",
  ]);
});

test.each([
  [{ hook: "send_message" }, true],
  [{ hook: ["edit_message", "send_message"] }, true],
  [{ hook: "edit_message" }, false],
  [{ channel: "chat" }, true],
  [{ channel: ["mail", "chat"] }, true],
  [{ channel: "mail" }, false],
  [{ recipient: "^\\+33" }, true],
  [{ recipient: "^\\+49" }, false],
  [{ context: { tenant: "acme" } }, true],
  [{ context: { tenant: ["globex", "acme"] } }, true],
  [{ context: { tenant: "globex" } }, false],
  [{ context: { tenant: "acme", level: 7, beta: true } }, true],
  [{ context: { "user.region": "eu" } }, true],
  [{ context: { missing: "" } }, false],
  [{ context: { toString: "x" } }, false],
  [{ message_type: "html" }, true],
  [{ message_type: ["markdown", "attachment"] }, true],
  [{ message_type: "template" }, false],
  [{ hook: "send_message", channel: "chat", recipient: "33", context: { level: 7 }, message_type: "text" }, true],
  [{ hook: "send_message", channel: "chat", recipient: "33", context: { level: 8 }, message_type: "text" }, false],
  [{}, true],
])("a rule for %j: %s", async (match, fits) => {
  const host = await routed(abc(), [{ name: "rule", match, use: ["c"] }]);
  const request = {
    channel: "chat",
    to: ["+331", { kind: "phone" as const, value: "+332" }],
    content: { text: "hello", html: "<p>hello</p>" },
    attachments: [{ filename: "a.txt", content_base64: "YQ==" }],
    context: { tenant: "acme", level: 7, beta: true, user: { region: "eu" } },
  };

  expect(chosen(await host.call("send_message", request))).toBe(fits ? "rule c" : "priority a");
});

test("every recipient has to fit a rule's pattern, and a call without recipients does not", async () => {
  const members = ["a", "b"].map((id) =>
    scripted(id, () => ({ message_id: "1", items: [], groups: [] }), { hooks: ["send_message", "add_member", "list_groups"] }),
  );
  const host = await routed(members, [{ name: "french", match: { recipient: "^\\+33" }, use: ["b"] }]);
  const to = (...values: string[]) => host.call("send_message", { ...message, to: values });
  const add = (who: string) => host.call("add_member", { channel: "chat", group: "g", members: [{ who }] });

  const outcomes = [
    await to("+331", "+332"),
    await to("+331", "+491"),
    await add("+331"),
    await add("+491"),
    await host.call("list_groups", { channel: "chat" }),
  ];

  expect(outcomes.map(chosen)).toEqual(["french b", "priority a", "french b", "priority a", "priority a"]);
});

test("`use` is asked in its order, whatever the priorities, and instances of other channels with it", async () => {
  const plugins = [scripted("a"), scripted("b", failing("unavailable")), scripted("mail", sending, { channel_type: "mail" })];
  const host = await routed(plugins, [{ name: "rule", match: { channel: "chat" }, use: ["b", "mail", "b", "a"] }]);

  const { attempts } = await host.call("send_message", message);

  expect(attempts.map(({ instance }) => instance)).toEqual(["b", "mail"]);
  expect(plugins[2]?.asked[0]).toMatchObject({ channel: "mail" });
});

test("a channel that only a rule names exists by it", async () => {
  const host = await routed(abc(), [{ name: "urgent", match: { channel: "alerts" }, use: ["b"] }]);

  expect(chosen(await host.call("send_message", { ...message, channel: "alerts" }))).toBe("urgent b");
  await expect(host.call("send_message", { ...message, channel: "alert" })).rejects.toThrow(
    /Did you mean "alerts"\? Known channels: chat, alerts/,
  );
});

test("a rule that names nobody who is live ends the call, it does not fall to the next", async () => {
  const host = await routed(
    abc(),
    [
      { name: "rule", use: ["off"] },
      { name: "next", use: ["a"] },
    ],
    { enabled_plugins: [{ plugin_id: "a" }, { plugin_id: "b", id: "off", enabled: false }] },
  );

  const outcome = await host.call("send_message", message);

  expect(outcome).toMatchObject({
    status: "failed",
    route: { name: "rule" },
    attempts: [],
    error: { code: "unsupported", dispatched: "no" },
  });
  expect(outcome.error?.message).toContain("the route rule names no live instance");
});

test("a split tells arm and bucket; the same key lands on the same arm, and a call without the key on the default", async () => {
  const arms = [
    { name: "red", weight: 1, use: ["a"] },
    { name: "blue", weight: 1, use: ["b"] },
  ];
  const split = (by: string, more: object = {}) => routed(abc(), [{ name: "ab", split: { by, arms, ...more } }]);
  const host = await split("context.user");
  const withDefault = await split("context.user", { default: "blue" });
  const as = (user: unknown) => host.call("send_message", { ...message, context: { user } });

  const first = await as("user-1");
  const again = await as("user-1");
  const users = await Promise.all(Array.from({ length: 50 }, (_, index) => as(index)));

  expect(again.route).toEqual(first.route);
  expect(first.route).toMatchObject({ name: "ab", bucket: expect.any(Number), arm: expect.stringMatching(/red|blue/) });
  expect(new Set(users.map(({ route }) => `${route.arm} ${route.instance}`))).toEqual(new Set(["red a", "blue b"]));
  for (const { route } of users) expect(route.arm).toBe((route.bucket ?? 0) < 0.5 ? "red" : "blue");
  expect((await host.call("send_message", message)).route).toEqual({ name: "ab", arm: "red", instance: "a" });
  expect((await withDefault.call("send_message", message)).route).toEqual({ name: "ab", arm: "blue", instance: "b" });
});

test.each([
  ["recipient", { to: "bert" }],
  ["channel", { channel: "other" }],
  ["idempotency_key", { idempotency_key: "k2" }],
  ["context.user.id", { context: { user: { id: 2 } } }],
  ["metadata.order", { metadata: { order: 2 } }],
])("a split by %s looks at that and at nothing else", async (by, other) => {
  const arms = [
    { name: "red", weight: 1, use: ["a"] },
    { name: "blue", weight: 1, use: ["b"] },
  ];
  const host = await routed([...abc(), scripted("o", sending, { channel_type: "other" })], [{ name: "ab", split: { by, arms } }]);
  const request = { ...message, idempotency_key: "k1", context: { user: { id: 1 } }, metadata: { order: 1 } };
  const bucket = (more: object) => Object.values(host.explain("send_message", { ...request, ...more }))[0]?.route.bucket;

  expect(bucket({ content: "something else" })).toBe(bucket({}));
  expect(bucket(other)).not.toBe(bucket({}));
});

test("a rollout takes its share, and the others fall to the next rule", async () => {
  const host = await routed(abc(), [
    { name: "new", rollout: { by: "context.user", percent: 30, use: ["c"] } },
    { name: "old", use: ["b"] },
  ]);
  const as = (user?: number) => host.call("send_message", { ...message, ...(user !== undefined && { context: { user } }) });

  const outcomes = await Promise.all(Array.from({ length: 100 }, (_, index) => as(index)));

  for (const { route } of outcomes)
    expect(route).toMatchObject(route.name === "new" ? { instance: "c" } : { name: "old", instance: "b" });
  expect(new Set(outcomes.map(chosen))).toEqual(new Set(["new c", "old b"]));
  for (const { route } of outcomes) if (route.name === "new") expect(route.bucket).toBeLessThan(0.3);
  expect(chosen(await as())).toBe("old b");
});

const channels = () => [
  scripted("sms1", failing("unavailable"), { channel_type: "sms" }),
  scripted("mail1", sending, { channel_type: "mail" }),
  scripted("slack1", sending, { channel_type: "slack" }),
];

test("`channels` with `first` ends with the first that succeeds, with `all` every channel gets it", async () => {
  const [first, all] = [channels(), channels()];
  const rule = (strategy: string) => [
    { name: "tell", match: { channel: "alerts" }, channels: ["sms", "mail", "slack"], strategy },
  ];

  const one = await (await routed(first, rule("first"))).call("send_message", { ...message, channel: "alerts" });
  const every = await (await routed(all, rule("all"))).call("send_message", { ...message, channel: "alerts" });

  expect(one).toMatchObject({ status: "ok", route: { name: "tell", instance: "mail1" }, value: { message_id: "mail1:1" } });
  expect(first.map(({ asked }) => asked.length)).toEqual([1, 1, 0]);
  expect(Object.keys(one.channels ?? {})).toEqual(["sms", "mail"]);
  expect(every).toMatchObject({ status: "partial", error: { code: "unavailable", instance: "sms1" } });
  expect(all.map(({ asked }) => asked.length)).toEqual([1, 1, 1]);
  expect(every.attempts.map(({ n, instance }) => [n, instance])).toEqual([
    [1, "sms1"],
    [2, "mail1"],
    [3, "slack1"],
  ]);
});

test.each([
  ["recipient_blocked", undefined, "stop", 0],
  ["timeout", undefined, "stop", 0],
  ["timeout", undefined, "resend", 1],
  ["unavailable", "yes", "resend", 0],
  ["invalid_recipient", undefined, "stop", 1],
] as const)(
  "after %s (dispatched %s, on_maybe %s) the next channel of `first` is asked %i times",
  async (code, dispatched, on_maybe, times) => {
    const mail = scripted("mail1", sending, { channel_type: "mail" });
    const sms = scripted("sms1", failing(code, { ...(dispatched && { dispatched }) }), { channel_type: "sms" });
    const host = await routed([sms, mail], [{ name: "tell", match: { channel: "alerts" }, channels: ["sms", "mail"], on_maybe }]);

    const outcome = await host.call("send_message", { ...message, channel: "alerts" });

    expect(mail.asked).toHaveLength(times);
    expect(outcome.status).toBe(times === 1 ? "ok" : "failed");
  },
);

test("rules that send calls to each other's channels, or to their own, end", async () => {
  const host = await routed(channels(), [
    { name: "all-to-all", channels: ["mail", "slack"], strategy: "all" },
    { name: "mail-to-slack", match: { channel: "mail" }, channels: ["slack", "mail"], strategy: "all" },
  ]);

  const outcome = await host.call("send_message", { ...message, channel: "mail" });

  expect(outcome).toMatchObject({ status: "ok", route: { name: "all-to-all" } });
  expect(outcome.channels?.mail).toMatchObject({
    route: { name: "mail-to-slack" },
    channels: { mail: { route: { name: "priority" } } },
  });
  expect(outcome.channels?.slack).toMatchObject({ route: { name: "priority", instance: "slack1" } });
});

test("a channel of a rule that nobody serves is an outcome beside the others", async () => {
  const host = await routed(channels(), [
    { name: "tell", match: { channel: "alerts" }, channels: ["fax", "mail"], strategy: "all" },
  ]);

  const outcome = await host.call("send_message", { ...message, channel: "alerts" });

  expect(outcome.status).toBe("partial");
  expect(outcome.channels?.fax?.error?.message).toContain("no enabled instance serves the channel");
});

test("a ref chooses its instance, whatever the rules say, and the plugin gets its own id", async () => {
  const plugins = abc().map((_, index) =>
    scripted(`p${index}`, () => ({ message_id: "9" }), { hooks: ["send_message", "edit_message"] }),
  );
  const host = await routed(plugins, [{ name: "rule", use: ["p0"] }]);

  const outcome = await host.call("edit_message", { channel: "chat", message: "p2:77", content: "new" });
  const unknown = await host.call("edit_message", { channel: "chat", message: "nobody:77", content: "new" });

  expect(outcome).toMatchObject({ status: "ok", route: { name: "ref", instance: "p2" }, value: { message_id: "p2:9" } });
  expect(plugins[2]?.asked[0]).toMatchObject({ message: "77" });
  expect(chosen(unknown)).toBe("rule p0");
  expect(plugins[0]?.asked[0]).toMatchObject({ message: "nobody:77" });
  await expect(host.call("send_message", { ...message, to: ["p1:a", "p2:b"] })).rejects.toMatchObject({
    code: "invalid_request",
  });
});

test("explain says why a rule did not match and why an instance is left out", async () => {
  const host = await routed(
    [scripted("a", failing("auth")), scripted("b", sending, { hooks: ["edit_message"] }), scripted("c"), scripted("d")],
    [
      { name: "mails", match: { channel: "mail" }, use: ["c"] },
      { name: "few", rollout: { by: "context.user", percent: 0, use: ["c"] } },
      { name: "rule", match: { channel: "chat" }, use: ["a", "b", "c"] },
      { name: "never", use: ["a"] },
    ],
  );
  await host.call("send_message", message);

  const { chat } = host.explain("send_message", { ...message, context: { user: 1 } });

  expect(chat).toEqual({
    route: { name: "rule" },
    instances: ["c"],
    left_out: [
      { instance: "a", reason: "its circuit is open after auth, for 300 s more" },
      { instance: "b", reason: "it does not implement send_message" },
      { instance: "d", reason: "the route rule does not name it" },
    ],
    considered: [
      { route: "mails", matched: false, why: "it is for the channel mail" },
      { route: "few", matched: false, why: "context.user is not among the first 0 %" },
      { route: "rule", matched: true, why: "it matches" },
    ],
  });
});

test("explain throws what a call throws", async () => {
  const host = await routed(abc());

  expect(() => host.explain("send_message", { ...message, channel: "chats" })).toThrow(/Did you mean "chat"/);
  expect(() => host.explain("send_message", { channel: "chat" } as never)).toThrow(/"to" is missing/);
  expect(() => host.explain("health_check", {} as never)).toThrow(/is not routed/);
});

const ids = ["a", "b", "c", "m", "n"];
const someIds = fc.subarray(ids, { minLength: 1 });
const match = fc.record(
  {
    channel: fc.constantFrom<unknown>("chat", "mail", "alerts", ["chat", "alerts"]),
    hook: fc.constantFrom<unknown>("send_message", ["edit_message", "send_message"], "edit_message"),
    recipient: fc.constantFrom("^anna", "a$", "@"),
    context: fc.constantFrom<object>({ tenant: "x" }, { tenant: ["x", "y"] }, { user: 1 }),
    message_type: fc.constantFrom<unknown>("text", ["html", "text"]),
  },
  { requiredKeys: [] },
);
const by = fc.constantFrom("recipient", "context.user", "context.tenant", "channel");
const action = fc.oneof(
  someIds.map((use) => ({ use })),
  fc.tuple(by, someIds, someIds, fc.integer({ min: 0, max: 3 })).map(([key, one, other, weight]) => ({
    split: {
      by: key,
      arms: [
        { name: "one", weight, use: one },
        { name: "other", weight: 1, use: other },
      ],
    },
  })),
  fc.tuple(by, someIds, fc.integer({ min: 0, max: 100 })).map(([key, use, percent]) => ({ rollout: { by: key, percent, use } })),
  fc.subarray(["chat", "mail", "alerts"], { minLength: 1 }).map((names) => ({ channels: names, strategy: "all" })),
);
const request = fc.record(
  {
    channel: fc.constantFrom("chat", "mail"),
    to: fc.constantFrom("anna", "bert@x", "carla"),
    content: fc.constantFrom({ text: "t" }, { html: "h" }),
    context: fc.record({ tenant: fc.constantFrom("x", "y", "z"), user: fc.nat(3) }, { requiredKeys: [] }),
  },
  { requiredKeys: ["channel", "to", "content"] },
);

/** What an outcome says of the routing, in the words of `explain`. */
function asExplained({ route, attempts, channels }: Outcome): object {
  const { instance: _, ...rule } = route;
  if (!channels) return { route: rule, instances: attempts.map(({ instance }) => instance) };
  return {
    route: { name: rule.name },
    channels: Object.fromEntries(Object.entries(channels).map(([name, one]) => [name, asExplained(one)])),
  };
}

function asExplanation({ route, instances, channels }: ReturnType<Host["explain"]>[string]): object {
  if (!channels) return { route, instances };
  return { route, channels: Object.fromEntries(Object.entries(channels.each).map(([name, one]) => [name, asExplanation(one)])) };
}

test("explain says exactly what a call then does", async () => {
  const rules = fc
    .array(fc.tuple(match, action), { maxLength: 4 })
    .map((all) => all.map(([fits, does], index) => ({ name: `r${index}`, match: fits, ...does })));
  const priorities = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 5, maxLength: 5 });

  await fc.assert(
    fc.asyncProperty(rules, priorities, fc.array(request, { minLength: 1, maxLength: 5 }), async (routes, order, requests) => {
      // Nobody answers, so that everybody is asked; and nobody's circuit opens.
      const down = failing("unavailable", { penalize: "no" });
      const plugins = ids.map((id) => scripted(id, down, { channel_type: id > "c" ? "mail" : "chat" }).plugin);
      const enabled_plugins = ids.map((plugin_id, index) => ({ plugin_id, priority: order[index] ?? 1, ...none }));
      const host = await openOn(createFakeClock(), { plugins, config: { enabled_plugins, routes } });

      for (const one of requests) {
        const explanation = host.explain("send_message", one)[one.channel];
        const outcome = await host.call("send_message", one);
        expect(asExplained(outcome)).toEqual(explanation && asExplanation(explanation));
      }
      await host.close();
    }),
    { numRuns: 150 },
  );
});
