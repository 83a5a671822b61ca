import { expect, test } from "vitest";
import { HooklineError } from "../../core/errors.ts";
import { createHooks } from "../../core/hooks/createHooks.ts";

/** What the call throws or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("the call did not fail");
}

test("an error carries hook, plugin and cause, whether it was thrown or rejected", async () => {
  const cause = new Error("no paper");
  const hooks = createHooks({ thrown: { mode: "collect" }, rejected: { mode: "collect" } });
  hooks.register({
    name: "printer",
    hooks: {
      thrown() {
        throw cause;
      },
      async rejected() {
        throw cause;
      },
    },
  });

  const errors = [await errorOf(() => hooks.call("thrown", {})), await errorOf(() => hooks.call("rejected", {}))];

  const message = (hook: string) => `printer: ${hook} threw: no paper. See docs/errors.md#plugin_error`;
  expect(errors).toMatchObject([
    { instance: "printer", hook: "thrown", cause, message: message("thrown") },
    { instance: "printer", hook: "rejected", cause, message: message("rejected") },
  ]);
  expect(() => hooks.call("thrown", {})).toThrow(HooklineError);
});

test("a plugin's own HooklineError keeps its code and facts, and gets hook and plugin", async () => {
  const hooks = createHooks({ send: { mode: "first" } });
  hooks.register({
    name: "sms",
    hooks: { send: () => Promise.reject(new HooklineError("rate_limited", { reason: "slow down", retry_after_ms: 500 })) },
  });

  const error = await errorOf(() => hooks.call("send", {}));

  expect(error).toMatchObject({ code: "rate_limited", instance: "sms", hook: "send", retry_after_ms: 500, retryable: true });
});

test("an error of a hook that a plugin calls stays with the plugin that threw it", async () => {
  const hooks = createHooks({ outer: { mode: "first" }, inner: { mode: "first" } });
  hooks.register({ name: "a", hooks: { outer: (request) => hooks.call("inner", request) } });
  hooks.register({ name: "b", hooks: { inner: () => Promise.reject(new Error("deep")) } });

  expect(await errorOf(() => hooks.call("outer", {}))).toMatchObject({ instance: "b", hook: "inner" });
});

test("what is thrown need not be an error", async () => {
  for (const thrown of ["text", undefined, null, 0, { status: 500 }]) {
    const hooks = createHooks({ greet: { mode: "collect" } });
    hooks.register({ name: "anna", hooks: { greet: () => Promise.reject(thrown) } });
    hooks.register({ name: "w", hooks: { greet: { wrapper: true, handler: (_request, next) => next() } } });

    expect(await errorOf(() => hooks.call("greet", {}))).toMatchObject({ code: "plugin_error", instance: "anna", cause: thrown });
  }
});

test("endless recursion is an error of the plugin, and the engine works on", async () => {
  const hooks = createHooks({ greet: { mode: "collect" }, wave: { mode: "collect" } });
  hooks.register({
    name: "echo",
    hooks: { greet: (request) => hooks.call("greet", request), wave: (request) => Promise.resolve(hooks.call("wave", request)) },
  });
  hooks.register({ name: "w", hooks: { greet: { wrapper: true, handler: (_request, next) => next() } } });

  const errors = [await errorOf(() => hooks.call("greet", {})), await errorOf(() => hooks.call("wave", {}))];

  for (const error of errors) {
    expect(error).toMatchObject({
      code: "plugin_error",
      instance: expect.stringMatching(/^(echo|w)$/),
      cause: expect.any(RangeError),
    });
    expect(error).toMatchObject({ message: expect.stringContaining("Maximum call stack size exceeded") });
  }
  hooks.replace("echo", { hooks: { greet: () => "fine" } });
  expect(hooks.call("greet", {})).toEqual(["fine"]);
});
