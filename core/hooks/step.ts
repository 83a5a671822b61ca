import { isHookName } from "../contract/defineContract.ts";
import { HooklineError, nearest } from "../errors.ts";
import type { HookPlugin } from "./hooks.ts";
import type { Call, Placement } from "./implementation.ts";

/** One implementation of one plugin, checked and ready to be called. */
export interface Step {
  readonly hook: string;
  readonly plugin: string;
  readonly wrapper: boolean;
  readonly placement: Placement;
  readonly timeout: number | undefined;
  /** The plugin's own signal. */
  readonly signal: AbortSignal | undefined;
  readonly handler: StepHandler;
  /** What `this` is in the handler. */
  readonly owner: object | undefined;
  /** What stands for it on the bus: a function of its own, even when two plugins share their handler. */
  readonly listener: (request: unknown) => unknown;
  /** What it gets as its call when nothing can interrupt it. */
  readonly call: Call;
}

/** `(request, call)`, or of a wrapper `(request, next, call)`. */
type StepHandler = (this: unknown, request: unknown, callOrNext: unknown, call?: Call) => unknown;

/** All implementations of a plugin, in the order in which they count as registered. Throws `plugin_invalid` or `hook_invalid`. */
export function stepsOf(name: string, plugin: HookPlugin): Step[] {
  const hooks: unknown = plugin.hooks;
  if (!isPlainObject(hooks)) refuse(name, "`hooks` must be a plain object of hook names and implementations");
  return Object.entries(hooks).flatMap(([hook, value]) => {
    if (!isHookName(hook)) {
      throw new HooklineError("hook_invalid", {
        instance: name,
        reason: `"${hook}" cannot be a hook's name; use lower snake case`,
      });
    }
    const implementations: unknown[] = Array.isArray(value) ? value : [value];
    // Who registers last is called first, so an array counts as registered from its end: its order is the order of the calls.
    return implementations
      .filter((implementation) => implementation !== undefined)
      .map((implementation) => stepOf(hook, name, implementation, { owner: hooks, signal: plugin.signal }))
      .reverse();
  });
}

/** One step from what a plugin, or the option `extra`, gives as an implementation. */
export function stepOf(
  hook: string,
  plugin: string,
  implementation: unknown,
  from: { owner?: object; signal?: AbortSignal } = {},
): Step {
  const { owner, signal } = from;
  if (isHandler(implementation)) {
    return newStep({ hook, plugin, wrapper: false, placement: {}, signal, handler: implementation, owner });
  }
  if (!isObject(implementation) || !isHandler(implementation.handler)) {
    refuse(plugin, `the implementation of "${hook}" must be a function, or an object with a function \`handler\``);
  }
  const { handler, wrapper = false, ...rest } = implementation;
  if (!isFlag(wrapper)) refuse(plugin, `"wrapper" of the implementation of "${hook}" must be true or false`);
  const placement = placementOf(hook, plugin, rest);
  return newStep({ hook, plugin, wrapper, placement, signal, handler, owner: implementation });
}

function newStep(step: Omit<Step, "timeout" | "listener" | "call">): Step {
  const { hook, plugin, placement, handler, owner } = step;
  const call: Call = new UninterruptedCall(hook, plugin);
  return { ...step, timeout: placement.timeout, listener: (request) => handler.call(owner, request, call), call };
}

class UninterruptedCall implements Call {
  readonly hook: string;
  readonly plugin: string;

  constructor(hook: string, plugin: string) {
    this.hook = hook;
    this.plugin = plugin;
  }

  /** One that never aborts, and a new one each time, so that nobody's listeners pile up on it. */
  get signal(): AbortSignal {
    return new AbortController().signal;
  }
}

const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isNames = (value: unknown) => Array.isArray(value) && value.every((name) => typeof name === "string");
const isTimeout = (value: unknown) => typeof value === "number" && value > 0 && value < 2 ** 31;

const placementRules: Record<keyof Placement, [check: (value: unknown) => boolean, words: string]> = {
  tryFirst: [isFlag, "true or false"],
  tryLast: [isFlag, "true or false"],
  optional: [isFlag, "true or false"],
  before: [isNames, "a list of plugin names"],
  after: [isNames, "a list of plugin names"],
  timeout: [isTimeout, "a number of milliseconds, more than 0 and less than 2^31"],
};

function placementOf(hook: string, plugin: string, given: Record<string, unknown>): Placement {
  for (const [key, value] of Object.entries(given)) {
    const rule = Object.entries(placementRules).find(([known]) => known === key)?.[1];
    if (rule === undefined) {
      const near = nearest(key, [...Object.keys(placementRules), "handler", "wrapper"]);
      refuse(plugin, `the implementation of "${hook}" has an unknown key "${key}"${near ? `; did you mean "${near}"?` : ""}`);
    }
    if (value !== undefined && !rule[0](value)) refuse(plugin, `"${key}" of the implementation of "${hook}" must be ${rule[1]}`);
  }
  return given;
}

function isHandler(value: unknown): value is StepHandler {
  return typeof value === "function";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** False also for `{ __proto__: … }`, where a hook would be lost without a word, and for an instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

function refuse(plugin: string, reason: string): never {
  throw new HooklineError("plugin_invalid", { instance: plugin, reason });
}
