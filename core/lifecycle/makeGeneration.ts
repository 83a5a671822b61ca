import { withDeadline } from "../clock.ts";
import { HooklineError } from "../errors.ts";
import { type Build, buildPlugin } from "../plugins/buildPlugin.ts";
import { checkContractRange } from "../plugins/checkContractRange.ts";
import type { FoundPlugin } from "../plugins/discover.ts";
import { createGeneration, type Generation } from "../plugins/generation.ts";
import { createRedactor } from "../plugins/redact.ts";
import { redactedLog } from "../plugins/redactedLog.ts";
import { secretValues } from "../plugins/secretFields.ts";
import type { InstanceRecord } from "./instanceRecord.ts";
import type { World } from "./world.ts";

// A top-level await that never settles would stop every later reload.
const longestLoad = 30_000;

/** Evaluates the code of a plugin once for all its instances that need it in one run. */
export interface Builds {
  (found: FoundPlugin): Promise<Build>;
  /** The next one is made anew. */
  forget(found: FoundPlugin): void;
}

/** Builds of one run. */
export function createBuilds(world: World): Builds {
  const builds = new Map<string, Promise<Build>>();
  const buildOf = (found: FoundPlugin): Promise<Build> => {
    const build = builds.get(found.plugin_id) ?? buildAnew(world, found);
    builds.set(found.plugin_id, build);
    return build;
  };
  return Object.assign(buildOf, { forget: ({ plugin_id }: FoundPlugin) => void builds.delete(plugin_id) });
}

async function buildAnew(world: World, found: FoundPlugin): Promise<Build> {
  checkContractRange(found.manifest, world.contracts);
  const loader = found.kind === "object" ? undefined : await world.loader();
  const build = await withDeadline(world.clock, longestLoad, buildPlugin(found, loader, world.objects), () => tooLong(found));
  if (found.kind === "file") checkContractRange(build.found.manifest, world.contracts);
  return build;
}

function tooLong({ entry }: FoundPlugin): HooklineError {
  return new HooklineError("load_failed", {
    reason: `${entry} was not evaluated within ${longestLoad / 1_000} s; check what its top-level await waits for`,
  });
}

/** The settings of an instance, checked against its plugin's schema. Throws `settings_invalid`, or `manifest_invalid` for a bad schema. */
export async function checkedSettings(
  world: World,
  record: InstanceRecord,
  found: FoundPlugin,
): Promise<Record<string, unknown>> {
  const { id, config, at, text } = record.config;
  await world.options(found.manifest);
  return world.settings(found.manifest, { id, config, at, text, file: world.config.file });
}

/** Sets up the next generation of an instance; nothing changes for calls. `previous` is the snapshot of the one before. */
export async function setUp(
  world: World,
  record: InstanceRecord,
  parts: { build: Build; settings: Record<string, unknown>; previous: unknown },
): Promise<Generation> {
  const { manifest } = parts.build.found;
  record.generations += 1;
  const redact = createRedactor(secretValues(manifest.config_schema, parts.settings));
  const checkOptions = await world.options(manifest);
  return createGeneration({
    ...parts,
    instance: record.id,
    number: record.generations,
    contracts: world.contracts,
    memory: record.memory,
    log: redactedLog(world.logFor(record.id), redact),
    redact,
    checkOptions,
    emit: (event) => world.inbound(record.id, event),
    timeout: record.config.timeout_seconds * 1_000,
    clock: world.clock,
  });
}

/** Plain data of the live generation for the next one; what cannot be copied is left behind with a warning. */
export function snapshotOf(world: World, { live, id }: InstanceRecord): unknown {
  if (!live) return undefined;
  try {
    return structuredClone(live.handle.snapshot());
  } catch (error) {
    world.events.emit("warning", { instance: id, message: `${id}: its snapshot was not handed over: ${String(error)}` });
    return undefined;
  }
}

/** The files and probed paths of a failed build, so that mending one of them is noticed. */
export function seenByFailure(error: unknown): Pick<Build, "files" | "misses"> | undefined {
  if (!HooklineError.is(error)) return undefined;
  const { files, misses } = error.details;
  return files instanceof Map && misses instanceof Set ? { files, misses } : undefined;
}
