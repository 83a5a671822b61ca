import { expect, onTestFinished, test, vi } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { Call } from "../../core/hooks/implementation.ts";
import { createFakeClock } from "../support/fakeClock.ts";

/** An engine whose time stands still, and promises that a test settles by hand. */
function engine() {
  const clock = createFakeClock();
  const hooks = createHooks({ greet: { mode: "collect" }, seen: { mode: "event" } }, { clock });
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
