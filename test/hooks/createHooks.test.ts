import { expect, test } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";

test("`this` of an implementation is the object it stands in", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  const implementations = {
    greet() {
      return this === implementations;
    },
  };
  hooks.register({ name: "anna", hooks: implementations });

  expect(hooks.call("greet", {})).toEqual([true]);
});

test("a call may leave plugins out and bring implementations of its own", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "anna", hooks: { greet: () => "anna" } });
  hooks.register({ name: "ben", hooks: { greet: { tryFirst: true, handler: () => "ben" } } });
  hooks.register({ name: "w", hooks: { greet: { wrapper: true, handler: async () => "never called" } } });

  expect(hooks.call("greet", {}, { without: ["anna", "w"], extra: [() => "one", () => "two"] })).toEqual(["ben", "two", "one"]);
});

test("outcomes tell what each implementation did, and an error stops nobody", async () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "c", hooks: { greet: async () => "hi" } });
  hooks.register({ name: "b", hooks: { greet: () => Promise.reject(new TypeError("broken")) } });
  hooks.register({ name: "a", hooks: { greet: () => undefined } });
  hooks.register({ name: "w", hooks: { greet: { wrapper: true, handler: (_request, next) => next() } } });

  const outcomes = await hooks.outcomes("greet", {});

  expect(outcomes).toMatchObject([
    { plugin: "a", value: undefined },
    { plugin: "b", error: { code: "plugin_error", instance: "b", hook: "greet" } },
    { plugin: "c", value: "hi" },
  ]);
});

test("the outcomes of a call that a wrapper refuses name the wrapper", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "a", hooks: { greet: () => 1 } });
  hooks.register({
    name: "guard",
    hooks: {
      greet: {
        wrapper: true,
        handler: () => {
          throw new Error("not today");
        },
      },
    },
  });

  expect(hooks.outcomes("greet", {})).toMatchObject([
    { plugin: "guard", error: { message: expect.stringContaining("not today") } },
  ]);
});

test("an unknown hook is refused with the known ones", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  const loose: { call(hook: string, request: unknown): unknown } = hooks;

  for (const name of ["gret", "constructor", "then", "__proto__", "toString", "hasOwnProperty"]) {
    expect(() => loose.call(name, {})).toThrow(/There is no hook ".*". Known hooks: greet/);
  }
});

test("names that every object or promise answers to cannot be declared or implemented", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });

  for (const name of ["constructor", "then", "__proto__", "toString", "valueOf", "Greet", "greet-me", ""]) {
    const own = JSON.parse(`{ ${JSON.stringify(name)}: { "mode": "collect" } }`);
    expect(() => createHooks(own)).toThrow(expect.objectContaining({ code: "hook_invalid" }));
    const hooksOf = Object.defineProperty({}, name, { value: () => 1, enumerable: true });
    expect(() => hooks.register({ name: "anna", hooks: hooksOf })).toThrow(expect.objectContaining({ code: "hook_invalid" }));
  }
  expect(() => createHooks({ __proto__: { mode: "collect" } })).toThrow(/plain object/);
  expect(() => hooks.register({ name: "anna", hooks: Object.create({ greet: () => 1 }) })).toThrow(/plain object/);
  expect(hooks.plugins()).toEqual([]);
});

test("a mode that is none, or a historic hook that cannot be one, is refused", () => {
  expect(() => createHooks(JSON.parse(`{ "greet": { "mode": "gather" } }`))).toThrow(/the modes are collect, first/);
  expect(() => createHooks(JSON.parse(`{ "greet": null }`))).toThrow(/needs its mode/);
  expect(() => createHooks({ ask: { mode: "first", historic: true } })).toThrow(/only a hook of mode collect/);
});

test("a pinned view goes on as it was, whatever changes meanwhile", () => {
  const hooks = createHooks({ greet: { mode: "collect" }, send: { mode: "route" } });
  hooks.register({ name: "anna", hooks: { greet: () => "old", send: () => "old" } });

  const pinned = hooks.pin();
  hooks.replace("anna", { hooks: { greet: () => "new" } });
  hooks.register({ name: "ben", hooks: { greet: () => "ben" } });

  expect(pinned.call("greet", {})).toEqual(["old"]);
  expect(pinned.outcomes("greet", {})).toEqual([{ plugin: "anna", value: "old" }]);
  expect(pinned.callOne("send", "anna", {})).toBe("old");
  expect([pinned.has("send", "anna"), hooks.has("send", "anna")]).toEqual([true, false]);
  expect(hooks.call("greet", {})).toEqual(["ben", "new"]);
});

test("describe shows every hook with its implementations, their places and whose they are", () => {
  const hooks = createHooks({ greet: { mode: "collect" }, ask: { mode: "first" } });
  hooks.register({ name: "anna", hooks: { greet: { handler: () => 1, after: ["ben"], timeout: 50 } } });
  hooks.register({ name: "w", hooks: { greet: { wrapper: true, handler: (_request, next) => next(), tryFirst: true } } });
  hooks.register({ name: "ben", hooks: { greet: () => 2 } });

  expect(hooks.describe()).toEqual({
    greet: {
      mode: "collect",
      historic: false,
      declared: true,
      implementations: [
        { plugin: "w", wrapper: true, tryFirst: true },
        { plugin: "ben", wrapper: false },
        { plugin: "anna", wrapper: false, after: ["ben"], timeout: 50 },
      ],
    },
    ask: { mode: "first", historic: false, declared: true, implementations: [] },
  });
});

test("checkPending names every implementation of a hook that nobody declared, unless it is optional", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  const misspelt: Record<string, () => number> = { greeet: () => 1 };
  const optional: Record<string, { handler: () => number; optional: boolean }> = { wave: { handler: () => 1, optional: true } };
  hooks.register({ name: "ben", hooks: optional });
  hooks.checkPending();
  hooks.register({ name: "anna", hooks: misspelt });

  expect(() => hooks.checkPending()).toThrow(/"anna" implements "greeet" \(did you mean "greet"\?\)/);
});

test("two engines know nothing of each other", () => {
  const one = createHooks({ greet: { mode: "collect" } });
  const other = createHooks({ greet: { mode: "collect" } });
  const anna = { name: "anna", hooks: { greet: () => 1 } };

  one.register(anna);
  other.register(anna);
  one.unregister(anna);

  expect([one.call("greet", {}), other.call("greet", {})]).toEqual([[], [1]]);
});
