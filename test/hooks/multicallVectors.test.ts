import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { HooklineError } from "../../core/errors.ts";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { HookImplementation } from "../../core/hooks/hook.ts";
import { createPace, mixtures } from "./mixtures.ts";

interface Vector {
  id: string;
  firstresult: boolean;
  plugins: VectorPlugin[];
  callOrder: string[];
  expect: { result: unknown } | { error: string };
  log: string[];
}

type VectorPlugin = { plugin: string; opts: { tryfirst: boolean; trylast: boolean } } & (
  | { kind: "impl"; return?: unknown; throw?: string }
  | { kind: "wrapper"; pre: "ok" | "throw"; post: string }
);

/** The error class of the vectors' own plugins. */
class VectorError extends Error {}

const { vectors }: { vectors: Vector[] } = JSON.parse(
  readFileSync(new URL("../vectors/pluggy-multicall.json", import.meta.url), "utf8"),
);

for (const mixture of mixtures) {
  test(`all ${vectors.length} calls recorded from pluggy come out the same with ${mixture} implementations`, async () => {
    for (const vector of vectors) {
      const log: string[] = [];
      const hooks = createHooks({ ask: { mode: vector.firstresult ? "first" : "collect" } });
      const pace = createPace(mixture);
      for (const plugin of vector.plugins) {
        hooks.register({ name: plugin.plugin, hooks: { ask: implementation(plugin, log, pace) } });
      }

      const outcome = await outcomeOf(() => hooks.call("ask", {}));

      expect({ id: vector.id, outcome, log }).toEqual({ id: vector.id, outcome: vector.expect, log: vector.log });
      expect(hooks.describe().ask?.implementations.map(({ plugin }) => plugin)).toEqual(vector.callOrder);
    }
  });
}

test("synchronous vectors are answered without a promise", () => {
  const vector = vectors.find(({ expect, plugins }) => "result" in expect && plugins.length > 3);
  const hooks = createHooks({ ask: { mode: vector?.firstresult ? "first" : "collect" } });
  for (const plugin of vector?.plugins ?? []) {
    hooks.register({ name: plugin.plugin, hooks: { ask: implementation(plugin, [], (make) => make()) } });
  }

  const result = hooks.call("ask", {});

  expect({ result: result ?? null }).toEqual(vector?.expect);
});

function implementation(
  plugin: VectorPlugin,
  log: string[],
  pace: ReturnType<typeof createPace>,
): HookImplementation<{ mode: "collect" | "first" }> {
  const { tryfirst: tryFirst, trylast: tryLast } = plugin.opts;
  if (plugin.kind === "impl") {
    const handler = () =>
      pace(() => {
        log.push(plugin.plugin);
        if (plugin.throw !== undefined) throw new VectorError(plugin.throw);
        return plugin.return;
      });
    return { handler, tryFirst, tryLast };
  }
  return { wrapper: true, tryFirst, tryLast, handler: wrapper(plugin.plugin, plugin, log, pace) };
}

function wrapper(name: string, { pre, post }: { pre: string; post: string }, log: string[], pace: ReturnType<typeof createPace>) {
  const say = <T>(what: string, value: T): T => {
    log.push(`${name}:${what}`);
    return value;
  };
  const after = afterNext(name, post, say);
  return (_request: unknown, next: () => unknown): unknown =>
    pace(() => {
      say("pre", undefined);
      if (pre === "throw") throw new VectorError(`${name}-pre`);
      if (post === "noyield") return undefined;
      let inner: unknown;
      try {
        inner = next();
      } catch (error) {
        return after.error(error);
      }
      // A synchronous wrapper around asynchronous implementations goes on by hand.
      const finish = (result: unknown) => (post === "yield2" ? say("second", next)() : after.result(result));
      return inner instanceof Promise ? inner.then(finish, after.error) : finish(inner);
    });
}

/** What a wrapper does with the result or the error of `next()`. */
interface After {
  result(result: unknown): unknown;
  error(error: unknown): unknown;
}

function afterNext(name: string, post: string, say: <T>(what: string, value: T) => T): After {
  const caught = (error: unknown, value: unknown) => {
    if (error instanceof VectorError) return say(`caught:${error.message}`, value);
    throw error;
  };
  const fail = (error: unknown) => {
    throw error;
  };
  const usual: After = { result: (result) => say("post", result), error: fail };
  const special: Record<string, Partial<After>> = {
    none: { result: () => say("post", undefined) },
    replace: { result: () => say("post", `R:${name}`) },
    wrap: { result: (result) => say("post", [name, result ?? null]) },
    throw: { result: () => fail(say("post", new VectorError(`${name}-post`))) },
    suppress: { error: (error) => caught(error, `S:${name}`) },
    rethrow: { error: (error) => fail(caught(error, new VectorError(`${name}-re`))) },
    finally: { result: (result) => say("fin", result), error: (error) => fail(say("fin", error)) },
  };
  return { ...usual, ...special[post] };
}

/** What the caller got, in the words of the vectors. */
async function outcomeOf(call: () => unknown): Promise<unknown> {
  try {
    return { result: (await call()) ?? null };
  } catch (error) {
    if (!HooklineError.is(error)) throw error;
    expect(error.hook).toBe("ask");
    expect(error.instance).toMatch(/^[pw]\d$/);
    if (error.cause instanceof VectorError) return { error: error.cause.message };
    return { error: `wrapfail: ${error.message.includes("did not call next()") ? "did not yield" : "has second yield"}` };
  }
}
