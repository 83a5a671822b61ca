import { HooklineError } from "../errors.ts";
import type { InstanceRecord } from "./instanceRecord.ts";
import { setUp, snapshotOf } from "./makeGeneration.ts";
import { enterHooks, publish } from "./publish.ts";
import { retire } from "./retire.ts";
import type { World } from "./world.ts";

// Fewer calls than this say nothing of a new version.
const fewestCalls = 5;

/**
 * Brings back the last good version of an instance, with the settings it had. The files stay as they are: the next change of
 * them is loaded as ever. Throws `rollback_impossible` when there is none, and what its setup throws.
 */
export async function rollBack(
  world: World,
  record: InstanceRecord,
  { reason, automatic }: { reason: string; automatic: boolean },
): Promise<void> {
  const { id, lastGood, live } = record;
  if (!lastGood || !live) {
    throw new HooklineError("rollback_impossible", {
      instance: id,
      reason: "there is no earlier version to go back to; it has been loaded only once",
    });
  }
  record.attempt += 1;
  const generation = await setUp(world, record, {
    build: lastGood.build,
    settings: { ...lastGood.settings },
    previous: snapshotOf(world, record),
  });
  enterHooks(world, generation);
  // After an automatic one the bad version is no place to go back to.
  record.lastGood = automatic ? undefined : { build: live.build, settings: live.settings };
  Object.assign(record, {
    live: generation,
    state: "live",
    since: new Date(),
    trial: { calls: 0, errors: 0 },
    rolledBack: reason,
    liveKey: "",
  });
  publish(world);
  void retire(world, record, live);
  world.events.emit("rolled_back", { instance: id, generation: generation.number, automatic, reason });
}

/**
 * Counts a call of a new version while it is on trial. When too many fail with errors of its own (not the platform's), the
 * last good version comes back.
 */
export function countTrial(world: World, record: InstanceRecord, generation: number, error: HooklineError | undefined): void {
  const { live, lastGood, trial } = record;
  const { first_calls, error_share } = world.config.settings.rollback;
  if (!lastGood || live?.number !== generation || trial.calls >= first_calls) return;
  trial.calls += 1;
  if (error?.code === "plugin_error") trial.errors += 1;
  if (trial.calls < Math.min(fewestCalls, first_calls) || trial.errors / trial.calls <= error_share) return;
  const reason = `${trial.errors} of its first ${trial.calls} calls failed with errors of its own: ${error?.message ?? "see the log"}`;
  trial.calls = first_calls;
  void world.enqueue(async () => {
    if (record.live !== live || world.closing) return;
    await rollBack(world, record, { reason, automatic: true }).catch((cause) =>
      world.log.error(`${record.id}: rollback failed: ${String(cause)}`),
    );
  });
}
