import type { HookMode } from "../contract/defineContract.ts";
import type { HooklineError } from "../errors.ts";
import type { EngineHookSpecs, HookAnswer, HookImplementation, HookRequest, HookResult } from "./hook.ts";
import type { Handler } from "./implementation.ts";
import type { Monitor } from "./monitors.ts";

/** A plugin as the engine sees it: a name and the hooks it implements, one implementation each or several in the order of their calls. */
export interface HookPlugin<Specs extends EngineHookSpecs = EngineHookSpecs> {
  readonly name?: string;
  readonly hooks: {
    readonly [Hook in keyof Specs]?: HookImplementation<Specs[Hook]> | readonly HookImplementation<Specs[Hook]>[];
  };
  /** Aborts when the plugin has to end: so does the signal of every call it is in. */
  readonly signal?: AbortSignal;
}

/** What may be said about one call. */
export interface CallOptions<Spec = unknown> {
  /** Aborts: the call fails with `cancelled` at once, and the signals of its implementations abort. */
  readonly signal?: AbortSignal;
  /** How long the whole call may take, in milliseconds; then it fails with `timeout`. */
  readonly timeout?: number;
  /** Names of plugins that are left out, their wrappers too. */
  readonly without?: readonly string[];
  /** Implementations for this call alone, as if each were registered last. In errors their plugin is "(extra)". */
  readonly extra?: readonly Handler<HookRequest<Spec>, HookAnswer<Spec>>[];
}

/** What one implementation did. */
export type HookOutcome<Answer = unknown> =
  | { readonly plugin: string; readonly value: Answer | undefined; readonly error?: undefined }
  | { readonly plugin: string; readonly value?: undefined; readonly error: HooklineError };

/**
 * The calls. An answer comes at once while every implementation is synchronous, and as a promise as soon as one is not. What fails
 * is thrown (or rejects) as a HooklineError that names hook and plugin; `cause` is what the implementation threw.
 */
export interface PinnedHooks<Specs extends EngineHookSpecs = EngineHookSpecs> {
  /** Calls all implementations as the hook's mode says. Hooks of mode `route` and `instance` are called with `callOne`. */
  call<Hook extends keyof Specs & string>(
    hook: Hook,
    request: HookRequest<Specs[Hook]>,
    options?: CallOptions<Specs[Hook]>,
  ): HookResult<Specs[Hook]> | Promise<HookResult<Specs[Hook]>>;
  /** Calls the implementations of one plugin inside everybody's wrappers, for mode `route` and `instance`. Its first answer is the result. */
  callOne<Hook extends keyof Specs & string>(
    hook: Hook,
    plugin: string,
    request: HookRequest<Specs[Hook]>,
    options?: Omit<CallOptions<Specs[Hook]>, "extra">,
  ): HookAnswer<Specs[Hook]> | undefined | Promise<HookAnswer<Specs[Hook]> | undefined>;
  /** As `call`, and tells what each implementation did, in the order of the calls. An error stops nobody; one of a wrapper stands last. */
  outcomes<Hook extends keyof Specs & string>(
    hook: Hook,
    request: HookRequest<Specs[Hook]>,
    options?: CallOptions<Specs[Hook]>,
  ): HookOutcome<HookAnswer<Specs[Hook]>>[] | Promise<HookOutcome<HookAnswer<Specs[Hook]>>[]>;
  /** True when the plugin implements the hook, other than by a wrapper. */
  has(hook: keyof Specs & string, plugin: string): boolean;
}

/** A hook engine: plugins register for hooks, the application calls them. */
export interface Hooks<Specs extends EngineHookSpecs = EngineHookSpecs> extends PinnedHooks<Specs> {
  /**
   * Registers all hooks of the plugin, or none when one of them is wrong. Returns its name; undefined when the name is blocked.
   * Who registers last is called first, unless `tryFirst`, `tryLast`, `before` or `after` say otherwise.
   */
  register(plugin: HookPlugin<Specs>, name?: string): string | undefined;
  /** Takes the plugin out, by name or by the object. Returns it; undefined when nobody has that name. Calls that run go on with it. */
  unregister(plugin: string | HookPlugin<Specs>): HookPlugin<Specs> | undefined;
  /** Puts another plugin in the place of this one, all of it or nothing. The order of calls stays. Returns the old one. */
  replace(name: string, plugin: HookPlugin<Specs>): HookPlugin<Specs>;
  /** From now on the order is as if the plugins had been registered in this order; who is not named counts as registered before. */
  arrange(names: readonly string[]): void;
  /** Unregisters the name and refuses it from now on. */
  block(name: string): void;
  /** Allows the name again; false when it was not blocked. */
  unblock(name: string): boolean;
  isBlocked(name: string): boolean;
  isRegistered(plugin: string | HookPlugin<Specs>): boolean;
  /** Everybody who is registered or blocked, in the order of registration. */
  plugins(): { name: string; plugin?: HookPlugin<Specs>; blocked: boolean }[];
  getPlugin(name: string): HookPlugin<Specs> | undefined;
  /** The name that the object is registered under. */
  nameOf(plugin: HookPlugin<Specs>): string | undefined;
  /**
   * Calls a historic hook: all who are registered now, and later each who registers or is replaced. `onResult` gets every answer.
   * What a late one throws goes to the option `onError` of `createHooks`.
   */
  callHistoric<Hook extends keyof Specs & string>(
    hook: Hook,
    request: HookRequest<Specs[Hook]>,
    onResult?: (result: HookAnswer<Specs[Hook]>, plugin: string) => void,
  ): void | Promise<void>;
  /** A view of all hooks as they are now: what registers, ends or is replaced later cannot be seen through it. Costs nothing. */
  pin(): PinnedHooks<Specs>;
  /** Throws `hook_invalid` when a plugin implements a hook that nobody declared, unless it says `optional`. */
  checkPending(): void;
  /** Watches all calls, also through pinned views. Returns its off. What a monitor throws goes to `onError` and touches no call. */
  monitor(monitor: Monitor): () => void;
  /** What is registered, hook by hook, in the order of the calls: wrappers, then implementations. */
  describe(): Record<keyof Specs & string, HookDescription>;
}

/** One hook as `describe()` shows it. */
export interface HookDescription {
  mode: HookMode;
  historic: boolean;
  /** False for a hook that exists only because a plugin implements it. */
  declared: boolean;
  implementations: ImplementationDescription[];
}

/** One implementation as `describe()` shows it. */
export interface ImplementationDescription {
  plugin: string;
  wrapper: boolean;
  tryFirst?: boolean;
  tryLast?: boolean;
  before?: readonly string[];
  after?: readonly string[];
  timeout?: number;
  optional?: boolean;
}
