import { expect, onTestFinished, test } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { MonitoredCall, MonitoredEnd } from "../../core/hooks/monitors.ts";
import { createFakeClock } from "../support/fakeClock.ts";

test("a monitor sees each call before, and after it the result or the error, and how long it took", async () => {
  const clock = createFakeClock();
  const hooks = createHooks({ greet: { mode: "collect" }, send: { mode: "route" }, change: { mode: "waterfall" } }, { clock });
  const gate = Promise.withResolvers<number>();
  hooks.register({
    name: "anna",
    hooks: { greet: () => gate.promise, send: () => Promise.reject(new Error("x")), change: () => ({ n: 2 }) },
  });
  const before: MonitoredCall[] = [];
  const after: MonitoredEnd[] = [];
  hooks.monitor({ before: (call) => before.push(call), after: (end) => after.push(end) });

  const pending = hooks.call("greet", { who: "you" });
  clock.advance(25);
  gate.resolve(1);
  await pending;
  await expect(hooks.pin().callOne("send", "anna", {})).rejects.toThrow();
  hooks.call("change", { n: 1 });

  expect(before).toEqual([
    { hook: "greet", request: { who: "you" } },
    { hook: "send", request: {}, plugin: "anna" },
    { hook: "change", request: { n: 1 } },
  ]);
  expect(after).toMatchObject([
    { hook: "greet", request: { who: "you" }, result: [1], duration: 25 },
    { hook: "send", plugin: "anna", error: { instance: "anna" }, duration: 0 },
    { hook: "change", request: { n: 1 }, result: { n: 2 } },
  ]);
});

test("a monitor that throws touches no call, and is reported", async () => {
  const reported: unknown[] = [];
  const hooks = createHooks({ greet: { mode: "collect" } }, { onError: (error) => reported.push(error) });
  hooks.register({ name: "anna", hooks: { greet: () => 1 } });
  const [first, second, third] = [new Error("before"), new Error("after"), new Error("later")];
  hooks.monitor({
    before() {
      throw first;
    },
    after() {
      throw second;
    },
  });
  hooks.monitor({ after: () => Promise.reject(third) });

  expect(hooks.call("greet", {})).toEqual([1]);
  await undefined;
  await undefined;

  expect(reported).toEqual([first, second, third]);
});

test("even an onError that throws touches no call", async () => {
  const warned = new Promise<Error>((resolve) => process.once("warning", resolve));
  const hooks = createHooks(
    { greet: { mode: "collect" } },
    {
      onError() {
        throw new Error("and this one too");
      },
    },
  );
  hooks.register({ name: "anna", hooks: { greet: () => 1 } });
  hooks.monitor({
    before() {
      throw new Error("before");
    },
  });

  expect(hooks.call("greet", {})).toEqual([1]);
  expect(await warned).toMatchObject({ message: "and this one too" });
});

test("a monitor that is taken off hears no more, also when it is on twice", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  const heard: string[] = [];
  const monitor = { before: () => void heard.push("before"), after: () => void heard.push("after") };
  const off = hooks.monitor(monitor);
  onTestFinished(hooks.monitor(monitor));

  off();
  off();
  hooks.call("greet", {});

  expect(heard).toEqual(["before", "after"]);
});
