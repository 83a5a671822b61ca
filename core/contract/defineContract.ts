import { HooklineError } from "../errors.ts";
import type { z } from "./schema.ts";

/**
 * How the implementations of a hook are called.
 * `collect`: all, their answers listed. `first`: until one answers. `waterfall`: each gets what the previous one returned.
 * `event`: all, errors collected, never stopped. `route`: the gateway chooses who answers. `instance`: one named instance, by the host.
 */
export type HookMode = "collect" | "first" | "waterfall" | "event" | "route" | "instance";

/** What a contract says of one hook. */
export interface HookSpec {
  mode: HookMode;
  /** The one request object, checked before anyone sees it. */
  request: z.ZodType;
  /** What ONE implementation returns, checked before the caller sees it. Without it anything passes. */
  answer?: z.ZodType;
  /** One sentence for people: when it is called. */
  description?: string;
  /** Also reaches plugins that register later (`collect` only; pluggy's historic hooks). */
  historic?: boolean;
  /**
   * Where request and answer name something that an instance made (`group`, `groups[].id`, `to[].value`). Callers write and get
   * refs, `instance:id`; plugins get and give their platform's own id. A ref also chooses the instance.
   */
  refs?: { request?: readonly string[]; answer?: readonly string[] };
  /** Changes nothing, so that it may be asked again whatever happened (`route` only). */
  safe?: boolean;
  /** The list of the request of which every entry gets an item in the answer: `members`, `to`. It is split where a plugin takes fewer. */
  items?: string;
  /**
   * Of a hook that makes something with a list in it: `list` is split where a plugin takes fewer, and what is beyond the first part goes
   * through the routed `hook`, whose request names as `ref` the id that was made. Its spec is here, too.
   */
  overflow?: { readonly list: string; readonly hook: string; readonly ref: string; readonly spec: HookSpec };
  /** Works, and warns once per plugin that implements it: what to use instead. */
  deprecated?: string;
}

/** A versioned set of hooks. */
export interface Contract<Hooks extends Record<string, HookSpec> = Record<string, HookSpec>> {
  readonly id: string;
  /** A semantic version; manifests name the range they were written for. */
  readonly version: string;
  readonly hooks: Readonly<Hooks>;
}

/** What a caller passes to hook `Hook` of contract `C`. */
export type RequestOf<C extends Contract, Hook extends keyof C["hooks"]> = z.input<C["hooks"][Hook]["request"]>;
/** What an implementation of hook `Hook` receives: the caller's request after its check, defaults filled in. */
export type CheckedRequestOf<C extends Contract, Hook extends keyof C["hooks"]> = z.output<C["hooks"][Hook]["request"]>;
/** What an implementation of hook `Hook` returns. */
export type AnswerOf<C extends Contract, Hook extends keyof C["hooks"]> = C["hooks"][Hook] extends {
  answer: infer A extends z.ZodType;
}
  ? z.input<A>
  : unknown;
/** What a caller gets of one implementation's answer, after its check. */
export type CheckedAnswerOf<C extends Contract, Hook extends keyof C["hooks"]> = C["hooks"][Hook] extends {
  answer: infer A extends z.ZodType;
}
  ? z.output<A>
  : unknown;

/**
 * Declares a contract: the hooks an application calls and plugins implement.
 * Throws `contract_invalid` for a bad id, a version that is none, or a hook name that cannot be one.
 */
export function defineContract<const Hooks extends Record<string, HookSpec>>(contract: {
  id: string;
  version: string;
  hooks: Hooks;
}): Contract<Hooks> {
  if (!/^[a-z][a-z0-9_]*$/.test(contract.id)) {
    refuse(`A contract's id is lower snake case, and "${contract.id}" is not.`);
  }
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(contract.version)) {
    refuse(`The version of contract "${contract.id}" must be like 1.0.0, and "${contract.version}" is not.`);
  }
  for (const [name, spec] of Object.entries(contract.hooks)) {
    if (!isHookName(name))
      refuse(`"${name}" cannot be a hook's name: use lower snake case, and none of ${[...reservedNames].join(", ")}.`);
    if (spec.historic && spec.mode !== "collect") refuse(`Hook "${name}" is historic, which only a hook of mode collect can be.`);
  }
  return Object.freeze({ id: contract.id, version: contract.version, hooks: Object.freeze({ ...contract.hooks }) });
}

// What every object answers to: a hook of that name would be found where none was declared. `then` would make a promise of `host.hooks`.
const reservedNames = new Set([
  "constructor",
  "then",
  "catch",
  "finally",
  "prototype",
  ...Object.getOwnPropertyNames(Object.prototype),
]);

/** True for a name that a hook can have: snake case, and nothing that every object or promise already answers to. */
export function isHookName(name: string): boolean {
  return /^[a-z][a-z0-9_]*$/.test(name) && !reservedNames.has(name);
}

function refuse(reason: string): never {
  throw new HooklineError("contract_invalid", { reason });
}
