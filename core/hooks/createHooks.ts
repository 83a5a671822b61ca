import { type Clock, systemClock } from "../clock.ts";
import { isHookName } from "../contract/defineContract.ts";
import { HooklineError } from "../errors.ts";
import { createAbortWatch } from "./abortWatch.ts";
import { createCaller } from "./caller.ts";
import { checkPending, describe } from "./describe.ts";
import type { EngineTools } from "./engineTools.ts";
import { createHistory, type OnResult } from "./historic.ts";
import type { EngineHookSpec, EngineHookSpecs } from "./hook.ts";
import type { HookPlugin, Hooks } from "./hooks.ts";
import { historicPlan, pinnedHooks } from "./pinnedHooks.ts";
import { createRegistry } from "./registry.ts";
import { isPlainObject } from "./step.ts";

/** What an engine may be given. */
export interface HooksOptions {
  /** Hears of errors that nobody can catch, such as those of monitors. A process warning unless given. */
  readonly onError?: (error: unknown) => void;
  /** The time; the real one unless given. */
  readonly clock?: Clock;
}

/**
 * Makes a hook engine for the hooks declared in `specs`: `{ greet: { mode: "collect" } }`, `{ greet: hook<Request, Answer>("collect") }`,
 * or the hooks of a contract. Throws `hook_invalid` for a name or mode that cannot be one.
 */
export function createHooks<const Specs extends EngineHookSpecs>(specs: Specs, options: HooksOptions = {}): Hooks<Specs> {
  const tools: EngineTools = {
    clock: options.clock ?? systemClock,
    watch: createAbortWatch(),
    onError: safe(options.onError ?? warn),
  };
  const caller = createCaller(tools);
  const history = createHistory(caller.start, tools.onError);
  const registry = createRegistry(checkedSpecs(specs), caller.bus, (added) => history.replay(registry.table().hooks, added));
  const { table, nameOf, register, unregister, replace, arrange, block, unblock } = registry;

  const engine = {
    ...pinnedHooks(caller, table),
    register,
    unregister,
    replace,
    arrange,
    block,
    unblock,
    nameOf,
    getPlugin,
    isBlocked: (name: string) => table().plugins.has(name) && !getPlugin(name),
    isRegistered: (which: string | HookPlugin) => (typeof which === "string" ? getPlugin(which) : nameOf(which)) !== undefined,
    plugins: () =>
      [...table().plugins].map(([name, { plugin }]) => ({ name, ...(plugin && { plugin }), blocked: plugin === undefined })),
    callHistoric: (hook: string, request: unknown, onResult?: OnResult) =>
      history.call(historicPlan(table(), hook), request, onResult),
    pin() {
      const pinned = table();
      return pinnedHooks(caller, () => pinned);
    },
    checkPending: () => checkPending(table()),
    monitor: caller.monitor,
    describe: () => describe(table()),
  };

  function getPlugin(name: string): HookPlugin | undefined {
    return table().plugins.get(name)?.plugin;
  }

  // The types of requests and answers exist only here, at the door: inside, all of them are `unknown`.
  return engine as Hooks<EngineHookSpecs> as Hooks<Specs>;
}

function checkedSpecs(specs: EngineHookSpecs): ReadonlyMap<string, EngineHookSpec> {
  if (!isPlainObject(specs)) refuse("createHooks() takes a plain object of hook names and their modes");
  for (const [hook, spec] of Object.entries(specs)) {
    const { mode, historic } = isPlainObject(spec) ? spec : refuse(`the hook "${hook}" needs its mode: { mode: "collect" }`);
    if (!isHookName(hook)) refuse(`"${hook}" cannot be a hook's name; use lower snake case, and nothing that every object has`);
    if (!modes.includes(mode)) refuse(`the hook "${hook}" has mode "${mode}"; the modes are ${modes.join(", ")}`);
    if (historic && mode !== "collect") refuse(`the hook "${hook}" is historic, which only a hook of mode collect can be`);
  }
  return new Map(Object.entries(specs));
}

const modes = ["collect", "first", "waterfall", "event", "route", "instance"];

function refuse(reason: string): never {
  throw new HooklineError("hook_invalid", { reason });
}

function safe(onError: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      onError(error);
    } catch (second) {
      warn(second);
    }
  };
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : new Error(String(error)));
}
