import { expect, test } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { Placement } from "../../core/hooks/implementation.ts";

type Then = (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

/** Something that can be awaited and is no promise. */
function thenable(then: Then): unknown {
  return withThen({ value: then });
}

function withThen(then: PropertyDescriptor): object {
  return Object.defineProperty({}, "then", then);
}

/** An engine whose plugins `b` and `a`, called in the order a, b, answer a thenable and 2. */
function engine(then: Then, placement: Placement = {}) {
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "b", hooks: { greet: () => 2 } });
  hooks.register({ name: "a", hooks: { greet: { ...placement, handler: () => thenable(then) } } });
  return hooks;
}

// With a time-out it is awaited by the guard of the call, without one by the loop.
for (const placement of [{}, { timeout: 10_000 }]) {
  const kind = placement.timeout === undefined ? "" : ", with a time-out";

  test(`a thenable that settles twice counts once${kind}`, async () => {
    const hooks = engine((resolve, reject) => {
      resolve(1);
      resolve(10);
      reject(new Error("never heard"));
    }, placement);

    expect(await hooks.call("greet", {})).toEqual([1, 2]);
  });

  test(`a thenable that settles later and again is taken at its first word${kind}`, async () => {
    const hooks = engine((resolve, reject) => {
      queueMicrotask(() => {
        reject(new Error("first"));
        resolve(1);
      });
    }, placement);

    await expect(hooks.call("greet", {})).rejects.toMatchObject({ instance: "a", cause: { message: "first" } });
  });

  test(`a thenable of a thenable is followed to its end${kind}`, async () => {
    const hooks = engine((resolve) => resolve(thenable((resolveInner) => resolveInner(1))), placement);

    expect(await hooks.call("greet", {})).toEqual([1, 2]);
  });

  test(`a thenable whose then throws is an error of its plugin${kind}`, async () => {
    const hooks = engine(() => {
      throw new Error("no then");
    }, placement);

    await expect(hooks.call("greet", {})).rejects.toMatchObject({ instance: "a", cause: { message: "no then" } });
  });
}

test("an answer whose then cannot be read is an error of its plugin", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  const answer = withThen({
    get() {
      throw new Error("hands off");
    },
  });
  hooks.register({ name: "a", hooks: { greet: () => answer } });

  expect(() => hooks.call("greet", {})).toThrow(expect.objectContaining({ instance: "a" }));
});

test("a then that is no function makes no promise", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  const answer = withThen({ value: "later" });
  hooks.register({ name: "a", hooks: { greet: () => answer } });

  expect(hooks.call("greet", {})).toEqual([answer]);
});

test("a wrapper may return a thenable", async () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "a", hooks: { greet: () => 1 } });
  hooks.register({
    name: "w",
    hooks: {
      greet: {
        wrapper: true,
        handler(_request, next) {
          const result = next();
          return thenable((resolve) => {
            resolve(result);
            resolve("again");
          });
        },
      },
    },
  });

  expect(await hooks.call("greet", {})).toEqual([1]);
});
