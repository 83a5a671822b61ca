import { expect, test } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";

type Who = { who: string };

test("a hook collects the answers of its plugins, in the order of the calls", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });

  expect(hooks.register({ name: "anna", hooks: { greet: ({ who }: Who) => `hello ${who}` } })).toBe("anna");
  hooks.register({ name: "ben", hooks: { greet: () => undefined } });
  hooks.register({ name: "carl", hooks: { greet: ({ who }: Who) => `good day ${who}` } });

  expect(hooks.call("greet", { who: "you" })).toEqual(["good day you", "hello you"]);
});

test("an answer comes at once until one implementation is asynchronous", async () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "anna", hooks: { greet: () => 1 } });

  expect(hooks.call("greet", {})).toEqual([1]);
  hooks.register({
    name: "time",
    hooks: { greet: { wrapper: true, handler: async (_request, next) => [...(await next()), "!"] } },
  });
  const pending = hooks.call("greet", {});

  expect(pending).toBeInstanceOf(Promise);
  expect(await pending).toEqual([1, "!"]);
});

test("first stops at the first answer, and an empty one is an answer", async () => {
  const asked: string[] = [];
  const hooks = createHooks({ ask: { mode: "first" } });
  hooks.register({ name: "c", hooks: { ask: () => void asked.push("c") } });
  hooks.register({ name: "b", hooks: { ask: async () => (asked.push("b") > 0 ? "" : "") } });
  hooks.register({ name: "a", hooks: { ask: () => (asked.push("a") > 0 ? null : null) } });

  const answer = await hooks.call("ask", {});

  expect(answer).toBe("");
  expect(asked).toEqual(["a", "b"]);
});

test("in a waterfall each one gets what the one before returned, and nobody's answer is no change", async () => {
  const hooks = createHooks({ change: { mode: "waterfall" } });
  hooks.register({ name: "double", hooks: { change: async ({ n }: { n: number }) => ({ n: n * 2 }) } });
  hooks.register({ name: "silent", hooks: { change: () => undefined } });
  hooks.register({ name: "add", hooks: { change: ({ n }: { n: number }) => ({ n: n + 1 }) } });

  expect(await hooks.call("change", { n: 3 })).toEqual({ n: 8 });
});

test("an event reaches everybody, and its result is the errors", async () => {
  const heard: string[] = [];
  const hooks = createHooks({ seen: { mode: "event" } });
  hooks.register({ name: "last", hooks: { seen: async () => void heard.push("last") } });
  hooks.register({ name: "late", hooks: { seen: () => Promise.reject(new Error("no disk")) } });
  hooks.register({
    name: "early",
    hooks: {
      seen: () => {
        throw new Error("no paper");
      },
    },
  });

  const errors = await hooks.call("seen", {});

  expect(heard).toEqual(["last"]);
  expect(errors.map(({ instance, hook, code }) => [instance, hook, code])).toEqual([
    ["early", "seen", "plugin_error"],
    ["late", "seen", "plugin_error"],
  ]);
});

test("a routed hook is called for one plugin inside everybody's wrappers, and its first answer counts", async () => {
  const hooks = createHooks({ send: { mode: "route" } });
  hooks.register({ name: "sms", hooks: { send: [() => undefined, async () => "by sms", () => "never"] } });
  hooks.register({ name: "email", hooks: { send: () => "by email" } });
  hooks.register({
    name: "log",
    hooks: { send: { wrapper: true, handler: async (_request, next) => `logged ${await next()}` } },
  });

  const answers = [await hooks.callOne("send", "sms", {}), await hooks.callOne("send", "email", {})];

  expect(answers).toEqual(["logged by sms", "logged by email"]);
  expect([hooks.has("send", "sms"), hooks.has("send", "log"), hooks.has("send", "nobody")]).toEqual([true, false, false]);
  expect(() => hooks.call("send", {})).toThrow(/mode route: name one plugin with callOne\(\)/);
  expect(() => hooks.callOne("send", "log", {})).toThrow(/log: this plugin does not implement send/);
  expect(() => hooks.callOne("send", "nobody", {})).toThrow(/No plugin "nobody" is registered. Registered: sms, email, log/);
});

test("callOne is for hooks of mode route and instance only", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });

  expect(() => hooks.callOne("greet", "anna", {})).toThrow(expect.objectContaining({ code: "hook_invalid" }));
});

test("one plugin may have several implementations, called in the order of the array", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "anna", hooks: { greet: [() => 1, () => 2, { tryFirst: true, handler: () => 0 }] } });

  expect(hooks.call("greet", {})).toEqual([0, 1, 2]);
});
