import { isDeepStrictEqual } from "node:util";
import { isRecord } from "./isRecord.ts";
import type { Config, InstanceConfig } from "./readConfig.ts";

/** What a new configuration changes. Instances are named by id; one that is disabled counts as not there. */
export interface ConfigChange {
  added: string[];
  removed: string[];
  /** Another plugin or other settings: these need a new generation, or take the settings in place. */
  changed: string[];
  /** The same code and settings with another priority, place, channel or limit: only the table changes. */
  moved: string[];
  routesChanged: boolean;
  pathsChanged: boolean;
  /** The names of the keys of `settings` that differ. */
  settingsChanged: string[];
}

/** Compares two configurations by what they come to, variables and defaults filled in; without an old one, all is new. */
export function compareConfig(old: Config | undefined, next: Config): ConfigChange {
  const before = enabledOf(old);
  const after = enabledOf(next);
  const added = [...after.keys()].filter((id) => !before.has(id));
  const removed = [...before.keys()].filter((id) => !after.has(id));
  const kept = [...after.values()].flatMap((now) => {
    const was = before.get(now.id);
    return was ? [{ id: now.id, was, now }] : [];
  });
  const isChanged = new Set(kept.filter(({ was, now }) => isNewCode(was, now)).map(({ id }) => id));
  const placesBefore = sequence(kept.map(({ was }) => was));
  const placesAfter = sequence(kept.map(({ now }) => now));
  const isMoved = ({ id, was, now }: (typeof kept)[number]) =>
    placesBefore.get(id) !== placesAfter.get(id) || limits.some((limit) => was[limit] !== now[limit]);

  return {
    added,
    removed,
    changed: [...isChanged],
    moved: kept.filter((one) => !isChanged.has(one.id) && isMoved(one)).map(({ id }) => id),
    routesChanged: !isDeepStrictEqual(old?.routes ?? [], next.routes),
    pathsChanged: !isDeepStrictEqual(old?.plugin_paths, next.plugin_paths),
    settingsChanged: Object.entries(next.settings).flatMap(([key, value]) =>
      isDeepStrictEqual(settingOf(old, key), value) ? [] : [key],
    ),
  };
}

const limits = [
  "priority",
  "channel",
  "timeout_seconds",
  "max_retries",
  "rate_limit_per_minute",
  "max_concurrent_sends",
] as const;

function enabledOf(config: Config | undefined): Map<string, InstanceConfig> {
  return new Map((config?.instances ?? []).filter(({ enabled }) => enabled).map((instance) => [instance.id, instance]));
}

/** The place of each instance in the sequence of calls. */
function sequence(instances: InstanceConfig[]): Map<string, number> {
  const sorted = [...instances].sort((a, b) => a.priority - b.priority || a.order - b.order);
  return new Map(sorted.map(({ id }, place) => [id, place]));
}

function settingOf(config: Config | undefined, key: string): unknown {
  return Object.entries(config?.settings ?? {}).find(([name]) => name === key)?.[1];
}

function isNewCode(was: InstanceConfig, now: InstanceConfig): boolean {
  return was.plugin_id !== now.plugin_id || !isDeepStrictEqual(was.config, now.config) || !isSameText(now.config, [], was, now);
}

/** False where equal numbers are written differently: 1.1 and 1.10 are two versions when the plugin's schema wants text. */
function isSameText(value: unknown, path: (string | number)[], was: InstanceConfig, now: InstanceConfig): boolean {
  if (Array.isArray(value)) return value.every((item, index) => isSameText(item, [...path, index], was, now));
  if (isRecord(value)) return Object.entries(value).every(([key, item]) => isSameText(item, [...path, key], was, now));
  return typeof value === "string" || was.text(path) === now.text(path);
}
