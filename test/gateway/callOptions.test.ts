import { expect, test } from "vitest";
import { definePlugin, HooklineError, type Outcome, unwrap } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { type AskedRequest, failing, hanging, type Scripted, type Step, scripted, sending } from "../support/scripted.ts";
import { send } from "../support/workspace.ts";

const message = { channel: "chat", to: "anna", content: "hello" } as const;

async function opened(members: readonly Scripted[], more: object = {}) {
  const clock = createFakeClock();
  const plugins = members.map(({ plugin }) => plugin);
  const enabled_plugins = plugins.map(({ manifest }) => ({ plugin_id: manifest?.plugin_id, max_retries: 0 }));
  const host = await openOn(clock, { plugins, config: { enabled_plugins, ...more } });
  return { clock, host };
}

/** A plugin that sees every call and answers none. */
const watching = (hook: "before_call" | "after_call", step: Step) =>
  scripted("watcher", step, { hooks: [hook], channel_type: "none" });

/** The request of the call that `before_call` sees. */
const inside = ({ request }: AskedRequest) => request as Record<string, unknown>;

test("a call ends with its deadline, wherever it is", async () => {
  const silent = await opened([scripted("one", hanging)]);
  const checking = await opened([scripted("one"), watching("before_call", () => new Promise(() => undefined))]);
  const send = ({ clock, host }: typeof silent) => clock.settle(host.call("send_message", { ...message, deadline_ms: 700 }));

  expect(await send(silent)).toMatchObject({
    status: "failed",
    timing: { ms: 700 },
    error: { code: "timeout", dispatched: "maybe" },
  });
  expect(await send(checking)).toMatchObject({
    status: "failed",
    timing: { ms: 700 },
    attempts: [],
    route: { name: "before_call" },
    error: { code: "timeout", instance: "watcher", dispatched: "no" },
  });
});

test("the deadline is that of the whole call: what one channel uses, the next does not have", async () => {
  const { clock, host } = await opened([scripted("one", hanging), scripted("mail", sending, { channel_type: "mail" })]);

  const outcome = await clock.settle(host.call("send_message", { ...message, channel: ["chat", "mail"], deadline_ms: 700 }));

  expect(outcome).toMatchObject({ status: "failed", timing: { ms: 700 } });
  expect(outcome.channels?.mail).toMatchObject({ error: { code: "expired", dispatched: "no" }, attempts: [] });
});

test("a dry run chooses and asks nobody; where nobody would answer it says so", async () => {
  const one = scripted("one", failing("auth"));
  const { host } = await opened([one, scripted("two")], {
    routes: [{ name: "empty", match: { channel: "void" }, use: ["two"] }],
  });
  const dry = (more: object = {}) => host.call("send_message", { ...message, dry_run: true, ...more });

  const before = await dry();
  await host.call("send_message", message);
  const after = await dry();
  const nobody = await host.call("edit_message", { channel: "chat", message: "1", content: "x", dry_run: true });

  expect(before).toMatchObject({ status: "dry_run", attempts: [], route: { name: "priority", instance: "one" }, warnings: [] });
  expect(after).toMatchObject({
    status: "dry_run",
    route: { instance: "two" },
    warnings: [expect.stringContaining("one was left out")],
  });
  expect(one.asked).toHaveLength(1);
  expect(nobody).toMatchObject({ status: "failed", error: { code: "unsupported" } });
  expect(() => unwrap(before)).toThrow(/"dry_run" has no value/);
});

test("a plugin sees its own part of provider_options, and no signal", async () => {
  const members = [scripted("one", failing("unavailable")), scripted("two"), scripted("three")];
  const { host } = await opened(members);
  const provider_options = { one: { region: "eu" }, three: { secret: true } };

  await host.call("send_message", { ...message, provider_options }, { signal: new AbortController().signal });

  expect(members.map(({ asked }) => asked[0] && [asked[0].provider_options, "signal" in asked[0]])).toEqual([
    [{ one: { region: "eu" } }, false],
    [undefined, false],
    undefined,
  ]);
});

test("a call that is cancelled while an instance is asked ends at once and says that it may have happened", async () => {
  let heard: unknown;
  const one = scripted("one", (request, signal) => {
    signal.addEventListener("abort", () => (heard = true));
    return hanging(request, signal);
  });
  const { host } = await opened([one, scripted("two")]);
  const gone = new AbortController();
  const call = host.call("send_message", message, { signal: gone.signal });

  gone.abort();

  expect(await call).toMatchObject({
    status: "failed",
    error: { code: "cancelled", dispatched: "maybe" },
    attempts: [{ instance: "one" }],
  });
  expect(heard).toBe(true);
  expect(host.instance("one").circuit?.state).toBe("closed");
});

test("a call that is cancelled before anybody was asked says that nothing happened", async () => {
  const one = scripted("one");
  const { host } = await opened([one]);

  const outcome = await host.call("send_message", { ...message, signal: AbortSignal.abort() });

  expect(outcome).toMatchObject({ status: "failed", error: { code: "cancelled", dispatched: "no" }, attempts: [] });
  expect(one.asked).toEqual([]);
});

test.each([
  ["waits to ask again", { max_retries: 3 }, failing("unavailable", { retry_after_ms: 5_000 })],
  ["waits for its turn", { rate_limit_per_minute: 6 }, sending],
  ["waits for room", { max_concurrent_sends: 1 }, hanging],
])("a call that is cancelled while it %s ends at once, and nothing has happened", async (_, settings, step) => {
  const clock = createFakeClock();
  const one = scripted("one", step);
  const host = await openOn(clock, {
    plugins: [one.plugin],
    config: { enabled_plugins: [{ plugin_id: "one", ...settings }], settings: { health_check_interval: 0 } },
  });
  const gone = new AbortController();
  const first = host.call("send_message", message);
  const call = host.call("send_message", { ...message, signal: gone.signal, deadline_ms: 600_000 });
  await new Promise((resolve) => setImmediate(resolve));

  gone.abort();

  expect((await call).error).toMatchObject({ code: "cancelled", dispatched: "no" });
  await clock.settle(first);
});

test("a cancelled list of channels goes on with none", async () => {
  const members = [scripted("one", hanging), scripted("mail", sending, { channel_type: "mail" })];
  const { host } = await opened(members);
  const gone = new AbortController();
  const call = host.call("send_message", { ...message, channel: ["chat", "mail"], signal: gone.signal });

  gone.abort();

  expect(await call).toMatchObject({ status: "failed", error: { code: "cancelled", dispatched: "maybe" } });
  expect(members[1]?.asked).toEqual([]);
});

test("a list of channels is called in its order, each once and through its own route; one that fails hides none", async () => {
  const order: string[] = [];
  const named = (id: string, channel_type: string, step = sending) =>
    scripted(id, (...all) => [order.push(id), step(...all)][1], { channel_type });
  const members = [
    named("chat1", "chat"),
    named("mail1", "mail", failing("auth")),
    named("mail2", "mail"),
    named("sms1", "sms", failing("not_found")),
  ];
  const { host } = await opened(members, { routes: [{ name: "mails", match: { channel: "mail" }, use: ["mail2"] }] });

  const outcome = await host.call("send_message", { ...message, channel: ["sms", "mail", "chat", "mail"] });

  expect(order).toEqual(["sms1", "mail2", "chat1"]);
  expect(outcome).toMatchObject({
    status: "partial",
    route: { name: "channels" },
    error: { code: "not_found", instance: "sms1" },
    value: { message_id: "mail2:1" },
    channels: { sms: { status: "failed" }, mail: { status: "ok", route: { name: "mails" } }, chat: { status: "ok" } },
  });
  await expect(host.call("send_message", { ...message, channel: ["chat", "smss"] })).rejects.toMatchObject({
    code: "channel_unknown",
  });
  expect(order).toHaveLength(3);
});

test("before_call sees the call first and changes it, by returning it or in place, the channel too", async () => {
  const one = scripted("one");
  const mail = scripted("mail1", sending, { channel_type: "mail" });
  const changes: ((request: Record<string, unknown>) => Record<string, unknown>)[] = [
    (request) => ({ ...request, content: "changed" }),
    (request) => Object.assign(request, { content: "in place" }),
    (request) => ({ ...request, channel: "mail" }),
    (request) => request,
  ];
  const watcher = watching("before_call", (call) => ({ ...call, request: changes[watcher.asked.length - 1]?.(inside(call)) }));
  const { host } = await opened([one, mail, watcher]);
  const signal = new AbortController().signal;

  const outcomes: Outcome[] = [];
  for (const _ of changes) outcomes.push(await host.call("send_message", { ...message, signal }));

  expect(one.asked.map(({ content }) => content)).toEqual([{ text: "changed" }, { text: "in place" }, { text: "hello" }]);
  expect(mail.asked).toHaveLength(1);
  expect(outcomes.map(({ route }) => route.instance)).toEqual(["one", "one", "mail1", "one"]);
  expect(watcher.asked[0]).toMatchObject({
    request_id: outcomes[0]?.request_id,
    request: { channel: "chat", content: { text: "hello" } },
  });
  expect(watcher.asked.some((call) => "signal" in inside(call))).toBe(false);
});

const refusals: [string, Step, object][] = [
  ["an error of its own", failing("permission"), { code: "permission", instance: "watcher" }],
  ["anything else", () => Promise.reject(new TypeError("oops")), { code: "plugin_error", instance: "watcher" }],
  ["a request that is none", (call) => ({ ...call, request: { channel: "chat", to: [] } }), { code: "invalid_request" }],
  [
    "a channel that nobody serves",
    (call) => ({ ...call, request: { ...inside(call), channel: "fax" } }),
    { code: "channel_unknown" },
  ],
  ["a list of channels", (call) => ({ ...call, request: { ...inside(call), channel: ["chat"] } }), { code: "invalid_request" }],
];
test.each(refusals)(
  "before_call that gives %s refuses the call: nobody is asked, and nothing has happened",
  async (_, step, error) => {
    const one = scripted("one");
    const { host } = await opened([one, watching("before_call", step)]);

    const outcome = await host.call("send_message", message);

    expect(outcome).toMatchObject({
      status: "failed",
      route: { name: "before_call" },
      attempts: [],
      error: { ...error, dispatched: "no" },
    });
    expect(one.asked).toEqual([]);
  },
);

test("after_call sees request and outcome, also of a failure; the outcome does not wait for it, nor suffers from it", async () => {
  const seen: AskedRequest[] = [];
  const { promise: both, resolve } = Promise.withResolvers<void>();
  const { promise: never, resolve: end } = Promise.withResolvers<void>();
  const watcher = watching("after_call", (call) => {
    if (seen.push(call) === 2) resolve();
    return seen.length === 1 ? never : Promise.reject(new Error("oops"));
  });
  const { host } = await opened([scripted("one", [sending, failing("not_found")]), watcher]);

  const outcomes = [
    await host.call("send_message", message),
    await host.call("send_message", { ...message, signal: new AbortController().signal }),
  ];
  await both;

  end();
  expect(outcomes.map(({ status }) => status)).toEqual(["ok", "failed"]);
  expect(seen.map(({ outcome, hook, request_id }) => [outcome, hook, request_id])).toEqual(
    outcomes.map((outcome) => [outcome, "after_call", outcome.request_id]),
  );
  expect(seen.map(inside)).toEqual([
    expect.objectContaining({ channel: "chat" }),
    expect.not.objectContaining({ signal: expect.anything() }),
  ]);
});

test("a rule that sends a call to several channels is one call to before_call and after_call", async () => {
  const seen: string[] = [];
  const { promise: told, resolve } = Promise.withResolvers<void>();
  const noted = (what: string, call: AskedRequest) => {
    seen.push(`${what} ${inside(call).channel}`);
    if (what === "after") resolve();
    return call;
  };
  const before = scripted("before", (call) => noted("before", call), { hooks: ["before_call"], channel_type: "none" });
  const after = scripted("after", (call) => noted("after", call), { hooks: ["after_call"], channel_type: "none" });
  const members = [scripted("one"), scripted("mail1", sending, { channel_type: "mail" }), before, after];
  const routes = [{ name: "tell", match: { channel: "alerts" }, channels: ["chat", "mail"], strategy: "all" }];
  const { host } = await opened(members, { routes });

  await host.call("send_message", { ...message, channel: "alerts" });
  await told;

  expect(seen).toEqual(["before alerts", "after alerts"]);
});

test("a call holds the instance that its ref names, whatever its channel", async () => {
  const mail = scripted("mail1", hanging, { hooks: ["edit_message"], channel_type: "mail" });
  const { clock, host } = await opened([scripted("one"), mail]);

  const call = host.call("edit_message", { channel: "chat", message: "mail1:7", content: "new" });
  const during = host.instance("mail1").in_flight;
  await clock.settle(call);

  expect([during, host.instance("mail1").in_flight]).toEqual([1, 0]);
});

test("a call that another instance answered is told as an event, one that the first answered is not", async () => {
  const { host } = await opened([scripted("one", [sending, failing("unavailable")]), scripted("two")]);
  const events: object[] = [];
  host.on("failed_over", (event) => events.push(event));

  await host.call("send_message", message);
  const before = events.length;
  await host.call("send_message", message);

  expect(before).toBe(0);
  expect(events).toEqual([{ hook: "send_message", from: "one", to: "two", code: "unavailable" }]);
});

test("every circuit is in the status, and a new generation begins with a closed one", async () => {
  const one = scripted("one", [failing("auth"), sending]);
  const { host } = await opened([one, scripted("two")]);
  const before = host.status().instances.one?.circuit;
  await host.call("send_message", message);

  const open = host.status().instances.one?.circuit;
  await host.reload("one");
  const after = host.instance("one").circuit;
  const outcome = await host.call("send_message", message);

  expect(before).toEqual({ state: "closed", retry_in_ms: 0 });
  expect(open).toEqual({ state: "open", retry_in_ms: 300_000, reason: "auth" });
  expect(after).toEqual({ state: "closed", retry_in_ms: 0 });
  expect(outcome).toMatchObject({ status: "ok", route: { instance: "one" }, attempts: [{ generation: 2 }] });
});

test("an instance that leaves the configuration and comes back begins with a closed circuit", async () => {
  const one = scripted("one", [failing("auth"), sending]);
  const two = scripted("two");
  const both = { enabled_plugins: [{ plugin_id: "one", max_retries: 0 }, { plugin_id: "two" }] };
  const host = await openOn(createFakeClock(), { plugins: [one.plugin, two.plugin], config: both });
  await host.reload("one");
  await host.call("send_message", message);

  await host.configure({ enabled_plugins: [{ plugin_id: "two" }] });
  await host.configure(both);

  expect(host.instance("one").circuit?.state).toBe("closed");
  expect(await host.call("send_message", message)).toMatchObject({ status: "ok", route: { instance: "one" } });
});

test("rate and room change with the configuration, with the next call and without a new generation", async () => {
  const clock = createFakeClock();
  const one = scripted("one");
  const config = (rate_limit_per_minute: number) => ({ enabled_plugins: [{ plugin_id: "one", rate_limit_per_minute }] });
  const host = await openOn(clock, { plugins: [one.plugin], config: config(6) });
  const send = () => host.call("send_message", { ...message, deadline_ms: 100 });

  const [first, second] = [await send(), await send()];
  await host.configure(config(0));
  const third = await send();

  expect([first, second, third].map(({ status, error }) => error?.code ?? status)).toEqual(["ok", "rate_limited", "ok"]);
  expect(host.instance("one").generation).toBe(1);
});

test("metadata of the short form goes with the message", async () => {
  const one = scripted("one");
  const { host } = await opened([one]);

  const outcome = await host.sendMessage("chat", ["anna", { kind: "user", value: "u1" }], { text: "hello" }, { order: 7 });

  expect(outcome.status).toBe("ok");
  expect(one.asked[0]).toMatchObject({
    channel: "chat",
    to: [
      { kind: "address", value: "anna" },
      { kind: "user", value: "u1" },
    ],
    metadata: { order: 7 },
  });
});

test("unwrap gives the value of a success, and throws the error of a failure with its facts", async () => {
  const { host } = await opened([
    scripted("one", [
      sending,
      failing("timeout"),
      () => ({
        message_id: "1",
        items: [{ subject: "anna", status: "failed", error: { code: "invalid_recipient", message: "no such user" } }],
      }),
    ]),
  ]);

  const [good, bad, none] = [
    await host.call("send_message", message),
    await host.call("send_message", message),
    await host.call("send_message", message),
  ];

  expect(unwrap(good)).toEqual({ message_id: "one:1" });
  expect(() => unwrap(bad)).toThrow(HooklineError);
  expect(() => unwrap(bad)).toThrow(
    expect.objectContaining({ code: "timeout", dispatched: "maybe", instance: "one", message: bad.error?.message }),
  );
  expect(() => unwrap(none)).toThrow(
    expect.objectContaining({ code: "invalid_recipient", message: expect.stringContaining("no such user") }),
  );
});

test("settings that a plugin takes in place begin with a closed circuit: who mends a wrong token is asked again at once", async () => {
  let token = "wrong";
  const plugin = definePlugin({
    manifest: { plugin_id: "one", channel_type: "chat" },
    setup: ({ onConfigChange }) => {
      onConfigChange((settings) => {
        token = String(settings.token);
      });
      return {
        send_message() {
          if (token === "wrong") throw new HooklineError("auth", { reason: "the token is wrong" });
          return { message_id: "x" };
        },
      };
    },
  });
  const configuration = (to: string) => ({ enabled_plugins: [{ plugin_id: "one", config: { token: to } }] });
  const host = await openOn(createFakeClock(), { plugins: [plugin], config: configuration("wrong") });
  const warned = host.once("warning");
  expect((await send(host)).error?.code).toBe("auth");
  expect((await warned).message).toMatch(/^one: its circuit opened after auth/);
  expect((await send(host)).error?.code).toBe("circuit_open");

  await host.configure(configuration("right"));

  expect((await send(host)).status).toBe("ok");
});
