import { expect, test } from "vitest";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { Placement } from "../../core/hooks/implementation.ts";

/** An engine with one hook, and a plugin that answers its own name. */
function greeters() {
  const hooks = createHooks({ greet: { mode: "collect" }, ask: { mode: "first" } });
  const greeter = (name: string, placement: Placement = {}) => ({
    name,
    hooks: { greet: { ...placement, handler: () => name } },
  });
  return { hooks, greeter };
}

test("a plugin with one wrong implementation registers none", () => {
  const { hooks } = greeters();
  const wrong: [unknown, RegExp][] = [
    [{ greet: () => 1, ask: 5 }, /anna: the implementation of "ask" must be a function/],
    [{ greet: () => 1, ask: null }, /must be a function/],
    [{ greet: () => 1, ask: { handler: "no" } }, /must be a function/],
    [{ greet: () => 1, ask: { handler: () => 1, tryfirst: true } }, /unknown key "tryfirst"; did you mean "tryFirst"\?/],
    [{ greet: () => 1, ask: { handler: () => 1, before: "ben" } }, /"before" .* must be a list of plugin names/],
    [{ greet: () => 1, ask: { handler: () => 1, timeout: 0 } }, /"timeout" .* must be a number of milliseconds/],
    [{ greet: () => 1, ask: { handler: () => 1, wrapper: "yes" } }, /"wrapper" .* must be true or false/],
    [{ greet: () => 1, Ask: () => 1 }, /"Ask" cannot be a hook's name/],
    [undefined, /must be a plain object/],
  ];

  for (const [implementations, message] of wrong) {
    const plugin = JSON.parse(`{ "name": "anna" }`);
    plugin.hooks = implementations;
    expect(() => hooks.register(plugin)).toThrow(message);
  }

  expect(hooks.call("greet", {})).toEqual([]);
  expect(hooks.plugins()).toEqual([]);
  expect(() => hooks.register({ hooks: {} })).toThrow(/a plugin needs a name/);
});

test("a name and an object can be registered once", () => {
  const { hooks, greeter } = greeters();
  const anna = greeter("anna");
  hooks.register(anna);

  expect(() => hooks.register(greeter("anna"))).toThrow(expect.objectContaining({ code: "plugin_duplicate" }));
  expect(() => hooks.register(anna, "alias")).toThrow(/registered already, as "anna"/);
  expect(hooks.call("greet", {})).toEqual(["anna"]);
});

test("unregistering takes a plugin out by name or by object", () => {
  const { hooks, greeter } = greeters();
  const [anna, ben] = [greeter("anna"), greeter("ben")];
  hooks.register(anna);
  hooks.register(ben, "benjamin");

  expect([hooks.nameOf(ben), hooks.isRegistered(ben), hooks.isRegistered("ben")]).toEqual(["benjamin", true, false]);
  expect(hooks.unregister("anna")).toBe(anna);
  expect(hooks.unregister(ben)).toBe(ben);

  expect(hooks.call("greet", {})).toEqual([]);
  expect(hooks.unregister("anna")).toBeUndefined();
  expect(() => hooks.unregister(ben)).toThrow(expect.objectContaining({ code: "plugin_not_registered" }));
});

test("two plugins may share a function, and each keeps its own", () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  const shared = () => "hi";
  hooks.register({ name: "anna", hooks: { greet: shared } });
  hooks.register({ name: "ben", hooks: { greet: shared } });

  hooks.unregister("anna");

  expect(hooks.outcomes("greet", {})).toEqual([{ plugin: "ben", value: "hi" }]);
});

test("a replaced plugin keeps its place among the others", () => {
  const { hooks, greeter } = greeters();
  for (const name of ["c", "b", "a"]) hooks.register(greeter(name));
  const newer = { hooks: { greet: () => "new b", ask: () => "now it answers" } };

  const old = hooks.replace("b", newer);

  expect(old.name).toBe("b");
  expect(hooks.call("greet", {})).toEqual(["a", "new b", "c"]);
  expect(hooks.call("ask", {})).toBe("now it answers");
  expect(hooks.getPlugin("b")).toBe(newer);
  expect(hooks.plugins().map(({ name }) => name)).toEqual(["c", "b", "a"]);
});

test("a replacement that is wrong leaves the old plugin as it was", () => {
  const { hooks, greeter } = greeters();
  const [anna, ben] = [greeter("anna"), greeter("ben")];
  hooks.register(anna);
  hooks.register(ben);

  expect(() => hooks.replace("anna", { hooks: { greet: { handler: () => 1, before: ["ben"], after: ["ben"] } } })).toThrow(
    /has a cycle/,
  );
  expect(() => hooks.replace("anna", greeter("carl"))).toThrow(/this one is "carl"/);
  expect(() => hooks.replace("anna", ben)).toThrow();
  expect(() => hooks.replace("nobody", greeter("nobody"))).toThrow(/No plugin "nobody" is registered. Registered: anna, ben/);

  expect(hooks.getPlugin("anna")).toBe(anna);
  expect(hooks.call("greet", {})).toEqual(["ben", "anna"]);
});

test("a blocked name is unregistered and refused until it is unblocked", () => {
  const { hooks, greeter } = greeters();
  const anna = greeter("anna");
  hooks.register(anna);

  hooks.block("anna");

  expect(hooks.call("greet", {})).toEqual([]);
  expect(hooks.register(anna)).toBeUndefined();
  expect([hooks.isBlocked("anna"), hooks.isRegistered("anna"), hooks.getPlugin("anna")]).toEqual([true, false, undefined]);
  expect(hooks.plugins()).toEqual([{ name: "anna", blocked: true }]);
  expect([hooks.unblock("anna"), hooks.unblock("anna"), hooks.isBlocked("anna")]).toEqual([true, false, false]);
  expect(hooks.register(anna)).toBe("anna");
});

test("before and after say who is called earlier, whatever the order of registration", () => {
  const { hooks, greeter } = greeters();
  hooks.register(greeter("early", { before: ["first", "nobody"] }));
  hooks.register(greeter("late", { after: ["plain"] }));
  hooks.register(greeter("plain"));
  hooks.register(greeter("first", { tryFirst: true }));

  expect(hooks.call("greet", {})).toEqual(["early", "first", "plain", "late"]);
});

test("a cycle of before and after is refused with all of its plugins, and nothing of it is registered", () => {
  const { hooks, greeter } = greeters();
  hooks.register(greeter("a", { before: ["b"] }));
  hooks.register(greeter("b", { before: ["c"] }));
  hooks.register(greeter("bystander"));

  const register = () => hooks.register({ name: "c", hooks: { ask: () => 1, greet: { handler: () => "c", before: ["a"] } } });

  expect(register).toThrow(/The order of hook "greet" has a cycle: (a → b → c → a|b → c → a → b|c → a → b → c)\. Remove/);
  expect(hooks.isRegistered("c")).toBe(false);
  expect(hooks.call("ask", {})).toBeUndefined();
  expect(() => hooks.register(greeter("self", { after: ["self"] }))).toThrow(/self → self/);
});

test("arrange sets the order as if the plugins had been registered so", () => {
  const { hooks, greeter } = greeters();
  for (const name of ["a", "b", "c", "d"]) hooks.register(greeter(name));

  hooks.arrange(["d", "c", "b"]);

  expect(hooks.call("greet", {})).toEqual(["b", "c", "d", "a"]);
  expect(() => hooks.arrange(["a", "nobody"])).toThrow(expect.objectContaining({ code: "plugin_not_registered" }));
  expect(hooks.call("greet", {})).toEqual(["b", "c", "d", "a"]);
});

test("a call goes on with the plugins it started with", async () => {
  const hooks = createHooks({ greet: { mode: "collect" } });
  hooks.register({ name: "b", hooks: { greet: async () => "b" } });
  hooks.register({
    name: "a",
    hooks: {
      greet() {
        hooks.unregister("a");
        hooks.unregister("b");
        hooks.register({ name: "c", hooks: { greet: () => "c" } });
        return "a";
      },
    },
  });

  const answers = await hooks.call("greet", {});

  expect(answers).toEqual(["a", "b"]);
  expect(hooks.call("greet", {})).toEqual(["c"]);
});

test("an implementation may call hooks of its engine", async () => {
  const hooks = createHooks({ greet: { mode: "collect" }, name_of: { mode: "first" } });
  hooks.register({ name: "names", hooks: { name_of: async ({ id }: { id: number }) => `user ${id}` } });
  hooks.register({
    name: "anna",
    hooks: { greet: async ({ id }: { id: number }) => `hello ${await hooks.call("name_of", { id })}` },
  });

  const answers = await Promise.all([hooks.call("greet", { id: 1 }), hooks.call("greet", { id: 2 })]);

  expect(answers).toEqual([["hello user 1"], ["hello user 2"]]);
});
