import type { ErrorData } from "../errors.ts";
import { channelOf, type InstanceRecord, type InstanceState, typeIdOf } from "./instanceRecord.ts";
import type { World } from "./world.ts";

/** One instance in the status. Times are ISO dates, durations milliseconds. */
export interface InstanceStatus {
  plugin_id: string;
  /** In the GTS grammar; `hookline plugins --match` and routes select by it. */
  type_id: string;
  channel: string | undefined;
  state: InstanceState;
  priority: number;
  generation: number | undefined;
  version: string | undefined;
  /** The hooks that it implements. */
  hooks: string[];
  since: string | undefined;
  calls: number;
  errors: number;
  in_flight: number;
  /** Old generations that still have calls. */
  draining: number;
  last_error: ErrorData | undefined;
  /** Why the newest version is not live. */
  failure: ErrorData | undefined;
  last_reload: { at: string; ms: number; ok: boolean } | undefined;
  /** Set after a rollback: why. */
  rolled_back: string | undefined;
  /** Whether calls go to it: `open` keeps them away after failures, `half_open` lets one probe. */
  circuit?: { state: "closed" | "open" | "half_open"; retry_in_ms: number; reason?: string };
  health: { healthy: boolean; details?: Record<string, unknown>; at: string } | undefined;
}

/** What came of the calls of a rule or an arm. `failed_over`: another instance than the first has answered. */
export interface RouteCalls {
  calls: number;
  failed: number;
  failed_over: number;
}

/** What `host.status()` gives: plain data, for people and for a health endpoint. */
export interface Status {
  total_plugins: number;
  plugins_by_type: Record<string, string[]>;
  plugin_health: Record<string, { healthy: boolean; reason?: string; details?: Record<string, unknown> }>;
  instances: Record<string, InstanceStatus>;
  /** Calls by rule and arm since the start; "priority" are those without a rule. */
  routes?: Record<string, RouteCalls & { arms?: Record<string, RouteCalls> }>;
  /** Counts the tables that were published. */
  epoch: number;
  config_file: string | undefined;
  /** How each path is watched. */
  watching: { path: string; mode: "events" | "polling"; reason?: string }[];
  /** What compiles the plugins; undefined until one was a file. */
  transformer: "oxc" | "babel" | undefined;
  warnings: string[];
}

/** Makes the status from what is known: calls no platform, blocks nothing, shows no settings. */
export function statusOf(world: World, rest: Pick<Status, "watching" | "transformer" | "warnings">): Status {
  const records = [...world.records.values()];
  const byType: Record<string, string[]> = {};
  for (const record of records) {
    const channel = channelOf(record);
    if (channel === undefined || record.state === "disabled") continue;
    byType[channel] ??= [];
    byType[channel].push(record.id);
  }
  return {
    total_plugins: records.filter(({ live }) => live).length,
    plugins_by_type: byType,
    plugin_health: Object.fromEntries(
      records.filter(({ state }) => state !== "disabled").map((record) => [record.id, healthOf(record)]),
    ),
    instances: Object.fromEntries(records.map((record) => [record.id, instanceStatus(record)])),
    epoch: world.pointer.current.epoch,
    config_file: world.config.file,
    ...rest,
    warnings: [...rest.warnings, ...records.flatMap(ownWarnings)],
  };
}

/** A plugin of one file has its manifest in its code. */
function ownWarnings({ id, live }: InstanceRecord): string[] {
  return live?.build.found.kind === "file" ? live.build.found.warnings.map((warning) => `${id}: ${warning}`) : [];
}

/** Healthy: it is live and its last health check, if there was one, said so. */
function healthOf({ live, failure, state, health }: InstanceRecord): Status["plugin_health"][string] {
  if (!live) return { healthy: false, reason: failure?.message ?? state };
  return health ? { healthy: health.healthy, ...(health.details && { details: health.details }) } : { healthy: true };
}

function instanceStatus(record: InstanceRecord): InstanceStatus {
  const { config, state, live, found, old, health } = record;
  return {
    plugin_id: config.plugin_id,
    type_id: typeIdOf(record),
    channel: channelOf(record),
    state,
    priority: config.priority,
    generation: live?.number,
    version: (live?.build.found ?? found)?.manifest.version,
    hooks: live ? Object.keys(live.hooks) : [],
    since: record.since?.toISOString(),
    calls: record.calls,
    errors: record.errors,
    in_flight: (live?.users ?? 0) + [...old].reduce((sum, { users }) => sum + users, 0),
    draining: old.size,
    last_error: record.lastError?.toJSON(),
    failure: record.failure?.toJSON(),
    last_reload: record.lastReload && { ...record.lastReload, at: record.lastReload.at.toISOString() },
    rolled_back: record.rolledBack,
    health: health && { ...health, at: health.at.toISOString() },
  };
}
