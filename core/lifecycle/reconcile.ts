import { commit, type Removed } from "./commit.ts";
import type { Desired } from "./desired.ts";
import { createRecord, type InstanceRecord } from "./instanceRecord.ts";
import { createBuilds } from "./makeGeneration.ts";
import { type Prepared, prepareInstance } from "./prepareInstance.ts";
import { reportFailure } from "./report.ts";
import { type Step, stepFor, type Trigger } from "./steps.ts";
import { inBackground, type World } from "./world.ts";

// A running host does not let one slow setup hold the others back; it goes live when it is ready.
const patience = 1_000;
// At most this many generations of an instance live at the same time, the newest included.
const mostGenerations = 3;

/**
 * Makes what runs equal to what should run: every change of the host goes through here, from its start to its close.
 * New generations are made first, then published in one table, then the old ones are drained and disposed in the background.
 * `starting` waits for every set-up, however slow. Never throws for a plugin: its failure is in its record.
 */
export async function reconcile(world: World, desired: Desired, trigger: Trigger & { starting?: boolean }): Promise<void> {
  const began = world.clock.now();
  const gone = syncRecords(world, desired);
  const records = [...world.records.values()];
  const planned = records.map((record) => ({ record, step: stepFor(record, desired, trigger) }));
  if (trigger.sameConfig && gone.length === 0 && planned.every(({ step }) => step.kind === "keep")) {
    for (const { record } of planned) acceptAgain(world, record, desired);
    return;
  }
  const builds = createBuilds(world);
  const working = new Map<string, Promise<Prepared>>();
  const removed: Removed[] = gone.map((record) => ({ record, reason: "it is no longer in the configuration", state: "gone" }));
  for (const { record, step } of inOrderOf(desired, planned)) {
    if (step.kind === "remove") removed.push({ record, ...step });
    else if (step.kind === "refuse") {
      record.refused = true;
      reportFailure(world, record, step.error, { quiet: trigger.paths !== undefined });
    } else if (step.kind === "keep") acceptAgain(world, record, desired);
    else if (isCrowded(record)) record.postponed = true;
    else
      working.set(
        record.id,
        prepareInstance(world, record, step, { builds, began, ready: dependenciesOf(record, desired, working) }),
      );
  }
  const ready = await readyInTime(world, working, trigger);
  commit(world, ready, removed, trigger);
}

/** Gives every instance of the configuration its record, in that order; returns the records that have none any more. */
function syncRecords({ records }: World, { config }: Desired): InstanceRecord[] {
  const before = new Map(records);
  records.clear();
  for (const instance of config.instances) {
    const record = before.get(instance.id) ?? createRecord(instance);
    record.config = instance;
    records.set(instance.id, record);
    before.delete(instance.id);
  }
  return [...before.values()];
}

function inOrderOf(
  { found }: Desired,
  planned: { record: InstanceRecord; step: Step }[],
): { record: InstanceRecord; step: Step }[] {
  const order = new Map([...found.keys()].map((id, index) => [id, index]));
  const placeOf = ({ record }: { record: InstanceRecord }) => order.get(record.config.plugin_id) ?? -1;
  return [...planned].sort((a, b) => placeOf(a) - placeOf(b));
}

/** Set-ups of this run that have to end before: those of the plugins that this one depends on. */
function dependenciesOf(
  { config }: InstanceRecord,
  { found, config: { instances } }: Desired,
  working: ReadonlyMap<string, Promise<unknown>>,
): Promise<unknown> | undefined {
  const dependencies = found.get(config.plugin_id)?.manifest.dependencies;
  if (!dependencies) return undefined;
  const names = new Set(dependencies.map((one) => one.plugin_id));
  return Promise.all(instances.flatMap(({ id, plugin_id }) => (names.has(plugin_id) ? [working.get(id)] : [])));
}

/** A manifest was broken and is as it was: nothing has to be loaded. */
function acceptAgain({ events }: World, record: InstanceRecord, { problems }: Desired): void {
  if (!record.refused || problems.has(record.config.plugin_id)) return;
  record.refused = false;
  if (record.failure) events.emit("mended", { instance: record.id });
  record.failure = undefined;
}

function isCrowded({ live, old, gate }: InstanceRecord): boolean {
  return gate !== undefined || (live !== undefined && old.size >= mostGenerations - 1);
}

/** All of them at the start; later those that are ready in time, and the others when they are. */
async function readyInTime(
  world: World,
  working: ReadonlyMap<string, Promise<Prepared>>,
  { starting }: { starting?: boolean },
): Promise<Prepared[]> {
  const ready: Prepared[] = [];
  const late = new Set(working.keys());
  let collecting = true;
  const all = [...working].map(async ([id, work]) => {
    const prepared = await work;
    late.delete(id);
    if (collecting) ready.push(prepared);
    else await world.enqueue(async () => commit(world, [prepared], [], {}));
  });
  const everything = Promise.all(all);
  if (starting) await everything;
  else {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = world.clock.after(patience, resolve);
    await Promise.race([everything, promise]);
    cancel();
  }
  collecting = false;
  if (late.size > 0) inBackground(world, everything);
  return ready;
}
