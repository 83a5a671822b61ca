import type { InstanceConfig } from "../config/readConfig.ts";
import { instanceTypeId } from "../contract/typeIds/derivedTypeIds.ts";
import type { HooklineError } from "../errors.ts";
import type { Build } from "../plugins/buildPlugin.ts";
import type { FoundPlugin } from "../plugins/discover.ts";
import type { Generation } from "../plugins/generation.ts";
import { createInstanceMemory, type InstanceMemory } from "../plugins/instanceMemory.ts";

/** What an instance is doing. `live` also while a newer version of it is broken: `failure` says so. */
export type InstanceState = "loading" | "live" | "swapping" | "failed" | "missing" | "disabled";

/** Everything the lifecycle knows of one instance. */
export interface InstanceRecord {
  readonly id: string;
  readonly memory: InstanceMemory;
  config: InstanceConfig;
  state: InstanceState;
  /** The plugin as it lies in its folder now. */
  found: FoundPlugin | undefined;
  live: Generation | undefined;
  /** The channel of the last generation. */
  lastChannel: string | undefined;
  /** Generations that still have calls. */
  readonly old: Set<Generation>;
  /** What was live before, for a rollback. */
  lastGood: { build: Build; settings: Readonly<Record<string, unknown>> } | undefined;
  /** The files of the last attempt, good or bad: a change of these, or one of the misses appearing, is a reason to try again. */
  seen: Pick<Build, "files" | "misses">;
  /** The settings of the configuration that the last attempt used, before defaults: compared at the next. */
  settingsKey: string;
  /** The same of the live generation. */
  liveKey: string;
  /** Why the newest version is not live. */
  failure: HooklineError | undefined;
  /** Its plugin was refused before any code was looked at: a bad manifest, a missing dependency. */
  refused: boolean;
  /** Set while a `reload: restart` swaps. */
  gate: PromiseWithResolvers<void> | undefined;
  /** Counts attempts: an attempt that ends after a newer one began is thrown away. */
  attempt: number;
  /** Counts generations. */
  generations: number;
  /** Has to be looked at again when one of the old generations has ended. */
  postponed: boolean;
  /** Calls of the live generation while it is on trial. */
  trial: { calls: number; errors: number };
  calls: number;
  errors: number;
  lastError: HooklineError | undefined;
  since: Date | undefined;
  lastReload: { at: Date; ms: number; ok: boolean } | undefined;
  rolledBack: string | undefined;
  health: { healthy: boolean; details?: Record<string, unknown>; at: Date } | undefined;
}

/** A record of an instance that was not tried yet. */
export function createRecord(config: InstanceConfig): InstanceRecord {
  return {
    id: config.id,
    memory: createInstanceMemory(),
    config,
    state: "loading",
    found: undefined,
    live: undefined,
    lastChannel: undefined,
    old: new Set(),
    lastGood: undefined,
    seen: { files: new Map(), misses: new Set() },
    settingsKey: "",
    liveKey: "",
    failure: undefined,
    refused: false,
    gate: undefined,
    attempt: 0,
    generations: 0,
    postponed: false,
    trial: { calls: 0, errors: 0 },
    calls: 0,
    errors: 0,
    lastError: undefined,
    since: undefined,
    lastReload: undefined,
    rolledBack: undefined,
    health: undefined,
  };
}

/** The type id of an instance, from its plugin, the plugin's version and its own id. */
export function typeIdOf(record: InstanceRecord): string {
  const { id, config, live, found } = record;
  const { version } = (live?.build.found ?? found)?.manifest ?? {};
  return instanceTypeId({
    plugin_id: config.plugin_id,
    channel_type: channelOf(record) ?? "none",
    instance: id,
    ...(version !== undefined && { version }),
  });
}

/** The channel that an instance serves: the configuration's, or its plugin's. */
export function channelOf({ config, live, found, lastChannel }: InstanceRecord): string | undefined {
  // What a single file serves is known only from its code.
  return config.channel ?? live?.build.found.channel_type ?? (found?.channel_type || lastChannel);
}
