import { type Clock, systemClock, withDeadline } from "../clock.ts";
import type { InboundEvent } from "../contract/communication.ts";
import type { Contract } from "../contract/defineContract.ts";
import { HooklineError, nearest } from "../errors.ts";
import type { Call, Handler, Implementation } from "../hooks/implementation.ts";
import type { Build } from "./buildPlugin.ts";
import { type ContextHandle, createContext } from "./context.ts";
import type { Log } from "./definePlugin.ts";
import type { InstanceMemory } from "./instanceMemory.ts";
import type { OptionsCheck } from "./optionsCheck.ts";
import { type Redact, redactError } from "./redact.ts";

/** One loaded version (code + settings) of an instance. */
export interface Generation {
  readonly instance: string;
  readonly number: number;
  readonly build: Build;
  /** Replaced when `onConfigChange` takes new ones in place. */
  settings: Readonly<Record<string, unknown>>;
  /** What the engine registers: implementations by hook. */
  readonly hooks: Readonly<Record<string, readonly Implementation[]>>;
  /** Hooks that it answers, other than by a wrapper. */
  readonly answers: readonly string[];
  /** Hooks that it wraps: its wrappers run in the calls of others too. */
  readonly wraps: readonly string[];
  readonly handle: ContextHandle;
  /** Blanks the secrets of its settings. */
  readonly redact: Redact;
  /** Checks what a call gives as this plugin's `provider_options`. */
  readonly checkOptions: OptionsCheck | undefined;
  /** Calls that may still use it. */
  readonly users: number;
  /** The names of the hooks of those calls. */
  running(): string[];
  /** A call that may use it begins. Returns its end. */
  acquire(hook: string): () => void;
  /** Resolves when no call can use it any more. */
  idle(): Promise<void>;
}

/** What a generation is made from, besides its code. */
export interface GenerationParts {
  instance: string;
  number: number;
  build: Build;
  settings: Readonly<Record<string, unknown>>;
  contracts: readonly Contract[];
  memory: InstanceMemory;
  log: Log;
  redact: Redact;
  checkOptions?: OptionsCheck | undefined;
  emit(event: InboundEvent): void;
  /** What the old generation's snapshot gave. */
  previous?: unknown;
  /** How long `setup` and `validate_config` may take together, in milliseconds. */
  timeout: number;
  clock?: Clock;
}

/**
 * Sets a generation up: context, `setup`, the check of its hooks, `validate_config`. Nothing is live yet.
 * Throws `setup_failed` (setup threw or took too long), `hook_unknown`, or `settings_invalid` (validate_config said no); then
 * everything that setup made is undone first.
 */
export async function createGeneration(parts: GenerationParts): Promise<Generation> {
  const {
    instance,
    number,
    build,
    settings,
    contracts,
    memory,
    log,
    redact,
    checkOptions,
    emit,
    previous,
    timeout,
    clock = systemClock,
  } = parts;
  const handle = createContext({ id: instance, settings, log, redact, memory, emit, clock });
  const late = (): Error =>
    new HooklineError("setup_failed", {
      instance,
      reason: `setup did not finish within ${timeout} ms; check what it waits for (a context.exclusive() must not be awaited there)`,
    });
  try {
    const hooks = await withDeadline(clock, timeout, setUp(), late);
    const own = { answers: answered(hooks), wraps: wrapped(hooks) };
    return countUsers({ instance, number, build, settings, hooks, ...own, handle, redact, checkOptions });
  } catch (error) {
    handle.abort(new HooklineError("cancelled", { instance, reason: "setup failed" }));
    const failures = await handle.dispose();
    if (failures.length > 0) log.warn("what setup had made could not all be undone", { errors: failures.map(String) });
    throw error instanceof Error ? redactError(error, redact) : error;
  }

  async function setUp(): Promise<Generation["hooks"]> {
    let returned: unknown;
    try {
      returned = await build.definition.setup(handle.context, previous);
    } catch (error) {
      if (HooklineError.is(error)) throw HooklineError.attribute(error, { instance });
      const said = error instanceof Error ? error.message : String(error);
      throw new HooklineError("setup_failed", { instance, reason: `setup threw: ${said}` }, { cause: error });
    }
    const { hooks, hidden } = checkedHooks(returned, { instance, contracts, capabilities: build.found.manifest.capabilities });
    await validateSettings(hooks, { instance, signal: handle.context.signal });
    warnOfDeprecated(hooks, parts);
    if (hidden.length > 0)
      log.warn(`${hidden.join(", ")}: not called, because the capabilities in the manifest name other hooks and not these`, {
        hidden,
      });
    return hooks;
  }
}

/** A deprecated hook works, and is spoken of once. */
function warnOfDeprecated(hooks: Generation["hooks"], { contracts, memory, log }: GenerationParts): void {
  for (const contract of contracts) {
    for (const [name, { deprecated }] of Object.entries(contract.hooks)) {
      if (deprecated === undefined || hooks[name] === undefined || memory.warned.has(name)) continue;
      memory.warned.add(name);
      log.warn(`${name} is deprecated in ${contract.id} ${contract.version}: ${deprecated}`);
    }
  }
}

function checkedHooks(
  returned: unknown,
  {
    instance,
    contracts,
    capabilities,
  }: { instance: string; contracts: readonly Contract[]; capabilities: readonly string[] | undefined },
): { hooks: Generation["hooks"]; hidden: string[] } {
  if (typeof returned !== "object" || returned === null) {
    throw new HooklineError("setup_failed", {
      instance,
      reason: "setup must return an object with the hooks it implements, like { send_message() {} }",
    });
  }
  const known = contracts.flatMap((contract) => Object.keys(contract.hooks));
  // Most capabilities are words for people ("delivery_receipts"); those that are hooks narrow what is registered.
  const narrowed = capabilities?.filter((name) => known.includes(name)) ?? [];
  const hooks: Record<string, readonly Implementation[]> = {};
  const hidden: string[] = [];
  for (const [name, given] of Object.entries(returned)) {
    if (!known.includes(name)) {
      const near = nearest(name, known);
      throw new HooklineError("hook_unknown", { instance, hook_name: name, hint: near ? ` Did you mean "${near}"?` : "", known });
    }
    const list: unknown[] = Array.isArray(given) ? given : [given];
    if (!list.every(isImplementation)) {
      throw new HooklineError("plugin_invalid", { instance, hook: name, reason: `${name} must be a function or { handler, … }` });
    }
    if (narrowed.length === 0 || narrowed.includes(name)) hooks[name] = list;
    else hidden.push(name);
  }
  return { hooks, hidden };
}

function isImplementation(value: unknown): value is Implementation {
  if (typeof value === "function") return true;
  return typeof value === "object" && value !== null && "handler" in value && typeof value.handler === "function";
}

async function validateSettings(
  hooks: Generation["hooks"],
  { instance, signal }: { instance: string; signal: AbortSignal },
): Promise<void> {
  const check = handlerOf(hooks, "validate_config");
  if (!check) return;
  const call: Call = { hook: "validate_config", plugin: instance, signal };
  let verdict: unknown;
  try {
    verdict = await check({}, call);
  } catch (error) {
    throw HooklineError.attribute(error, { instance, hook: "validate_config" });
  }
  if (typeof verdict !== "object" || verdict === null || !("ok" in verdict) || verdict.ok === true) return;
  const problems = "problems" in verdict && Array.isArray(verdict.problems) ? verdict.problems.map(String) : [];
  throw new HooklineError("settings_invalid", {
    instance,
    reason: `validate_config refused the settings: ${problems.join("; ") || "no reason given"}`,
  });
}

/** The handler of a hook's first implementation that is no wrapper. */
export function handlerOf(hooks: Generation["hooks"], name: string): Handler<unknown, unknown> | undefined {
  for (const implementation of hooks[name] ?? []) {
    if (typeof implementation === "function") return implementation;
    if (implementation.wrapper !== true) return implementation.handler;
  }
  return undefined;
}

function answered(hooks: Generation["hooks"]): string[] {
  return Object.keys(hooks).filter((name) => handlerOf(hooks, name) !== undefined);
}

function wrapped(hooks: Generation["hooks"]): string[] {
  return Object.keys(hooks).filter((name) => hooks[name]?.some((one) => typeof one === "object" && one.wrapper === true));
}

function countUsers(parts: Omit<Generation, "users" | "running" | "acquire" | "idle">): Generation {
  const calls = new Map<string, number>();
  const waiting: (() => void)[] = [];
  let users = 0;
  return {
    ...parts,
    get users() {
      return users;
    },
    running: () => [...calls.keys()],
    acquire(hook) {
      users += 1;
      calls.set(hook, (calls.get(hook) ?? 0) + 1);
      let ended = false;
      return () => {
        if (ended) return;
        ended = true;
        users -= 1;
        const left = (calls.get(hook) ?? 1) - 1;
        if (left > 0) calls.set(hook, left);
        else calls.delete(hook);
        if (users === 0) for (const resolve of waiting.splice(0)) resolve();
      };
    },
    idle: () => (users === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve))),
  };
}
