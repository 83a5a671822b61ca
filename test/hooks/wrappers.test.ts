import { setImmediate } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { HooklineError } from "../../core/errors.ts";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { HookImplementation } from "../../core/hooks/hook.ts";

type Wrapper = Extract<HookImplementation<{ mode: "collect" }>, { wrapper: true }>["handler"];

/** An engine with one hook, a plugin `anna` that answers or throws, and these wrappers, the first the outermost. */
function wrapped(answer: () => unknown, ...wrappers: Wrapper[]) {
  const lost: unknown[] = [];
  const hooks = createHooks({ greet: { mode: "collect" } }, { onError: (error) => lost.push(error) });
  hooks.register({ name: "anna", hooks: { greet: answer } });
  for (const [index, handler] of [...wrappers.entries()].reverse()) {
    hooks.register({ name: `wrapper${index}`, hooks: { greet: { wrapper: true, handler } } });
  }
  return { lost, call: () => hooks.call("greet", { who: "you" }) };
}

/** Fails the test when a rejection finds nobody. */
function watchRejections(): unknown[] {
  const unhandled: unknown[] = [];
  const listener = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", listener);
  onTestFinished(() => void process.off("unhandledRejection", listener));
  return unhandled;
}

test("a wrapper sees the very error that was thrown, and the caller hears whose it is", async () => {
  const original = new TypeError("no such user");
  const seen: unknown[] = [];
  const passOn: Wrapper = async (_request, next) => {
    try {
      return await next();
    } catch (error) {
      seen.push(error);
      throw error;
    }
  };
  const { call, lost } = wrapped(
    () => Promise.reject(original),
    passOn,
    (_request, next) => next(),
    passOn,
  );

  const error = await Promise.resolve(call()).catch((error: unknown) => error);

  expect(seen).toEqual([original, original]);
  expect(seen[0]).toBe(original);
  expect(lost).toEqual([]);
  expect(error).toBeInstanceOf(HooklineError);
  expect(error).toMatchObject({ code: "plugin_error", instance: "anna", hook: "greet", cause: original });
});

test("an error that a wrapper makes is the wrapper's", async () => {
  const { call } = wrapped(
    () => Promise.reject(new Error("inner")),
    (_request, next) => next(),
    async (_request, next) => {
      try {
        return await next();
      } catch (cause) {
        throw new Error("outer", { cause });
      }
    },
  );

  await expect(call()).rejects.toMatchObject({ instance: "wrapper1", cause: { message: "outer" } });
});

test("a wrapper may answer in place of an error", async () => {
  const { call } = wrapped(
    () => {
      throw new Error("broken");
    },
    (_request, next) => {
      try {
        return next();
      } catch {
        return ["mended"]; // that is what this wrapper is for
      }
    },
  );

  expect(call()).toEqual(["mended"]);
});

test("wrappers get the request and what is inside of them, from the outermost to the innermost", () => {
  const log: unknown[] = [];
  const telling =
    (name: string): Wrapper =>
    (request, next) => {
      log.push([name, request]);
      const result = next();
      log.push([name, result]);
      return result;
    };
  const { call } = wrapped(() => "hi", telling("outer"), telling("inner"));

  call();

  const request = { who: "you" };
  expect(log).toEqual([
    ["outer", request],
    ["inner", request],
    ["inner", ["hi"]],
    ["outer", ["hi"]],
  ]);
});

test("a wrapper that does not call next() is an error, and one that throws before it is not blamed twice", async () => {
  const silent = wrapped(
    () => "hi",
    () => ["mine"],
  );
  const silentLater = wrapped(
    () => "hi",
    async () => ["mine"],
  );
  const refusing = wrapped(
    () => "hi",
    () => {
      throw new Error("refused");
    },
  );

  const protocol = { code: "wrapper_protocol", instance: "wrapper0", message: expect.stringContaining("did not call next()") };
  expect(silent.call).toThrow(expect.objectContaining(protocol));
  await expect(silentLater.call()).rejects.toMatchObject(protocol);
  expect(refusing.call).toThrow(expect.objectContaining({ code: "plugin_error", instance: "wrapper0" }));
});

test("a second next() is an error even for a wrapper that catches it, and calls nobody again", async () => {
  let calls = 0;
  const { call } = wrapped(
    async () => {
      calls += 1;
    },
    async (_request, next) => {
      const result = await next();
      try {
        await next();
      } catch {
        // what this test is about
      }
      return result;
    },
  );

  await expect(call()).rejects.toMatchObject({ code: "wrapper_protocol", message: expect.stringContaining("a second time") });
  expect(calls).toBe(1);
});

test("a next() that comes after the end calls nobody", () => {
  let calls = 0;
  let later: () => unknown = () => undefined;
  const { call } = wrapped(
    () => {
      calls += 1;
    },
    (_request, next) => {
      later = next;
      return [];
    },
  );

  expect(call).toThrow(/did not call next\(\)/);
  expect(later).toThrow(/called next\(\) after its end/);
  expect(calls).toBe(0);
});

test("an outer wrapper sees the protocol error of an inner one", () => {
  const { call } = wrapped(
    () => "hi",
    (_request, next) => {
      try {
        return next();
      } catch (error) {
        return [HooklineError.is(error) && error.code];
      }
    },
    () => ["mine"],
  );

  expect(call()).toEqual(["wrapper_protocol"]);
});

test("a wrapper may do other things before it awaits next()", async () => {
  const unhandled = watchRejections();
  const { call, lost } = wrapped(
    () => Promise.reject(new Error("meanwhile")),
    async (_request, next) => {
      const pending = next();
      await setImmediate();
      return pending;
    },
  );

  await expect(call()).rejects.toMatchObject({ cause: { message: "meanwhile" } });
  expect([unhandled, lost]).toEqual([[], []]);
});

test("an error that a wrapper did not wait for is reported, and ends no process", async () => {
  const unhandled = watchRejections();
  const { call, lost } = wrapped(
    async () => {
      await setImmediate();
      throw new Error("too late");
    },
    (_request, next) => {
      next();
      return ["at once"];
    },
  );

  expect(call()).toEqual(["at once"]);
  await setImmediate();
  await setImmediate();

  expect(unhandled).toEqual([]);
  expect(lost).toMatchObject([{ code: "plugin_error", instance: "anna", hook: "greet", cause: { message: "too late" } }]);
});

test("wrappers wrap every mode", async () => {
  const hooks = createHooks({ first: { mode: "first" }, change: { mode: "waterfall" }, seen: { mode: "event" } });
  const results: unknown[] = [];
  const spy = async (_request: unknown, next: () => unknown) => {
    const result = await next();
    results.push(result);
    return result;
  };
  const wrapper = { wrapper: true, handler: spy };
  hooks.register({
    name: "a",
    hooks: { first: () => 1, change: ({ n }: { n: number }) => ({ n: n + 1 }), seen: () => Promise.reject(new Error("x")) },
  });
  hooks.register({ name: "w", hooks: JSON.parse("{}") });
  hooks.replace("w", { hooks: Object.fromEntries(["first", "change", "seen"].map((hook) => [hook, wrapper])) });

  await hooks.call("first", {});
  await hooks.call("change", { n: 1 });
  await hooks.call("seen", {});

  expect(results).toMatchObject([1, { n: 2 }, [{ instance: "a" }]]);
});
