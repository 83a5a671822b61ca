import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";

type Seen = { n: number };

/** An engine with one historic hook, and what its results and its lost errors were. */
function engine() {
  const results: unknown[] = [];
  const lost: unknown[] = [];
  const hooks = createHooks(
    { seen: { mode: "collect", historic: true }, greet: { mode: "collect" } },
    { onError: (error) => lost.push(error) },
  );
  const listen = (result: unknown, plugin: string) => void results.push([plugin, result]);
  return { hooks, results, lost, listen };
}

test("a historic call reaches those who are there, and those who register later", async () => {
  const { hooks, results, listen } = engine();
  hooks.register({ name: "early", hooks: { seen: ({ n }: Seen) => n } });

  hooks.callHistoric("seen", { n: 1 }, listen);
  hooks.callHistoric("seen", { n: 2 }, listen);
  hooks.register({ name: "silent", hooks: { seen: () => undefined } });
  hooks.register({ name: "late", hooks: { seen: async ({ n }: Seen) => n * 10 } });
  await setImmediate();

  expect(results).toEqual([
    ["early", 1],
    ["early", 2],
    ["late", 10],
    ["late", 20],
  ]);
});

test("the calls of the past come to a late plugin one after the other", async () => {
  const { hooks } = engine();
  const log: string[] = [];
  hooks.callHistoric("seen", { n: 1 });
  hooks.callHistoric("seen", { n: 2 });
  const seen = async ({ n }: Seen) => {
    log.push(`start ${n}`);
    await setImmediate();
    log.push(`end ${n}`);
  };

  hooks.register({ name: "late", hooks: { seen } });
  for (let turn = 0; turn < 5; turn++) await setImmediate();

  expect(log).toEqual(["start 1", "end 1", "start 2", "end 2"]);
});

test("a replacement is new code, so it hears of the past; a new order is not", () => {
  const { hooks, results, listen } = engine();
  hooks.register({ name: "anna", hooks: { seen: () => "old" } });
  hooks.callHistoric("seen", {}, listen);

  hooks.replace("anna", { hooks: { seen: () => "new" } });
  hooks.arrange(["anna"]);

  expect(results).toEqual([
    ["anna", "old"],
    ["anna", "new"],
  ]);
});

test("an error reaches the caller now, and onError later", async () => {
  const { hooks, lost } = engine();
  hooks.register({ name: "early", hooks: { seen: () => Promise.reject(new Error("now")) } });

  await expect(hooks.callHistoric("seen", {})).rejects.toMatchObject({ instance: "early" });
  hooks.unregister("early");
  hooks.callHistoric("seen", {});
  const late = hooks.register({
    name: "late",
    hooks: {
      seen() {
        throw new Error("later");
      },
    },
  });

  expect(late).toBe("late");
  expect(lost).toMatchObject([{ instance: "late" }, { instance: "late" }]);
});

test("an onResult that throws is heard of like an error of the plugin", async () => {
  const { hooks, lost } = engine();
  hooks.register({ name: "early", hooks: { seen: () => 1 } });
  const refuse = (result: unknown) => {
    throw new Error(`no ${result}`);
  };

  expect(() => hooks.callHistoric("seen", {}, refuse)).toThrow("no 1");
  hooks.register({ name: "late", hooks: { seen: async () => 2 } });
  await setImmediate();

  expect(lost).toMatchObject([{ message: "no 2" }]);
});

test("a historic hook is called by callHistoric only, has no wrappers, and no other hook is historic", () => {
  const { hooks } = engine();
  const wrapper = { wrapper: true as const, handler: (_request: unknown, next: () => unknown) => next() };

  expect(() => hooks.call("seen", {})).toThrow(/is historic: call it with callHistoric\(\)/);
  expect(() => hooks.callHistoric("greet", {})).toThrow(/is not historic/);
  expect(() => hooks.register({ name: "w", hooks: { greet: wrapper, seen: wrapper } })).toThrow(/can have no wrapper/);
  expect(hooks.isRegistered("w")).toBe(false);
});
