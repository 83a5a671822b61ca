import { HooklineError } from "../errors.ts";
import type { Build } from "../plugins/buildPlugin.ts";
import type { FoundPlugin } from "../plugins/discover.ts";
import type { Generation } from "../plugins/generation.ts";
import type { InstanceRecord } from "./instanceRecord.ts";
import { type Builds, checkedSettings, seenByFailure, setUp, snapshotOf } from "./makeGeneration.ts";
import { leaveHooks, publish } from "./publish.ts";
import { retire } from "./retire.ts";
import { type Step, settingsKeyOf, sha1Of } from "./steps.ts";
import type { World } from "./world.ts";

/** What an attempt has come to. */
export interface Prepared {
  record: InstanceRecord;
  attempt: number;
  began: number;
  generation?: Generation;
  /** Settings that the live generation took in place. */
  inPlace?: Record<string, unknown>;
  /** The files are those of the live generation: a broken edit was taken back, or nothing had changed. */
  isBack?: boolean;
  error?: HooklineError;
}

/**
 * Makes the next generation of an instance, or finds that none is needed; nothing changes for calls, but for a plugin that has to be
 * restarted. Never throws: what refused it is in the result.
 */
export async function prepareInstance(
  world: World,
  record: InstanceRecord,
  step: Extract<Step, { found: unknown }>,
  { builds, began, ready }: { builds: Builds; began: number; ready: Promise<unknown> | undefined },
): Promise<Prepared> {
  record.attempt += 1;
  record.settingsKey = settingsKeyOf(record.config);
  const attempt = { record, attempt: record.attempt, began };
  const { found } = step;
  const { live } = record;
  record.refused = false;
  if (!live) record.state = "loading";
  try {
    await ready;
    record.found = found;
    // Of a plugin in a folder everything that can be checked without its code is checked first.
    const early = found.kind === "file" ? undefined : await checkedSettings(world, record, found);
    const build = step.kind === "settings" && live ? live.build : await wholeBuild(world, found, builds);
    record.found = build.found;
    record.seen = build;
    if (
      live &&
      step.kind === "build" &&
      !step.force &&
      record.liveKey === record.settingsKey &&
      sameFiles(build.files, live.build.files)
    ) {
      return { ...attempt, isBack: true };
    }
    const settings = early ?? (await checkedSettings(world, record, build.found));
    if (step.kind === "settings" && (await live?.handle.offerSettings(settings))) return { ...attempt, inPlace: settings };
    const restarts = [build, live?.build].some((one) => one?.definition.reload === "restart");
    if (live && restarts) return await restart(world, record, live, { ...attempt, build, settings });
    return { ...attempt, generation: await setUp(world, record, { build, settings, previous: snapshotOf(world, record) }) };
  } catch (error) {
    record.seen = seenByFailure(error) ?? record.seen;
    return { ...attempt, error: HooklineError.attribute(error, { instance: record.id }) };
  }
}

/** For a plugin that cannot live twice: calls wait, the old generation ends, then the new one is set up; or the old code again. */
async function restart(
  world: World,
  record: InstanceRecord,
  live: Generation,
  { build, settings, ...attempt }: Prepared & { build: Generation["build"]; settings: Record<string, unknown> },
): Promise<Prepared> {
  record.gate = Promise.withResolvers();
  record.state = "swapping";
  record.live = undefined;
  leaveHooks(world, record.id);
  publish(world);
  let previous: unknown;
  await retire(world, record, live, () => {
    previous = snapshotOf(world, { ...record, live });
  });
  record.lastGood = { build: live.build, settings: live.settings };
  try {
    return { ...attempt, generation: await setUp(world, record, { build, settings, previous }) };
  } catch (error) {
    const failure = HooklineError.attribute(error, { instance: record.id });
    try {
      return {
        ...attempt,
        error: failure,
        generation: await setUp(world, record, { build: live.build, settings: { ...live.settings }, previous }),
      };
    } catch (second) {
      world.log.error(`${record.id}: the version before could not be started again either: ${String(second)}`);
      return { ...attempt, error: failure };
    }
  }
}

function sameFiles(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, hash]) => b.get(path) === hash);
}

/** Builds until no file has changed while it was built. */
async function wholeBuild({ touched, clock }: World, found: FoundPlugin, builds: Builds): Promise<Build> {
  for (;;) {
    const began = clock.now();
    const build = await builds(found);
    if (!isTorn(build.files, began)) return build;
    builds.forget(found);
  }

  function isTorn(files: ReadonlyMap<string, string>, began: number): boolean {
    for (const [path, hash] of files) {
      if ((touched.get(path) ?? 0) >= began && sha1Of(path) !== hash) return true;
    }
    return false;
  }
}
