import { getEventListeners } from "node:events";
import { expect, onTestFinished, test, vi } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { Call } from "../../core/hooks/implementation.ts";
import { createFakeClock } from "../support/fakeClock.ts";

/** An engine whose time stands still, and promises that a test settles by hand. */
function engine() {
  const clock = createFakeClock();
  const hooks = createHooks({ greet: { mode: "collect" }, seen: { mode: "event" }, send: { mode: "route" } }, { clock });
  return { clock, hooks, pending: Promise.withResolvers<unknown>() };
}

const turns = async (count = 10) => {
  for (let turn = 0; turn < count; turn++) await undefined;
};

test("an implementation that never settles ends at its time-out, its signal aborts, and nobody is called after it", async () => {
  const { clock, hooks } = engine();
  const calls: Call[] = [];
  const called: string[] = [];
  hooks.register({ name: "next", hooks: { greet: () => called.push("anna") } });
  const never = (_request: unknown, call: Call) => {
    calls.push(call);
    call.signal.addEventListener("abort", () => undefined);
    return new Promise(() => undefined);
  };
  hooks.register({ name: "slow", hooks: { greet: { handler: never, timeout: 50 } } });

  const pending = hooks.call("greet", {});
  clock.advance(49);
  expect(calls[0]?.signal.aborted).toBe(false);
  clock.advance(1);

  await expect(pending).rejects.toMatchObject({
    code: "timeout",
    instance: "slow",
    hook: "greet",
    message: expect.stringContaining("within 50 ms"),
  });
  expect(calls[0]?.signal.aborted).toBe(true);
  expect(calls[0]?.signal.reason).toMatchObject({ code: "timeout" });
  expect(called).toEqual([]);
  expect(clock.timers()).toBe(0);
});

test("the time-out works with the timers of the machine", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "slow", hooks: { greet: { handler: () => new Promise(() => undefined), timeout: 50 } } });

  const pending = hooks.outcomes("greet", {});
  await vi.advanceTimersByTimeAsync(50);

  expect(await pending).toMatchObject([{ plugin: "slow", error: { code: "timeout" } }]);
  expect(vi.getTimerCount()).toBe(0);
});

test("an answer or an error that comes after the time-out is ignored", async () => {
  for (const settle of ["resolve", "reject"] as const) {
    const { clock, hooks, pending } = engine();
    hooks.register({ name: "late", hooks: { greet: { handler: () => pending.promise, timeout: 50 } } });

    const outcomes = hooks.outcomes("greet", {});
    clock.advance(50);
    pending[settle]("late");
    await turns();

    expect(await outcomes).toMatchObject([{ plugin: "late", error: { code: "timeout" } }]);
  }
});

test("a time-out of one implementation does not stop an event", async () => {
  const { clock, hooks } = engine();
  const heard: string[] = [];
  hooks.register({ name: "next", hooks: { seen: async () => void heard.push("next") } });
  hooks.register({ name: "slow", hooks: { seen: { handler: () => new Promise(() => undefined), timeout: 50 } } });

  const pending = hooks.call("seen", {});
  clock.advance(50);

  expect(await pending).toMatchObject([{ code: "timeout", instance: "slow" }]);
  expect(heard).toEqual(["next"]);
});

test("what answers in time leaves no timer behind", async () => {
  const { clock, hooks } = engine();
  hooks.register({ name: "sync", hooks: { greet: { handler: () => 1, timeout: 50 } } });
  hooks.register({ name: "async", hooks: { greet: { handler: async () => 2, timeout: 50 } } });

  expect(await hooks.call("greet", {}, { timeout: 100 })).toEqual([2, 1]);
  expect(clock.timers()).toBe(0);
});

test("the time-out of a call counts for all of its implementations together", async () => {
  const { clock, hooks } = engine();
  const gates = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  hooks.register({ name: "b", hooks: { greet: () => gates[1]?.promise } });
  hooks.register({ name: "a", hooks: { greet: () => gates[0]?.promise } });

  const pending = hooks.call("greet", {}, { timeout: 100 });
  clock.advance(60);
  gates[0]?.resolve(1);
  await turns();
  clock.advance(40);

  await expect(pending).rejects.toMatchObject({
    code: "timeout",
    instance: "b",
    message: expect.stringContaining("within 100 ms"),
  });
  expect(clock.timers()).toBe(0);
});

test("a wrapper's time-out ends all that it wraps, and the wrappers around it may answer instead", async () => {
  const { clock, hooks } = engine();
  const signals: AbortSignal[] = [];
  const never = (_request: unknown, call: Call) => {
    signals.push(call.signal);
    return new Promise(() => undefined);
  };
  hooks.register({ name: "slow", hooks: { greet: never } });
  hooks.register({
    name: "inner",
    hooks: { greet: { wrapper: true, timeout: 50, handler: async (_request, next) => await next() } },
  });
  hooks.register({
    name: "outer",
    hooks: {
      greet: {
        wrapper: true,
        handler: async (_request, next) => await Promise.resolve(next()).catch((error) => [error.instance]),
      },
    },
  });

  const pending = hooks.call("greet", {});
  clock.advance(50);

  expect(await pending).toEqual(["inner"]);
  expect(signals[0]?.aborted).toBe(true);
  expect(clock.timers()).toBe(0);
});

test("a caller who gives up is answered at once, the implementation's signal aborts, and nobody else is called", async () => {
  const { hooks } = engine();
  const controller = new AbortController();
  const reasons: unknown[] = [];
  const called: string[] = [];
  hooks.register({ name: "next", hooks: { greet: () => called.push("anna") } });
  const never = (_request: unknown, { signal }: Call) => {
    signal.addEventListener("abort", () => reasons.push(signal.reason));
    return new Promise(() => undefined);
  };
  hooks.register({ name: "slow", hooks: { greet: never } });
  hooks.register({
    name: "deaf",
    hooks: { greet: { wrapper: true, handler: (_request, next) => Promise.allSettled([next(), new Promise(() => undefined)]) } },
  });

  const pending = hooks.call("greet", {}, { signal: controller.signal });
  controller.abort(new Error("enough"));

  await expect(pending).rejects.toMatchObject({
    code: "cancelled",
    hook: "greet",
    instance: "slow",
    cause: { message: "enough" },
  });
  expect(reasons).toMatchObject([{ code: "cancelled" }]);
  expect(called).toEqual([]);
  expect(getEventListeners(controller.signal, "abort")).toEqual([]);
});

test("a call with a signal that has aborted calls nobody", () => {
  const { hooks } = engine();
  const called: string[] = [];
  hooks.register({ name: "anna", hooks: { greet: () => called.push("anna") } });

  expect(() => hooks.call("greet", {}, { signal: AbortSignal.abort() })).toThrow(expect.objectContaining({ code: "cancelled" }));
  expect(() => hooks.outcomes("greet", {}, { signal: AbortSignal.abort() })).toThrow(
    expect.objectContaining({ code: "cancelled" }),
  );
  expect(called).toEqual([]);
});

test("a caller may give up between two synchronous implementations", () => {
  const { hooks } = engine();
  const controller = new AbortController();
  const called: string[] = [];
  hooks.register({ name: "b", hooks: { greet: () => called.push("anna") } });
  hooks.register({ name: "a", hooks: { greet: () => controller.abort() } });

  expect(() => hooks.call("greet", {}, { signal: controller.signal })).toThrow(expect.objectContaining({ code: "cancelled" }));
  expect(called).toEqual([]);
});

test("ten thousand calls with one signal leave no listener, and have one between them while they run", async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on("warning", onWarning);
  onTestFinished(() => void process.off("warning", onWarning));
  const { hooks, pending } = engine();
  const { signal } = new AbortController();
  hooks.register({
    name: "anna",
    hooks: {
      greet: async (_request: unknown, call: Call) => {
        call.signal.addEventListener("abort", () => undefined);
        return await pending.promise;
      },
    },
  });

  const calls = Array.from({ length: 10_000 }, () => hooks.call("greet", {}, { signal }));
  const during = getEventListeners(signal, "abort").length;
  pending.resolve("hi");
  const answers = await Promise.all(calls);
  for (let count = 0; count < 10_000; count++) await hooks.call("greet", {}, { signal });

  expect(during).toBe(1);
  expect(answers.every((answer) => answer[0] === "hi")).toBe(true);
  expect(getEventListeners(signal, "abort")).toEqual([]);
  expect(warnings).toEqual([]);
});

test("when a plugin has to end, the signals of its calls abort, and no others", async () => {
  const { hooks } = engine();
  const ending = new AbortController();
  const signals = new Map<string, AbortSignal>();
  const gate = Promise.withResolvers<void>();
  const wait = async (_request: unknown, { plugin, signal }: Call) => {
    signals.set(plugin, signal);
    await gate.promise;
    return plugin;
  };
  hooks.register({ name: "old", signal: ending.signal, hooks: { send: wait } });
  hooks.register({ name: "other", hooks: { send: wait } });

  const pending = [hooks.callOne("send", "old", {}), hooks.callOne("send", "other", {})];
  ending.abort(new Error("replaced"));
  gate.resolve();

  expect(await Promise.all(pending)).toEqual(["old", "other"]);
  expect([signals.get("old")?.aborted, signals.get("other")?.aborted]).toEqual([true, false]);
  expect(getEventListeners(ending.signal, "abort")).toEqual([]);
});

test("the signal of a call is one and the same, also for who reads it late", async () => {
  const { hooks } = engine();
  const calls: Call[] = [];
  hooks.register({
    name: "anna",
    signal: new AbortController().signal,
    hooks: { greet: (_request: unknown, call: Call) => void calls.push(call) },
  });
  const { signal } = new AbortController();

  hooks.call("greet", {}, { signal });

  const [call] = calls;
  expect(call?.signal).toBe(call?.signal);
  expect(call).toMatchObject({ hook: "greet", plugin: "anna" });
  expect(getEventListeners(signal, "abort")).toEqual([]);
});
