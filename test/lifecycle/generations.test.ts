import { EventEmitter } from "node:events";
import { createServer } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { systemClock } from "../../core/clock.ts";
import { type AnyPlugin, type Context, HooklineError } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { chat, openOn } from "../support/plugins.ts";
import { answer, send } from "../support/workspace.ts";

/** A call that ends when it is told to. */
function held(): { plugin: (id: string) => AnyPlugin; release(): void; signals: AbortSignal[]; started: Promise<void> } {
  const { promise, resolve: release } = Promise.withResolvers<void>();
  const { promise: started, resolve: begin } = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  return {
    plugin: (id) =>
      chat(id, () => ({
        async send_message(_, call) {
          signals.push(call.signal);
          begin();
          await promise;
          return { message_id: "late" };
        },
      })),
    release,
    signals,
    started,
  };
}

test("half of the grace period of a drain names the hooks still running; at its end the signal aborts, then it is ended by force", async () => {
  const clock = createFakeClock();
  const { plugin, started, signals, release } = held();
  const host = await openOn(clock, {
    plugins: [plugin("one")],
    config: { enabled_plugins: [{ plugin_id: "one", timeout_seconds: 3600 }], settings: { drain_seconds: 30 } },
  });
  const call = send(host);
  await started;
  const draining = host.once("draining");
  const disposed = host.once("disposed");
  await host.reload("one");

  clock.advance(15_000);
  expect(await draining).toEqual({ instance: "one", generation: 1, hooks: ["send_message"], ms_left: 15_000 });
  expect(signals[0]?.aborted).toBe(false);
  clock.advance(15_000);
  await expect.poll(() => signals[0]?.aborted).toBe(true);
  await expect
    .poll(() => {
      clock.advance(1_000);
      return host.instance("one").draining;
    })
    .toBe(0);

  expect(await disposed).toMatchObject({ generation: 1, forced: true });
  release();
  await call;
});

test("at most three generations of an instance live at once; the next waits for one to end", async () => {
  const { plugin, release, started } = held();
  const host = await openOn(systemClock, { plugins: [plugin("one")] });
  const calls = [send(host)];
  await started;
  for (let n = 0; n < 2; n++) {
    await host.reload("one");
    calls.push(send(host));
  }
  expect(host.instance("one")).toMatchObject({ generation: 3, draining: 2 });

  await host.configure({ enabled_plugins: [{ plugin_id: "one", config: { changed: true } }] });
  expect(host.instance("one")).toMatchObject({ generation: 3, draining: 2 });
  const reloaded = host.once("reloaded");
  release();
  await reloaded;

  expect(host.instance("one").generation).toBe(4);
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
});

test("everything made through the context is undone by itself, last made first, and its methods throw afterwards", async () => {
  const undone: string[] = [];
  const emitter = new EventEmitter();
  const server = createServer();
  let kept: Context | undefined;
  const plugin = chat("one", (context) => {
    kept ??= context;
    if (kept !== context) return {};
    context.onDispose(() => void undone.push("first"));
    context.setInterval(() => undefined, 1_000);
    context.setTimeout(() => undefined, 100_000);
    context.listen(emitter, "x", () => undefined);
    context.own(server.listen(0, "127.0.0.1"));
    context.onDispose(async () => void undone.push("last"));
    return {};
  });
  const host = await openOn(systemClock, { plugins: [plugin] });
  const disposed = host.once("disposed");

  await host.reload("one");
  const { errors } = await disposed;

  expect(undone).toEqual(["last", "first"]);
  expect(errors).toEqual([]);
  expect([emitter.listenerCount("x"), server.listening, kept?.signal.aborted]).toEqual([0, false, true]);
  for (const use of [
    () => kept?.onDispose(() => undefined),
    () => kept?.setTimeout(() => undefined, 1),
    () => kept?.emit({ type: "other" }),
  ]) {
    expect(use).toThrow(expect.objectContaining({ code: "context_disposed" }));
  }
});

test("an undo that throws is reported and stops no other", async () => {
  const undone: string[] = [];
  const plugin = chat("one", ({ onDispose }) => {
    onDispose(() => void undone.push("first"));
    onDispose(() => {
      throw new Error("cannot");
    });
    return {};
  });
  const host = await openOn(systemClock, { plugins: [plugin] });
  const disposed = host.once("disposed");

  await host.reload("one");

  expect((await disposed).errors.map(String)).toEqual(["Error: cannot"]);
  expect(undone).toEqual(["first"]);
});

test("what a failed setup had made is undone", async () => {
  const undone: string[] = [];
  const plugin = chat("one", ({ onDispose }) => {
    onDispose(() => void undone.push("undone"));
    throw new HooklineError("auth", { reason: "the token is wrong" });
  });

  const host = await openOn(systemClock, { plugins: [plugin] });

  expect(host.instance("one")).toMatchObject({ state: "failed", failure: { code: "auth" } });
  expect(undone).toEqual(["undone"]);
});

test("keep hands the same object on while its fingerprint stays, and destroys it with its last user", async () => {
  const events: string[] = [];
  let made = 0;
  const plugin = chat("one", (context) => ({
    async send_message() {
      const pool = await context.keep(
        "pool",
        String(context.config.url),
        () => ({ n: ++made }),
        ({ n }) => void events.push(`destroyed ${n}`),
      );
      return { message_id: String(pool.n) };
    },
  }));
  const configuration = (url: string) => ({ enabled_plugins: [{ plugin_id: "one", config: { url } }] });
  const host = await openOn(systemClock, { plugins: [plugin], config: configuration("a") });
  const disposals = ["a", "b"].map((_, index) => host.once("disposed", ({ generation }) => generation === index + 1));

  expect(await answer(host)).toBe("one:1");
  const [first, second] = disposals;
  await host.reload("one");
  expect(await answer(host)).toBe(made === 1 ? "one:1" : "one:2");
  await first;
  await host.configure(configuration("b"));
  const next = await answer(host);
  await second;

  expect(next).toBe(`one:${made}`);
  await host.close();
  expect(events).toHaveLength(made);
});

test("an object kept in setup is the same in the next generation", async () => {
  const made: object[] = [];
  const seen: object[] = [];
  const destroyed: object[] = [];
  const plugin: AnyPlugin = {
    manifest: { plugin_id: "one", channel_type: "chat" },
    async setup(context: Context) {
      const make = () => {
        const pool = {};
        made.push(pool);
        return pool;
      };
      seen.push(await context.keep("pool", "same", make, (pool) => void destroyed.push(pool)));
      return {};
    },
  };
  const host = await openOn(systemClock, { plugins: [plugin] });

  await host.reload("one");
  await host.reload("one");

  expect(made).toHaveLength(1);
  expect(new Set(seen).size).toBe(1);
  expect(destroyed).toHaveLength(0);
  await host.close();
  expect(destroyed).toEqual(made);
});

test("exclusive starts when the holder before has let go", async () => {
  const events: string[] = [];
  let generation = 0;
  const plugin = chat("one", (context) => {
    const n = ++generation;
    void context.exclusive("session", () => {
      events.push(`start ${n}`);
      return () => void events.push(`stop ${n}`);
    });
    return {};
  });
  const host = await openOn(systemClock, { plugins: [plugin] });
  await expect.poll(() => events).toEqual(["start 1"]);

  await host.reload("one");
  await expect.poll(() => events).toEqual(["start 1", "stop 1", "start 2"]);
  await host.close();

  expect(events).toEqual(["start 1", "stop 1", "start 2", "stop 2"]);
});

test("a generation that ends before its turn leaves the exclusive with who has it: the next one waits as well", async () => {
  const events: string[] = [];
  let generation = 0;
  const plugin = chat("one", (context) => {
    const n = ++generation;
    void context.exclusive("session", () => {
      events.push(`start ${n}`);
      return () => void events.push(`stop ${n}`);
    });
    if (n === 2) throw new Error("no");
    return {};
  });
  const host = await openOn(systemClock, { plugins: [plugin] });

  await host.reload("one").catch(() => undefined);
  await host.reload("one");

  await expect.poll(() => events).toContain("start 3");
  expect(events).toEqual(["start 1", "stop 1", "start 3"]);
});

test("an exclusive that nobody awaits: a generation that ends before its turn is no error, and a start that fails is logged", async () => {
  const unhandled: unknown[] = [];
  const hear = (reason: unknown): void => void unhandled.push(reason);
  process.on("unhandledRejection", hear);
  onTestFinished(() => void process.off("unhandledRejection", hear));
  const lines: string[] = [];
  const write = (message: string, details?: object): void => void lines.push(`${message} ${JSON.stringify(details)}`);
  let generation = 0;
  const plugin = chat("one", (context) => {
    const n = ++generation;
    void context.exclusive("session", () => {
      if (n === 3) throw new Error("port taken");
      return () => undefined;
    });
    // The second one is refused, and ends while the first still holds the session.
    if (n === 2) throw new Error("no");
    return {};
  });
  const host = await openOn(systemClock, {
    plugins: [plugin],
    logger: { debug: write, info: write, warn: write, error: write },
  });

  await host.reload("one").catch(() => undefined);
  await host.reload("one");

  await expect.poll(() => lines.join("\n")).toMatch(/exclusive\("session"\) was to start did not start.*port taken/);
  await host.close();
  expect(unhandled).toEqual([]);
});

test("a snapshot of the old generation arrives in the setup of the new, as a copy; state is the same object", async () => {
  const seen: unknown[] = [];
  const plugin = chat("one", ({ onSnapshot, state }, previous) => {
    seen.push(previous, state.count);
    state.count = Number(state.count ?? 0) + 1;
    onSnapshot(() => ({ cursor: state.count }));
    return {};
  });
  const host = await openOn(systemClock, { plugins: [plugin] });

  await host.reload("one");

  expect(seen).toEqual([undefined, undefined, { cursor: 1 }, 1]);
});

test("reload: restart ends the old generation first, and calls wait meanwhile instead of failing", async () => {
  const events: string[] = [];
  const { promise: mayStart, resolve: letStart } = Promise.withResolvers<void>();
  let n = 0;
  const plugin: AnyPlugin = {
    manifest: { plugin_id: "one", channel_type: "chat" },
    reload: "restart",
    async setup(context: Context) {
      const mine = ++n;
      if (mine > 1) await mayStart;
      events.push(`up ${mine}`);
      context.onDispose(() => void events.push(`down ${mine}`));
      return { send_message: () => ({ message_id: String(mine) }) };
    },
  };
  const host = await openOn(systemClock, { plugins: [plugin] });
  const reload = host.reload("one");
  await expect.poll(() => events).toEqual(["up 1", "down 1"]);
  expect(host.instance("one").state).toBe("swapping");
  const waiting = answer(host);
  letStart();

  expect(await waiting).toBe("one:2");
  await reload;
  expect(events).toEqual(["up 1", "down 1", "up 2"]);
});

test("a restart whose new version cannot start brings the version before up again", async () => {
  let isBroken = false;
  let n = 0;
  const plugin: AnyPlugin = {
    manifest: { plugin_id: "one", channel_type: "chat" },
    reload: "restart",
    setup() {
      n += 1;
      if (isBroken) {
        isBroken = false;
        throw new Error("port in use");
      }
      return { send_message: () => ({ message_id: String(n) }) };
    },
  };
  const host = await openOn(systemClock, { plugins: [plugin] });
  isBroken = true;

  await expect(host.reload("one")).rejects.toMatchObject({ code: "setup_failed" });

  expect(await answer(host)).toBe("one:3");
  expect(host.instance("one")).toMatchObject({ state: "live", failure: { code: "setup_failed" } });
});

test("rollback brings the settings and the code of the version before back, and a second one returns", async () => {
  const plugin = chat("one", ({ config }) => ({ send_message: () => ({ message_id: String(config.name) }) }));
  const configuration = (name: string) => ({ enabled_plugins: [{ plugin_id: "one", config: { name } }] });
  const host = await openOn(systemClock, { plugins: [plugin], config: configuration("a") });
  await expect(host.rollback("one")).rejects.toMatchObject({ code: "rollback_impossible" });
  await host.configure(configuration("b"));
  expect(await answer(host)).toBe("one:b");

  await host.rollback("one");
  expect(await answer(host)).toBe("one:a");
  expect(host.instance("one").rolled_back).toBe("by hand");
  await host.rollback("one");
  expect(await answer(host)).toBe("one:b");
});

test("a new version whose first calls fail by its own fault is taken back; the platform's errors do not count", async () => {
  const plugin = chat("one", ({ config }) => ({
    send_message() {
      if (config.name === "bug") throw new TypeError("x is not a function");
      if (config.name === "platform") throw new HooklineError("invalid_recipient", { reason: "no such number" });
      return { message_id: String(config.name) };
    },
  }));
  const configuration = (name: string) => ({ enabled_plugins: [{ plugin_id: "one", config: { name } }] });
  const host = await openOn(systemClock, { plugins: [plugin], config: configuration("good") });
  await host.configure(configuration("platform"));
  for (let n = 0; n < 20; n++) await send(host);
  expect(await answer(host)).toBe("invalid_recipient");
  await host.configure(configuration("good"));
  await host.configure(configuration("bug"));
  const rolledBack = host.once("rolled_back");

  for (let n = 0; n < 6; n++) await send(host);

  expect(await rolledBack).toMatchObject({ instance: "one", automatic: true });
  expect(await answer(host)).toBe("one:good");
  expect(host.instance("one").rolled_back).toMatch(/of its first \d+ calls failed with errors of its own/);
});

test("new settings that the plugin takes in place make no generation", async () => {
  let name = "a";
  const plugin = chat("one", ({ onConfigChange }) => {
    onConfigChange((settings) => {
      if (settings.name === "refused") return false;
      name = String(settings.name);
      return true;
    });
    return { send_message: () => ({ message_id: name }) };
  });
  const configuration = (to: string) => ({ enabled_plugins: [{ plugin_id: "one", config: { name: to } }] });
  const host = await openOn(systemClock, { plugins: [plugin], config: configuration("a") });
  const reloaded = host.once("reloaded");

  await host.configure(configuration("b"));
  expect(await reloaded).toMatchObject({ in_place: true, generation: 1 });
  expect(await answer(host)).toBe("one:b");
  await host.configure(configuration("refused"));

  expect(host.instance("one").generation).toBe(2);
});

test("close lets calls in flight end, then disposes everything", async () => {
  const { plugin, release, started } = held();
  const host = await openOn(systemClock, { plugins: [plugin("one")] });
  const call = send(host);
  await started;
  const closing = host.close();
  release();

  expect((await call).status).toBe("ok");
  await closing;
  expect(host.status().instances).toEqual({});
});
