import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { extname, sep } from "node:path";
import type { InstanceConfig } from "../config/readConfig.ts";
import type { HooklineError } from "../errors.ts";
import type { FoundPlugin } from "../plugins/discover.ts";
import { codeExtensions } from "../plugins/entryPoint.ts";
import { type Desired, notFound } from "./desired.ts";
import type { InstanceRecord } from "./instanceRecord.ts";

/** Why instances are looked at. */
export interface Trigger {
  /** These get a new generation in any case. */
  force?: ReadonlySet<string>;
  /** Files that changed, as real paths. Without them no file is looked at. */
  paths?: ReadonlySet<string>;
  /** The configuration is the one in force: when no instance has anything to do, the table stays. */
  sameConfig?: boolean;
}

/** What has to be done for one instance. */
export type Step =
  | { kind: "keep" }
  | { kind: "remove"; reason: string; state: "missing" | "disabled"; error?: HooklineError }
  | { kind: "refuse"; error: HooklineError }
  | { kind: "settings"; found: FoundPlugin }
  /** Without `force` nothing is swapped when the files turn out to be those of the live generation. */
  | { kind: "build"; found: FoundPlugin; force: boolean };

const evaluated = new Set([...codeExtensions, ".json"]);

/** Compares what should run with what runs, for one instance. Reads the changed files it was made from, and nothing else. */
export function stepFor(record: InstanceRecord, desired: Desired, trigger: Trigger): Step {
  const { config } = record;
  if (!config.enabled)
    return record.state === "disabled"
      ? { kind: "keep" }
      : { kind: "remove", state: "disabled", reason: "the configuration disables it" };
  const problem = desired.problems.get(config.plugin_id);
  if (problem) return record.failure?.message === problem.message ? { kind: "keep" } : { kind: "refuse", error: problem };
  const found = desired.found.get(config.plugin_id);
  if (!found) {
    const error = notFound(config.plugin_id, desired);
    return record.state === "missing"
      ? { kind: "keep" }
      : { kind: "remove", state: "missing", reason: error.details.reason ?? error.message, error };
  }
  const isForced =
    trigger.force?.has(record.id) || isNew(record) || (record.refused && !record.live) || isOtherPlugin(record.found, found);
  if (isForced) return { kind: "build", found, force: true };
  if (mayHaveChanged(record, found, trigger.paths)) return { kind: "build", found, force: false };
  if (settingsKeyOf(config) !== record.settingsKey)
    return record.live && !record.failure ? { kind: "settings", found } : { kind: "build", found, force: true };
  return { kind: "keep" };
}

/** What two configurations of an instance have to share to be the same to its plugin. */
export function settingsKeyOf({ config, plugin_id, text }: InstanceConfig): string {
  return JSON.stringify([plugin_id, asWritten(config, [])]);

  /** 1.1 and 1.10 are the same number, and two texts. */
  function asWritten(value: unknown, path: (string | number)[]): unknown {
    if (Array.isArray(value)) return value.map((item, index) => asWritten(item, [...path, index]));
    if (typeof value === "object" && value !== null) {
      return Object.entries(value).map(([key, item]) => [key, asWritten(item, [...path, key])]);
    }
    return typeof value === "string" ? value : [value, text(path)];
  }
}

function isNew({ state, attempt }: InstanceRecord): boolean {
  return attempt === 0 || state === "missing" || state === "disabled";
}

function isOtherPlugin(before: FoundPlugin | undefined, now: FoundPlugin): boolean {
  if (!before) return true;
  if (before.folder !== now.folder || before.entry !== now.entry || before.export_name !== now.export_name) return true;
  // A single file's manifest is in its code.
  return now.kind !== "file" && JSON.stringify(before.manifest) !== JSON.stringify(now.manifest);
}

/** A file it was made from has other bytes, a missing one has come, or a file that nobody knows lies in its folder. */
function mayHaveChanged({ seen }: InstanceRecord, found: FoundPlugin, paths: ReadonlySet<string> = new Set()): boolean {
  for (const path of paths) {
    const before = seen.files.get(path);
    if (before !== undefined || seen.misses.has(path)) {
      if (sha1Of(path) !== before) return true;
    } else if (found.kind !== "file" && path.startsWith(found.folder + sep) && evaluated.has(extname(path))) {
      return true;
    }
  }
  return false;
}

/** The hash of a file's bytes; undefined when there is no such file. Synchronous, as all reading of code is: see `createModuleGraph`. */
export function sha1Of(path: string): string | undefined {
  try {
    return hash("sha1", readFileSync(path));
  } catch {
    // Gone, or not a file: both mean that it cannot be what it was.
    return undefined;
  }
}
