import { getEventListeners } from "node:events";
import { expect, onTestFinished, test } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { Call } from "../../core/hooks/implementation.ts";

/** An engine, and a promise that a test settles by hand. */
function engine() {
  const hooks = createHooks({ greet: { mode: "collect" }, send: { mode: "route" } });
  return { hooks, pending: Promise.withResolvers<unknown>() };
}

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
