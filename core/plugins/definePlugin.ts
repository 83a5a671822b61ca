import type { CommunicationContract, InboundEvent } from "../contract/communication.ts";
import type { AnswerOf, CheckedRequestOf, Contract } from "../contract/defineContract.ts";
import { HooklineError } from "../errors.ts";
import type { Implementation } from "../hooks/implementation.ts";
import type { Http } from "./http.ts";
import type { ManifestInput } from "./manifest.ts";

/** Where a plugin writes what an operator should read. Every line names the instance; the secrets of the settings are blanked. */
export interface Log {
  debug(message: string, details?: Record<string, unknown>): void;
  info(message: string, details?: Record<string, unknown>): void;
  warn(message: string, details?: Record<string, unknown>): void;
  error(message: string, details?: Record<string, unknown>): void;
}

/**
 * All that a plugin gets. What is made through the context is undone by itself, last made first undone, when the generation
 * ends. After that every method throws `context_disposed`.
 */
export interface Context<Settings = Record<string, unknown>> {
  /** The id of the instance. */
  readonly id: string;
  /** The settings, checked against the manifest's `config_schema`. */
  readonly config: Readonly<Settings>;
  readonly log: Log;
  /** HTTP with a pool, deadline, abort, size limit, and status codes turned into Hookline's errors. Never retries. */
  readonly http: Http;
  /** Aborts when this generation has to end. */
  readonly signal: AbortSignal;
  /** Plain data of the instance, the same object in every generation until the host closes. */
  readonly state: Record<string, unknown>;
  /** Runs when the generation ends. */
  onDispose(undo: () => void | Promise<void>): void;
  /** Plain data for the next generation: it arrives as the second argument of its `setup`. */
  onSnapshot(take: () => unknown): void;
  /** Takes new settings in place; return false (or throw) to be set up anew instead. */
  onConfigChange(take: (settings: Readonly<Settings>) => boolean | void | Promise<boolean | void>): void;
  /**
   * The same live object (a pool, a client) across generations, for as long as `fingerprint` stays the same.
   * The last generation that keeps it destroys it.
   */
  keep<T>(key: string, fingerprint: string, create: () => T | Promise<T>, destroy: (kept: T) => void | Promise<void>): Promise<T>;
  /**
   * For what only one generation may own (a bot session): `start` runs when the previous holder has let go, and returns its stop.
   * Resolves when started. The old generation lets go after the swap, so do not await this in `setup` (unless `reload: "restart"`).
   */
  exclusive(name: string, start: () => Promise<() => void | Promise<void>> | (() => void | Promise<void>)): Promise<void>;
  /** Tells the application of an inbound event. */
  emit(event: InboundEvent): void;
  /** Like the global one; ends with the generation. Returns its clear. */
  setTimeout(run: () => void, ms: number): () => void;
  /** Like the global one; ends with the generation. Returns its clear. */
  setInterval(run: () => void, ms: number): () => void;
  /** Listens on an event emitter until the generation ends. Returns its off. */
  listen(emitter: EmitterLike, event: string, listener: (...values: never[]) => void): () => void;
  /** Keeps an open server, socket or watcher, and closes it when the generation ends. */
  own<T extends Closable>(resource: T): T;
}

/** What `context.listen` needs of an emitter. */
export interface EmitterLike {
  on(event: string, listener: (...values: unknown[]) => void): unknown;
  off(event: string, listener: (...values: unknown[]) => void): unknown;
}

/** What `context.own` can close. */
export type Closable =
  | { close(done?: () => void): unknown }
  | { destroy(): unknown }
  | { [Symbol.asyncDispose](): PromiseLike<void> };

/** The hooks a plugin implements: one implementation each, or several in an array. */
export type Implementations<C extends Contract = CommunicationContract> = {
  [Hook in keyof C["hooks"]]?:
    | Implementation<CheckedRequestOf<C, Hook>, AnswerOf<C, Hook>, ResultOf<C, Hook>>
    | readonly Implementation<CheckedRequestOf<C, Hook>, AnswerOf<C, Hook>, ResultOf<C, Hook>>[];
};

type ResultOf<C extends Contract, Hook extends keyof C["hooks"]> = C["hooks"][Hook]["mode"] extends "collect"
  ? AnswerOf<C, Hook>[]
  : C["hooks"][Hook]["mode"] extends "waterfall"
    ? CheckedRequestOf<C, Hook>
    : AnswerOf<C, Hook> | undefined;

/** A plugin as its file exports it. */
export interface PluginDefinition<Settings = Record<string, unknown>, C extends Contract = CommunicationContract> {
  /** For a plugin of one file, or one given as an object; a folder has its manifest.yml. */
  manifest?: ManifestInput;
  /**
   * `swap` (default): the new generation is live before the old one ends. `restart`: the old one ends first, and calls wait
   * meanwhile: for what cannot live twice.
   */
  reload?: "swap" | "restart";
  /** Makes a generation: returns the hooks it implements. `previous` is what the old generation's `onSnapshot` gave. */
  setup(context: Context<Settings>, previous?: unknown): Implementations<C> | Promise<Implementations<C>>;
}

/**
 * Declares a plugin; its file exports the result as default. `Settings` types `context.config`, `C` is the contract it implements
 * (the communication contract unless given).
 * Throws `plugin_invalid` when there is no `setup`.
 */
export function definePlugin<Settings = Record<string, unknown>, C extends Contract = CommunicationContract>(
  plugin: PluginDefinition<Settings, C>,
): PluginDefinition<Settings, C> {
  if (typeof plugin?.setup !== "function") {
    throw new HooklineError("plugin_invalid", {
      reason: "definePlugin() needs an object with a function `setup` that returns the hooks",
    });
  }
  return plugin;
}
