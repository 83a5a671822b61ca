import { expect, expectTypeOf, test } from "vitest";
import { defineContract } from "../../core/contract/defineContract.ts";
import { z } from "../../core/contract/schema.ts";
import type { HooklineError } from "../../core/errors.ts";
import { createHooks } from "../../core/hooks/createHooks.ts";
import { hook } from "../../core/hooks/hook.ts";
import type { HookOutcome, HookPlugin, Hooks } from "../../core/hooks/hooks.ts";

// What these tests say is checked by tsc; at run time they only show that the code works as well.

const specs = {
  greet: hook<{ who: string }, string>("collect"),
  ask: hook<{ question: string }, number>("first"),
  change: hook<{ n: number }>("waterfall"),
  seen: hook<{ at: string }>("event"),
  send: hook<{ to: string }, { id: string }>("route"),
};

test("requests and results of a typed hook have the types of its declaration and mode", async () => {
  const hooks = createHooks(specs);

  const greetings = hooks.call("greet", { who: "you" });
  expectTypeOf(greetings).toEqualTypeOf<string[] | Promise<string[]>>();
  expectTypeOf(await hooks.call("ask", { question: "?" })).toEqualTypeOf<number | undefined>();
  expectTypeOf(await hooks.call("change", { n: 1 })).toEqualTypeOf<{ n: number }>();
  expectTypeOf(await hooks.call("seen", { at: "noon" })).toEqualTypeOf<HooklineError[]>();
  expectTypeOf(await hooks.outcomes("greet", { who: "you" })).toEqualTypeOf<HookOutcome<string>[]>();
  expectTypeOf(hooks.callOne<"send">).returns.toEqualTypeOf<{ id: string } | undefined | Promise<{ id: string } | undefined>>();
  expectTypeOf(hooks.pin().call<"greet">).returns.toEqualTypeOf<string[] | Promise<string[]>>();

  // @ts-expect-error: the request needs `who`
  hooks.call("greet", {});
  // @ts-expect-error: `who` is a string
  hooks.call("greet", { who: 5 });
  // @ts-expect-error: there is no such hook
  expect(() => hooks.call("gret", { who: "you" })).toThrow(/There is no hook/);
});

test("implementations of a typed hook get its request and must give its answer", () => {
  const hooks = createHooks(specs);

  hooks.register({
    name: "anna",
    hooks: {
      greet: [(request) => `hello ${request.who}`, async ({ who }, call) => `${call.plugin} greets ${who}`],
      // The compiler tells an implementation in an object from a wrapper only when it says so, or in an array.
      ask: { wrapper: false, handler: ({ question }) => question.length, tryFirst: true },
      change(request) {
        expectTypeOf(request).toEqualTypeOf<{ n: number }>();
        return { n: request.n + 1 };
      },
      seen: () => undefined,
    },
  });
  hooks.register({
    name: "w",
    hooks: { greet: { wrapper: true, handler: async (request, next) => [...(await next()), request.who] } },
  });
  // @ts-expect-error: an answer of `ask` is a number
  hooks.register({ name: "b", hooks: { ask: () => "forty-two" } });
  // @ts-expect-error: a request of `ask` has no `who`
  hooks.register({ name: "c", hooks: { ask: ({ who }) => who } });
  // @ts-expect-error: a wrapper of `greet` gives a list
  hooks.register({ name: "d", hooks: { greet: { wrapper: true, handler: async (_request, next) => `${await next()}` } } });
  // @ts-expect-error: there is no such hook
  hooks.register({ name: "e", hooks: { gret: () => "hi" } });
  // @ts-expect-error: there is no such place
  expect(() => hooks.register({ name: "f", hooks: { ask: { handler: () => 1, tryfirst: true } } })).toThrow(/tryFirst/);

  expect(hooks.has("ask", "anna")).toBe(true);
});

test("extra implementations and historic results are typed too", () => {
  const hooks = createHooks({ greet: specs.greet, boot: hook<{ at: string }, number>("collect", { historic: true }) });

  expect(hooks.call("greet", { who: "you" }, { extra: [({ who }) => who] })).toEqual(["you"]);
  // @ts-expect-error: an answer of `greet` is a string
  hooks.call("greet", { who: "you" }, { extra: [() => 1] });
  hooks.callHistoric("boot", { at: "noon" }, (result, plugin) => {
    expectTypeOf(result).toEqualTypeOf<number>();
    expectTypeOf(plugin).toEqualTypeOf<string>();
  });
});

test("the hooks of a contract bring their types", async () => {
  const contract = defineContract({
    id: "kitchen",
    version: "1.0.0",
    hooks: {
      cook: {
        mode: "first",
        request: z.object({ dish: z.string(), people: z.number().default(2) }),
        answer: z.object({ minutes: z.number() }),
      },
      note: { mode: "event", request: z.object({ text: z.string() }) },
    },
  });
  const hooks = createHooks(contract.hooks);
  hooks.register({ name: "anna", hooks: { cook: ({ dish, people }) => ({ minutes: dish.length * people }) } });

  const answer = await hooks.call("cook", { dish: "soup", people: 3 });

  expectTypeOf(answer).toEqualTypeOf<{ minutes: number } | undefined>();
  expect(answer).toEqual({ minutes: 12 });
  // @ts-expect-error: an answer has minutes
  hooks.register({ name: "b", hooks: { cook: () => ({ hours: 1 }) } });
  // @ts-expect-error: the engine checks no schema, so it takes no request without its defaults
  hooks.call("cook", { dish: "soup" });
});

test("a hook without types takes anything, and lets an implementation say what it expects", async () => {
  const hooks = createHooks({ greet: { mode: "collect" }, ask: { mode: "first" } });
  hooks.register({
    name: "anna",
    hooks: { greet: (request: { who: string }) => `hello ${request.who}`, ask: (request) => typeof request },
  });
  hooks.register({
    name: "time",
    hooks: { greet: { wrapper: true, handler: async (_request, next) => [...(await next()), "!"] } },
  });

  const greetings = await hooks.call("greet", { who: "you" });

  expectTypeOf(greetings).toEqualTypeOf<unknown[]>();
  expectTypeOf(await hooks.call("ask", {})).toEqualTypeOf<unknown>();
  expect(greetings).toEqual(["hello you", "!"]);
  // @ts-expect-error: there is no such hook
  expect(() => hooks.call("gret", {})).toThrow();
});

test("an engine of any hooks can be handed on", () => {
  const hooks: Hooks = createHooks<HooksByName>({ greet: { mode: "collect" } });
  const plugin: HookPlugin = { name: "anna", hooks: { greet: () => 1 } };

  hooks.register(plugin);

  expect(hooks.call("greet", {})).toEqual([1]);
});

type HooksByName = Record<string, { mode: "collect" | "first" }>;
