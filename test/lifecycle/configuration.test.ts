import { expect, test } from "vitest";
import { createFakeClock } from "../support/fakeClock.ts";
import { chat, openOn } from "../support/plugins.ts";
import { answer, answering, configOf, createWorkspace, moduleOf, send } from "../support/workspace.ts";

const named = "{ send_message: () => ({ message_id: String(context.config.name) }) }";

test("a changed setting gives that instance a new generation and leaves the others alone", async () => {
  const place = await createWorkspace();
  await place.plugin("one", named);
  await place.plugin("two", named);
  await place.configure("{ plugin_id: one, config: { name: a } }", "{ plugin_id: two, config: { name: x } }");
  const host = await place.open();
  const changed = host.once("config_changed");

  await place.configure("{ plugin_id: one, config: { name: b } }", "{ plugin_id: two, config: { name: x } }");

  expect(await changed).toEqual({ added: [], removed: [], changed: ["one"] });
  expect(await answer(host)).toBe("one:b");
  expect([host.instance("one").generation, host.instance("two").generation]).toEqual([2, 1]);
});

test("a broken configuration is refused with file, line and column, and the last good one stays", async () => {
  const place = await createWorkspace();
  await place.plugin("one", named);
  await place.configure("{ plugin_id: one, config: { name: a } }");
  const host = await place.open();
  const failed = host.once("config_failed");

  await place.write("hookline.yml", configOf(["{ plugin_id: one, prioriti: 3 }"]));
  const { error } = await failed;

  expect(error.code).toBe("config_invalid");
  expect(error.message).toMatch(/hookline\.yml:3:\d+:.*prioriti.*priority/s);
  expect(await answer(host)).toBe("one:a");

  const changed = host.once("config_changed");
  await place.configure("{ plugin_id: one, config: { name: b } }");
  await changed;
  expect(await answer(host)).toBe("one:b");
});

test("a broken configuration is told once, however often it is looked at; mended as it was, that is told", async () => {
  const place = await createWorkspace();
  await place.plugin("one", named);
  const good = "{ plugin_id: one, config: { name: a } }";
  await place.configure(good);
  const host = await place.open();
  let told = 0;
  host.on("config_failed", () => {
    told += 1;
  });
  const failed = host.once("config_failed");
  await place.write("hookline.yml", configOf(["{ plugin_id: one, prioriti: 3 }"]));
  await failed;
  await place.write("hookline.yml", configOf(["{ plugin_id: one, prioriti: 3 }"]));
  const mended = host.once("mended");

  await place.configure(good);

  expect(await mended).toEqual({});
  expect(told).toBe(1);
});

test("a configuration file that is empty while it is saved, however often, stops nothing", async () => {
  const place = await createWorkspace();
  await place.plugin("one", named);
  await place.configure("{ plugin_id: one, config: { name: a } }");
  const host = await place.open();
  const removed: string[] = [];
  host.on("removed", ({ instance }) => void removed.push(instance));

  for (let save = 0; save < 20; save++) await place.configure(`{ plugin_id: one, config: { name: save${save} } }`);
  await expect.poll(() => answer(host)).toBe("one:save19");

  expect(removed).toEqual([]);
});

test("a broken configuration at the start is refused with all its problems", async () => {
  const place = await createWorkspace();
  await place.write(
    "hookline.yml",
    "plugin_pats: []\nenabled_plugins:\n  - { plugin_id: one, priority: high, config: { token: '${TOKEN}' } }\n",
  );

  const refusal = await place.open().catch((error: Error) => error.message);

  expect(refusal).toMatch(/plugin_pats/);
  expect(refusal).toMatch(/priority/);
  expect(refusal).toMatch(/TOKEN/);
});

test("priority decides who is asked first; changing it makes no generation", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.plugin("two", answering("2"));
  await place.configure("plugin_id: one", "plugin_id: two");
  const host = await place.open();
  expect(await answer(host)).toBe("one:1");
  const changed = host.once("config_changed");

  await place.configure("plugin_id: one", "{ plugin_id: two, priority: 1 }");
  await changed;

  expect(await answer(host)).toBe("two:2");
  expect(host.instance("two").generation).toBe(1);
});

test("enabled: false stops an instance, true starts it again", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.configure("plugin_id: one");
  const host = await place.open();
  const removed = host.once("removed");
  await place.configure("{ plugin_id: one, enabled: false }");
  await removed;
  expect(host.instance("one").state).toBe("disabled");
  await expect(send(host)).rejects.toMatchObject({ code: "channel_unknown" });

  const loaded = host.once("loaded");
  await place.configure("plugin_id: one");
  await loaded;

  expect(await answer(host)).toBe("one:1");
});

test("one plugin has many instances, each with its id, channel and settings", async () => {
  const place = await createWorkspace();
  await place.plugin("one", named);
  await place.configure(
    "{ plugin_id: one, id: a, config: { name: A } }",
    "{ plugin_id: one, id: b, channel: pager, config: { name: B } }",
  );

  const host = await place.open();

  const paged = await host.call("send_message", { channel: "pager", to: "x", content: "x" });
  expect([await answer(host), paged.value?.message_id]).toEqual(["a:A", "b:B"]);
  expect(host.status().plugins_by_type).toEqual({ chat: ["a"], pager: ["b"] });
});

test("a plugin path that is added is searched and watched", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.configure("plugin_id: one");
  const host = await place.open();
  await place.write("more/two/manifest.yml", "plugin_id: two\nchannel_type: other\nentry_point: index.ts\n");
  await place.write("more/two/index.ts", answering("2"));
  const loaded = host.once("loaded");

  await place.write(
    "hookline.yml",
    "plugin_paths: [./plugins, ./more]\nenabled_plugins: [{ plugin_id: one }, { plugin_id: two }]\n",
  );
  expect(await loaded).toMatchObject({ instance: "two" });
  const reloaded = host.once("reloaded");
  await place.write("more/two/index.ts", answering("2b"));

  expect(await reloaded).toMatchObject({ instance: "two" });
});

test("timeout_seconds ends an attempt that never settles, and the late answer is ignored", async () => {
  const clock = createFakeClock();
  let settle = (_: { message_id: string }): void => undefined;
  const plugin = chat("one", () => ({
    send_message: () => new Promise<{ message_id: string }>((resolve) => (settle = resolve)),
  }));
  const host = await openOn(clock, {
    plugins: [plugin],
    config: { enabled_plugins: [{ plugin_id: "one", timeout_seconds: 5 }] },
  });
  const outcome = send(host);
  await expect.poll(() => clock.timers()).toBeGreaterThan(1);

  clock.advance(5_000);

  expect(await outcome).toMatchObject({ status: "failed", error: { code: "timeout", dispatched: "maybe", instance: "one" } });
  settle({ message_id: "late" });
});

test("defaults.timeout_seconds holds where an instance says nothing", async () => {
  const clock = createFakeClock();
  const plugin = chat("one", () => ({ send_message: () => new Promise(() => undefined) }));
  const host = await openOn(clock, {
    plugins: [plugin],
    config: { enabled_plugins: [{ plugin_id: "one" }], defaults: { timeout_seconds: 2 } },
  });
  const outcome = send(host);
  await expect.poll(() => clock.timers()).toBeGreaterThan(1);

  clock.advance(2_000);

  expect((await outcome).error?.code).toBe("timeout");
});

test("max_concurrent_sends lets so many in at the same time, and the next when one has left", async () => {
  const inside: (() => void)[] = [];
  const plugin = chat("one", () => ({
    send_message: () => new Promise((resolve) => inside.push(() => resolve({ message_id: "x" }))),
  }));
  const host = await openOn(createFakeClock(), {
    plugins: [plugin],
    config: { enabled_plugins: [{ plugin_id: "one" }], settings: { max_concurrent_sends: 2 } },
  });
  const calls = [send(host), send(host), send(host)];
  await expect.poll(() => inside.length).toBe(2);

  inside.shift()?.();
  await expect.poll(() => inside.length).toBe(2);
  for (const leave of inside) leave();

  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
});

test("a call that waits for room until its deadline is rate_limited", async () => {
  const clock = createFakeClock();
  const { promise, resolve: release } = Promise.withResolvers<{ message_id: string }>();
  const host = await openOn(clock, {
    plugins: [chat("one", () => ({ send_message: () => promise }))],
    config: { enabled_plugins: [{ plugin_id: "one", max_concurrent_sends: 1 }] },
  });
  const inside = send(host);
  const before = clock.timers();
  const waiting = host.call("send_message", { channel: "chat", to: "x", content: "x", deadline_ms: 100 });
  await expect.poll(() => clock.timers()).toBeGreaterThan(before);

  clock.advance(100);

  expect(await waiting).toMatchObject({ status: "failed", error: { code: "rate_limited" } });
  release({ message_id: "x" });
  expect((await inside).status).toBe("ok");
});

test("auto_reload: false watches nothing; host.reload takes the change", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.write("hookline.yml", configOf(["plugin_id: one"], "settings: { auto_reload: false }\n"));
  const host = await place.open();
  expect(host.status().watching).toEqual([]);

  await place.write("plugins/one/index.ts", answering("2"));
  await host.reload("one");

  expect(await answer(host)).toBe("one:2");
});

test("polling finds a change without file events, and the status says so", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.write("hookline.yml", configOf(["plugin_id: one"], "settings: { polling: 0.05 }\n"));
  const host = await place.open();
  expect(host.status().watching.map(({ mode }) => mode)).toEqual(["polling", "polling"]);
  const reloaded = host.once("reloaded");

  await place.write("plugins/one/index.ts", answering("two"));
  await reloaded;

  expect(await answer(host)).toBe("one:two");
});

test("accelerator: false compiles with the built-in compiler", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.write("hookline.yml", configOf(["plugin_id: one"], "settings: { accelerator: false }\n"));

  const host = await place.open();

  expect(host.status().transformer).toBe("babel");
  expect(await answer(host)).toBe("one:1");
});

test("health_check_interval asks every instance; the status shows what it said", async () => {
  const clock = createFakeClock();
  let asked = 0;
  const sick = chat("sick", () => ({ health_check: () => ({ healthy: ++asked < 0, details: { reason: "quota" } }) }));
  const hangs = chat("hangs", () => ({ health_check: () => new Promise<never>(() => undefined) }));
  const host = await openOn(clock, {
    plugins: [sick, hangs],
    config: { enabled_plugins: [{ plugin_id: "sick" }, { plugin_id: "hangs" }], settings: { health_check_interval: 60 } },
  });
  expect(asked).toBe(0);

  clock.advance(60_000);
  await expect.poll(() => host.status().plugin_health.sick).toEqual({ healthy: false, details: { reason: "quota" } });
  clock.advance(10_000);

  await expect.poll(() => host.status().plugin_health.hangs?.healthy).toBe(false);
});

test("rollback.first_calls: 0 never takes a version back", async () => {
  const plugin = chat("one", ({ config }) => ({
    send_message() {
      if (config.name === "bug") throw new TypeError("bug");
      return { message_id: "good" };
    },
  }));
  const configuration = (name: string) => ({
    enabled_plugins: [{ plugin_id: "one", config: { name } }],
    settings: { rollback: { first_calls: 0 } },
  });
  const host = await openOn(createFakeClock(), { plugins: [plugin], config: configuration("good") });
  await host.configure(configuration("bug"));

  for (let n = 0; n < 20; n++) await send(host);

  expect(host.instance("one")).toMatchObject({ generation: 2, rolled_back: undefined });
});

test("rollback.error_share says how many of the first calls may fail", async () => {
  let n = 0;
  const plugin = chat("one", ({ config }) => ({
    send_message() {
      if (config.name === "flaky" && ++n % 2 === 0) throw new TypeError("bug");
      return { message_id: "x" };
    },
  }));
  const configuration = (name: string) => ({
    enabled_plugins: [{ plugin_id: "one", config: { name } }],
    settings: { rollback: { first_calls: 10, error_share: 0.3 } },
  });
  const host = await openOn(createFakeClock(), { plugins: [plugin], config: configuration("good") });
  await host.configure(configuration("flaky"));
  const rolledBack = host.once("rolled_back");

  for (let call = 0; call < 10; call++) await send(host);

  expect(await rolledBack).toMatchObject({ automatic: true });
});

test("${VAR} takes the environment's value, and a phone number keeps its digits", async () => {
  const place = await createWorkspace();
  await place.plugin(
    "one",
    "{ send_message: () => ({ message_id: context.config.token + ' ' + context.config.from }) }",
    "config_schema: { type: object, properties: { token: { type: string }, from: { type: string } } }\n",
  );
  await place.configure("{ plugin_id: one, config: { token: '${TOKEN}', from: +4915112345678901234 } }");

  const host = await place.open({ environment: { TOKEN: "t0ken" } });

  expect(await answer(host)).toBe("one:t0ken +4915112345678901234");
});

test("missing required settings are named all at once, with the file and the line, before any code runs", async () => {
  const place = await createWorkspace();
  await place.plugin("one", moduleOf("(() => { throw new Error('the code ran'); })()"), "required_config: [token, from]\n");
  await place.configure("{ plugin_id: one, config: { name: x } }");

  const host = await place.open();

  const { failure } = host.instance("one");
  expect(failure?.code).toBe("settings_invalid");
  expect(failure?.message).toMatch(/hookline\.yml:3:\d+: token is missing.*hookline\.yml:3:\d+: from is missing/s);
});
