import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { HooklineError } from "../../core/errors.ts";
import { createHooks } from "../../core/hooks/createHooks.ts";
import type { EngineHookSpecs } from "../../core/hooks/hook.ts";
import type { HookPlugin } from "../../core/hooks/hooks.ts";
import { createPace, type Mixture, mixtures } from "./mixtures.ts";

interface Step {
  op: string;
  plugin?: string;
  name?: string;
  remove?: string[];
  expect: unknown;
  log?: string[];
  historicReplayed?: string[];
}

interface LibraryHook {
  hook: string;
  ret: string | null;
  tryfirst?: boolean;
  trylast?: boolean;
  optional?: boolean;
  wrapper?: boolean;
}

const { lib, vectors }: { lib: Record<string, LibraryHook[]>; vectors: { id: string; steps: Step[] }[] } = JSON.parse(
  readFileSync(new URL("../vectors/pluggy-registry.json", import.meta.url), "utf8"),
);

for (const mixture of mixtures) {
  test(`all ${vectors.length} sequences recorded from pluggy's registry come out the same with ${mixture} implementations`, async () => {
    for (const { id, steps } of vectors) {
      const session = createSession(mixture);
      for (const [index, step] of steps.entries()) {
        session.log.length = 0;
        session.replayed.length = 0;

        const outcome = await session.run(step);

        const expected = { outcome: step.expect, log: step.log ?? [], replayed: step.historicReplayed ?? [] };
        expect({ id, index, outcome, log: session.log, replayed: session.replayed }).toEqual({ id, index, ...expected });
      }
    }
  });
}

/** One engine, and what a sequence of steps does with it. */
function createSession(mixture: Mixture) {
  const log: string[] = [];
  const say = <T>(line: string, value: T): T => {
    log.push(line);
    return value;
  };
  const replayed: string[] = [];
  const pace = createPace(mixture);
  const specs: EngineHookSpecs = { a: { mode: "collect" }, b: { mode: "collect", historic: true }, c: { mode: "first" } };
  const hooks = createHooks(specs);
  const plugins = new Map<string, HookPlugin>(Object.entries(lib).map(([key, hooks]) => [key, libraryPlugin(key, hooks)]));
  const keyOf = (plugin: HookPlugin | undefined) => [...plugins].find(([, one]) => one === plugin)?.[0] ?? null;
  const pluginOf = (step: Step): HookPlugin => plugins.get(step.plugin ?? "") ?? { hooks: {} };

  function libraryPlugin(key: string, implementations: LibraryHook[]): HookPlugin {
    const entries = implementations.map(({ hook, ret, wrapper, tryfirst = false, trylast = false, optional = false }) => {
      const says = `${key}.${hook}`;
      const placement = { tryFirst: tryfirst, tryLast: trylast, optional };
      if (!wrapper) return [hook, { ...placement, handler: () => pace(() => say(says, ret)) }];
      const post = (result: unknown) => say(`${says}:post`, Array.isArray(result) ? [...result, ret] : result);
      const handler = (_request: unknown, next: () => unknown) =>
        pace(() => {
          const inner = say(`${says}:pre`, next)();
          return inner instanceof Promise ? inner.then(post) : post(inner);
        });
      return [hook, { ...placement, wrapper: true, handler }];
    });
    return { hooks: Object.fromEntries(entries) };
  }

  const operations: Record<string, (step: Step) => unknown> = {
    reg: (step) => hooks.register(pluginOf(step), step.name),
    unregObj(step) {
      hooks.unregister(pluginOf(step));
      return "ok";
    },
    unregName: ({ name = "" }) => keyOf(hooks.unregister(name)),
    block({ name = "" }) {
      hooks.block(name);
      return "ok";
    },
    unblock: ({ name = "" }) => hooks.unblock(name),
    list: () => hooks.plugins().map(({ name, plugin }) => [name, keyOf(plugin)]),
    pending() {
      hooks.checkPending();
      return "ok";
    },
    state(step) {
      const plugin = pluginOf(step);
      const { name = "" } = step;
      return {
        isRegistered: hooks.isRegistered(plugin),
        name: hooks.nameOf(plugin) ?? null,
        has: hooks.isRegistered(name),
        blocked: hooks.isBlocked(name),
      };
    },
    impls: () =>
      Object.fromEntries(["a", "b", "c"].map((hook) => [hook, hooks.describe()[hook]?.implementations.map((one) => one.plugin)])),
    callA: () => hooks.call("a", {}),
    callC: () => hooks.call("c", {}),
    callD: () => hooks.call("d", {}),
    extra: () => hooks.call("a", {}, { extra: [() => "X1", () => "X2"] }),
    subset: ({ remove = [] }) => {
      const without = remove.map((key) => hooks.nameOf(plugins.get(key) ?? { hooks: {} }) ?? "");
      return hooks.call("a", {}, { without });
    },
    async callHistoric() {
      const heard: unknown[] = [];
      let isLate = false;
      await hooks.callHistoric("b", {}, (result) => {
        if (isLate) replayed.push(String(result));
        else heard.push(result);
      });
      isLate = true;
      return heard;
    },
  };

  return {
    log,
    replayed,
    async run(step: Step): Promise<unknown> {
      try {
        const result = await operations[step.op]?.(step);
        await new Promise((resolve) => setImmediate(resolve)); // late implementations answer after `register` has returned
        return { result: result ?? null };
      } catch (error) {
        return { error: wordFor(error) };
      }
    },
  };
}

/** The error in the words of the vectors. */
function wordFor(error: unknown): string {
  if (!HooklineError.is(error)) throw error;
  const words: Record<string, string> = { plugin_not_registered: "not-registered", hook_unknown: "no-such-hook" };
  return words[error.code] ?? `duplicate-${error.details.duplicate}`;
}
