import { inspect } from "node:util";
import { Headers as OtherHeaders } from "undici";
import { expect, test } from "vitest";
import type { InboundEvent, Log, WebhookRequest } from "../../core/index.ts";
import { createHost, definePlugin, HooklineError } from "../../core/index.ts";
import { createFakeClock, type FakeClock } from "../support/fakeClock.ts";
import { chat, openOn } from "../support/plugins.ts";
import { createWorkspace } from "../support/workspace.ts";

const delivery = (...ids: (string | undefined)[]): WebhookRequest => ({
  method: "POST",
  headers: {},
  raw_body: JSON.stringify(ids.map((id) => ({ type: "message", ...(id !== undefined && { id }) }))),
});

/** Takes every event of the body as it stands there. */
const inbox = (plugin_id: string) =>
  chat(plugin_id, () => ({ handle_webhook: ({ raw_body }) => ({ events: eventsIn(raw_body) }) }));

function eventsIn(body: string | Uint8Array): InboundEvent[] {
  return JSON.parse(String(body));
}

async function opened(plugins: Parameters<typeof openOn>[1]["plugins"] = [inbox("one")], clock: FakeClock = createFakeClock()) {
  const host = await openOn(clock, { plugins: plugins ?? [] });
  const heard: string[] = [];
  host.on("event_received", ({ instance, event }) => heard.push(`${instance} ${event.id ?? "without id"}`));
  return { host, heard, clock };
}

test("the events are passed on as event_received, to the application and to plugins, and the answer is 200 and empty", async () => {
  const { promise: told, resolve: tell } = Promise.withResolvers<unknown>();
  const diary = chat("diary", () => ({ event_received: tell }));
  const { host, heard } = await opened([inbox("one"), diary]);

  const answer = await host.handleWebhook("one", delivery("e1", "e2"));

  const [first, second] = [
    { type: "message", id: "e1" },
    { type: "message", id: "e2" },
  ];
  expect(answer).toEqual({ status: 200, headers: {}, body: "", events: [first, second], duplicates: [] });
  expect(heard).toEqual(["one e1", "one e2"]);
  expect(await told).toEqual({ instance: "one", event: first });
});

test("the answer is the one that the plugin gives", async () => {
  const response = { status: 401, headers: { "www-authenticate": "x" }, body: "the signature does not match" };
  const { host, heard } = await opened([chat("strict", () => ({ handle_webhook: () => ({ events: [], response }) }))]);

  const answer = await host.handleWebhook("strict", delivery("e1"));

  expect(answer).toEqual({ ...response, events: [], duplicates: [] });
  expect(heard).toEqual([]);
});

test("the same event in a later delivery, or twice in one, is passed on once", async () => {
  const { host, heard } = await opened();

  const first = await host.handleWebhook("one", delivery("e1", "e1"));
  const again = await host.handleWebhook("one", delivery("e1", "e2"));

  expect([first, again].map(({ events, duplicates }) => [events.map(({ id }) => id), duplicates.map(({ id }) => id)])).toEqual([
    [["e1"], ["e1"]],
    [["e2"], ["e1"]],
  ]);
  expect(again.status).toBe(200);
  expect(heard).toEqual(["one e1", "one e2"]);
});

test("an event without an id is never a duplicate, and instances have nothing to do with each other", async () => {
  const { host, heard } = await opened([inbox("one"), inbox("two")]);

  await host.handleWebhook("one", delivery(undefined, undefined, "e1"));
  await host.handleWebhook("two", delivery("e1"));

  expect(heard).toEqual(["one without id", "one without id", "one e1", "two e1"]);
});

test("after 24 hours an event is a new one", async () => {
  const { host, heard, clock } = await opened();
  await host.handleWebhook("one", delivery("e1"));

  clock.advance(24 * 3_600_000);
  await host.handleWebhook("one", delivery("e1"));

  expect(heard).toHaveLength(2);
});

test("of two deliveries of one event at the same time one passes it on", async () => {
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let calls = 0;
  const slow = chat("slow", () => ({
    async handle_webhook({ raw_body }) {
      await gates[calls++]?.promise;
      return { events: eventsIn(raw_body) };
    },
  }));
  const { host, heard } = await opened([slow]);

  const both = [host.handleWebhook("slow", delivery("e1")), host.handleWebhook("slow", delivery("e1"))];
  // The second overtakes the first.
  gates[1]?.resolve();
  await both[1];
  gates[0]?.resolve();
  const [first, second] = await Promise.all(both);

  expect(heard).toEqual(["slow e1"]);
  expect([first?.events.length, first?.duplicates.length, second?.events.length]).toEqual([0, 1, 1]);
});

test("a delivery that failed leaves nothing behind: the next one passes the event on", async () => {
  let failures = 1;
  const shaky = chat("shaky", () => ({
    handle_webhook({ raw_body }) {
      if (failures-- > 0) throw new Error("the database is away");
      return { events: eventsIn(raw_body) };
    },
  }));
  const { host, heard } = await opened([shaky]);

  const failed = await host.handleWebhook("shaky", delivery("e1"));
  const again = await host.handleWebhook("shaky", delivery("e1"));

  expect(failed).toMatchObject({ status: 500, body: "", events: [], error: { code: "plugin_error", instance: "shaky" } });
  expect(again).toMatchObject({ status: 200, events: [{ id: "e1" }], duplicates: [] });
  expect(heard).toEqual(["shaky e1"]);
});

test("what was passed on stays passed on over a reload, a removal and a return of the instance", async () => {
  const enabled_plugins = [{ plugin_id: "one" }];
  const host = await openOn(createFakeClock(), { plugins: [inbox("one")], config: { enabled_plugins } });
  const heard: unknown[] = [];
  host.on("event_received", ({ event }) => heard.push(event.id));
  await host.handleWebhook("one", delivery("e1"));

  await host.reload("one");
  const reloaded = await host.handleWebhook("one", delivery("e1"));
  await host.configure({ enabled_plugins: [] });
  await host.configure({ enabled_plugins });
  const returned = await host.handleWebhook("one", delivery("e1", "e2"));

  expect(reloaded.duplicates).toHaveLength(1);
  expect(returned).toMatchObject({ events: [{ id: "e2" }], duplicates: [{ id: "e1" }] });
  expect(heard).toEqual(["e1", "e2"]);
});

test.each([
  ["unavailable", { retry_after_ms: 1_500 }, 503, { "retry-after": "2" }],
  ["rate_limited", {}, 503, {}],
  ["auth", { retry_after_ms: 1_500 }, 500, {}],
  ["unsupported", {}, 500, {}],
  ["invalid_request", {}, 500, {}],
] as const)("a plugin that throws %s is answered so that the platform delivers again", async (code, details, status, headers) => {
  const failing = chat("failing", () => ({
    handle_webhook() {
      throw new HooklineError(code, { reason: "no", ...details });
    },
  }));
  const { host } = await opened([failing]);

  const answer = await host.handleWebhook("failing", delivery("e1"));

  expect(answer).toMatchObject({ status, headers, body: "", events: [], duplicates: [], error: { code, instance: "failing" } });
});

test("an answer of the wrong shape, and one after the instance's time-out, are failures of the plugin", async () => {
  const wrong = chat("wrong", () => ({ handle_webhook: () => ({ events: [], response: { status: 42 } }) }));
  const hanging = chat("hanging", () => ({ handle_webhook: () => new Promise(() => undefined) }));
  const { host, clock } = await opened([wrong, hanging]);

  const first = await host.handleWebhook("wrong", delivery("e1"));
  const second = await clock.settle(host.handleWebhook("hanging", delivery("e1")));

  expect(first).toMatchObject({ status: 500, error: { code: "plugin_error" } });
  expect(second).toMatchObject({ status: 503, error: { code: "timeout", instance: "hanging" } });
});

test("an instance that is configured and does not run is answered with 503, and says why to you alone", async () => {
  const broken = chat("broken", () => {
    throw new Error("no database");
  });
  const enabled_plugins = [{ plugin_id: "broken" }, { plugin_id: "nowhere" }, { plugin_id: "one", enabled: false }];
  const host = await openOn(createFakeClock(), { plugins: [broken, inbox("one")], config: { enabled_plugins } });

  const answers = await Promise.all(["broken", "nowhere", "one"].map((id) => host.handleWebhook(id, delivery("e1"))));

  expect(answers.map(({ status, body, error }) => [status, body, error?.code])).toEqual(
    Array.from({ length: 3 }, () => [503, "", "plugin_unavailable"]),
  );
  expect(answers.map(({ error }) => error?.message)).toEqual([
    expect.stringContaining("no database"),
    expect.stringContaining('There is no plugin "nowhere"'),
    expect.stringContaining("its state is disabled"),
  ]);
});

test("while an instance is being restarted a webhook waits for it", async () => {
  const { promise: opens, resolve: open } = Promise.withResolvers<void>();
  let generation = 0;
  const restarting = chat(
    "restarting",
    async () => {
      const number = ++generation;
      if (number === 2) await opens;
      return { handle_webhook: () => ({ events: [{ type: "other" as const, id: `by ${number}` }] }) };
    },
    "restart",
  );
  const { host, heard } = await opened([restarting]);

  const reloaded = host.reload("restarting");
  await new Promise((resolve) => setImmediate(resolve));
  expect(host.instance("restarting").state).toBe("swapping");
  const answer = host.handleWebhook("restarting", delivery());
  open();
  await reloaded;

  expect((await answer).status).toBe(200);
  expect(heard).toEqual(["restarting by 2"]);
});

test("wrong use is thrown: an unknown instance, one that takes no webhooks, a wrong request, a closed host", async () => {
  const { host } = await opened([inbox("one"), chat("mute", () => ({}))]);
  const refused = (id: string, request: object) => host.handleWebhook(id, request as never).catch((error: unknown) => error);

  expect(await refused("won", delivery())).toMatchObject({
    code: "instance_unknown",
    message: expect.stringContaining("one, mute"),
  });
  expect(await refused("mute", delivery())).toMatchObject({ code: "unsupported", instance: "mute" });
  expect(await refused("one", { method: "POST" })).toMatchObject({
    code: "invalid_request",
    message: expect.stringMatching(/"headers" is missing.*"raw_body": must be text or bytes/),
  });
  expect(await refused("one", { ...delivery(), raw_body: { parsed: true } })).toMatchObject({
    code: "invalid_request",
    message: expect.stringMatching(/"raw_body".*text or bytes/),
  });
  await host.close();
  expect(await refused("one", delivery())).toMatchObject({ code: "host_closed" });
});

test("headers come as servers have them: in lower case, one text each, those that are missing left out", async () => {
  const asked: unknown[] = [];
  const plugin = chat("one", () => ({
    handle_webhook({ headers, query, raw_body }) {
      asked.push({ headers, query, raw_body });
      return {};
    },
  }));
  const { host } = await opened([plugin]);
  const raw_body = new TextEncoder().encode("ä");

  await host.handleWebhook("one", {
    method: "GET",
    headers: { "X-Sign": ["a", "b"], none: undefined },
    query: { a: "1" },
    raw_body,
  });
  await host.handleWebhook("one", { method: "GET", headers: new Headers({ "X-Sign": "a" }), raw_body: "" });
  // A server may bring the Headers of another package.
  await host.handleWebhook("one", { method: "GET", headers: new OtherHeaders({ "X-Sign": "a" }), raw_body: "" });

  expect(asked).toEqual([
    { headers: { "x-sign": "a, b" }, query: { a: "1" }, raw_body },
    { headers: { "x-sign": "a" }, query: {}, raw_body: "" },
    { headers: { "x-sign": "a" }, query: {}, raw_body: "" },
  ]);
});

test("the generation that handles a webhook lives until it has answered", async () => {
  const place = await createWorkspace();
  const code = (text: string) => `{
    handle_webhook: async () => {
      await globalThis.hooklineTestGate;
      return { response: { status: 200, body: "${text}" } };
    },
  }`;
  const { promise, resolve: open } = Promise.withResolvers<void>();
  Object.assign(globalThis, { hooklineTestGate: promise });
  await place.plugin("one", code("old"));
  await place.configure("plugin_id: one");
  const host = await place.open({ watch: false });
  const running = host.handleWebhook("one", delivery());

  await place.plugin("one", code("new"));
  await host.reload("one");
  const disposed = host.once("disposed");
  open();

  expect((await running).body).toBe("old");
  expect(await disposed).toMatchObject({ generation: 1, forced: false });
  expect((await host.handleWebhook("one", delivery())).body).toBe("new");
});

test("a failure is logged without the secrets of the instance, and its sentence is not for the platform", async () => {
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const logger: Log = { debug: write, info: write, warn: write, error: write };
  const leaky = definePlugin<{ webhook_secret: string }>({
    manifest: { plugin_id: "leaky", channel_type: "chat" },
    setup: ({ config }) => ({
      handle_webhook() {
        throw new Error(`expected ${config.webhook_secret}`);
      },
    }),
  });
  const enabled_plugins = [{ plugin_id: "leaky", config: { webhook_secret: "s3cret-of-leaky" } }];
  const host = await createHost({ plugins: [leaky], config: { enabled_plugins }, logger });

  const answer = await host.handleWebhook("leaky", delivery("e1"));

  expect(answer).toMatchObject({ status: 500, body: "", error: { message: expect.stringContaining("expected ***") } });
  expect(lines).toContainEqual([expect.stringMatching(/a webhook was not handled: leaky: .*expected \*\*\*/), expect.anything()]);
  expect(inspect([answer, lines], { depth: 20 })).not.toContain("s3cret");
  await host.close();
});
