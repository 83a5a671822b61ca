import type { HooklineError } from "../errors.ts";
import { HooklineError as Failure } from "../errors.ts";
import type { Generation } from "../plugins/generation.ts";
import type { Desired } from "./desired.ts";
import { createRecord, type InstanceRecord } from "./instanceRecord.ts";
import { type Builds, checkedSettings, createBuilds, seenByFailure, setUp, snapshotOf } from "./prepare.ts";
import { enterHooks, leaveHooks, publish } from "./publish.ts";
import { reportFailure } from "./report.ts";
import { retire } from "./retire.ts";
import { type Step, settingsKeyOf, sha1Of, stepFor, type Trigger } from "./steps.ts";
import { inBackground, type World } from "./world.ts";

// A running host does not let one slow setup hold the others back; it goes live when it is ready.
const patience = 1_000;
// At most this many generations of an instance live at the same time, the newest included.
const mostGenerations = 3;

/** What an attempt has come to. */
interface Prepared {
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

type Removed = Pick<Extract<Step, { kind: "remove" }>, "reason" | "state" | "error"> & { record: InstanceRecord };

/**
 * Makes what runs equal to what should run: every change of the host goes through here, from its start to its close.
 * New generations are made first, then published in one table, then the old ones are drained and disposed in the background.
 * `starting` waits for every set-up, however slow. Never throws for a plugin: its failure is in its record.
 */
export async function reconcile(world: World, desired: Desired, trigger: Trigger & { starting?: boolean }): Promise<void> {
  const began = world.clock.now();
  const gone = syncRecords(world, desired);
  const records = [...world.records.values()];
  const planned = await Promise.all(records.map(async (record) => ({ record, step: await stepFor(record, record.config, desired, trigger) })));
  const builds = createBuilds(world);
  const working = new Map<string, Promise<Prepared | undefined>>();
  const removed: Removed[] = gone.map((record) => ({ record, reason: "it is no longer in the configuration", state: "gone" }));
  for (const { record, step } of inOrderOf(desired, planned)) {
    if (step.kind === "remove") removed.push({ record, ...step });
    else if (step.kind === "refuse") {
      record.refused = true;
      reportFailure(world, record, step.error, { quiet: trigger.paths !== undefined });
    }
    else if (step.kind === "keep") acceptAgain(record, desired);
    else {
      if (isCrowded(record)) record.postponed = true;
      else working.set(record.id, prepare(world, record, step, { builds, began, ready: dependenciesOf(record, desired, working) }));
    }
  }
  const ready = await readyInTime(world, working, trigger);
  commit(world, ready, removed, trigger);
}

/** Gives every instance of the configuration its record, in that order; returns the records that have none any more. */
function syncRecords({ records, clock }: World, { config }: Desired): InstanceRecord[] {
  const before = new Map(records);
  records.clear();
  for (const instance of config.instances) {
    const record = before.get(instance.id) ?? createRecord(instance, clock);
    record.config = instance;
    records.set(instance.id, record);
    before.delete(instance.id);
  }
  return [...before.values()];
}

function inOrderOf({ found }: Desired, planned: { record: InstanceRecord; step: Step }[]): { record: InstanceRecord; step: Step }[] {
  const order = new Map([...found.keys()].map((id, index) => [id, index]));
  const placeOf = ({ record }: { record: InstanceRecord }) => order.get(record.config.plugin_id) ?? -1;
  return [...planned].sort((a, b) => placeOf(a) - placeOf(b));
}

/** Set-ups of this run that have to end before: those of the plugins that this one depends on. */
function dependenciesOf({ config }: InstanceRecord, { found, config: { instances } }: Desired, working: ReadonlyMap<string, Promise<unknown>>): Promise<unknown> | undefined {
  const dependencies = found.get(config.plugin_id)?.manifest.dependencies;
  if (!dependencies) return undefined;
  const names = new Set(dependencies.map((one) => one.plugin_id));
  return Promise.all(instances.flatMap(({ id, plugin_id }) => (names.has(plugin_id) ? [working.get(id)] : [])));
}

/** A manifest was broken and is as it was: nothing has to be loaded. */
function acceptAgain(record: InstanceRecord, { problems }: Desired): void {
  if (!record.refused || problems.has(record.config.plugin_id)) return;
  record.refused = false;
  record.failure = undefined;
}

function isCrowded({ live, old, gate }: InstanceRecord): boolean {
  return gate !== undefined || (live !== undefined && old.size >= mostGenerations - 1);
}

async function prepare(
  world: World,
  record: InstanceRecord,
  step: Extract<Step, { found: unknown }>,
  { builds, began, ready }: { builds: Builds; began: number; ready: Promise<unknown> | undefined },
): Promise<Prepared | undefined> {
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
    const build = step.kind === "settings" && live ? live.build : await builds(found);
    record.found = build.found;
    record.seen = build;
    if (await isTorn(world, build.files, began)) return undefined;
    if (live && step.kind === "build" && !step.force && record.liveKey === record.settingsKey && sameFiles(build.files, live.build.files)) {
      return { ...attempt, isBack: true };
    }
    const settings = early ?? (await checkedSettings(world, record, build.found));
    if (step.kind === "settings" && (await live?.handle.offerSettings(settings))) return { ...attempt, inPlace: settings };
    const restarts = [build, live?.build].some((one) => one?.definition.reload === "restart");
    if (live && restarts) return await restart(world, record, live, { ...attempt, build, settings });
    return { ...attempt, generation: await setUp(world, record, { build, settings, previous: snapshotOf(world, record) }) };
  } catch (error) {
    record.seen = seenByFailure(error) ?? record.seen;
    return { ...attempt, error: Failure.attribute(error, { instance: record.id }) };
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
    const failure = Failure.attribute(error, { instance: record.id });
    try {
      return { ...attempt, error: failure, generation: await setUp(world, record, { build: live.build, settings: { ...live.settings }, previous }) };
    } catch (second) {
      world.log.error(`${record.id}: the version before could not be started again either: ${String(second)}`);
      return { ...attempt, error: failure };
    }
  }
}

function sameFiles(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([path, hash]) => b.get(path) === hash);
}

/** True when a file changed again while it was being built: what follows will build the newer one. */
async function isTorn({ touched }: World, files: ReadonlyMap<string, string>, began: number): Promise<boolean> {
  for (const [path, hash] of files) {
    if ((touched.get(path) ?? 0) > began && (await sha1Of(path)) !== hash) return true;
  }
  return false;
}

/** All of them at the start; later those that are ready in time, and the others when they are. */
async function readyInTime(world: World, working: ReadonlyMap<string, Promise<Prepared | undefined>>, { starting }: { starting?: boolean }): Promise<Prepared[]> {
  const ready: Prepared[] = [];
  const late = new Set(working.keys());
  let collecting = true;
  const all = [...working].map(async ([id, work]) => {
    const prepared = await work;
    late.delete(id);
    if (!prepared) return;
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

/** Everything at once: enters what is new, publishes one table, opens the gates, and lets the old ones end. */
function commit(
  world: World,
  ready: readonly Prepared[],
  removed: readonly Removed[],
  trigger: Trigger,
): void {
  const ended: { record: InstanceRecord; generation: Generation }[] = [];
  const announce: (() => void)[] = [];
  for (const { record, reason, state, error } of removed) {
    const { live } = record;
    record.attempt += 1;
    record.state = state === "gone" ? "disabled" : state;
    record.failure = error;
    record.live = undefined;
    record.settingsKey = "";
    leaveHooks(world, record.id);
    if (live) ended.push({ record, generation: live });
    if ((live || error) && !world.closing) announce.push(() => world.events.emit("removed", { instance: record.id, plugin_id: record.config.plugin_id, reason }));
  }
  for (const prepared of ready) {
    const { record, generation, error } = prepared;
    const isStale = prepared.attempt !== record.attempt || world.closing;
    if (isStale) {
      if (generation) inBackground(world, generation.handle.dispose());
      continue;
    }
    if (error) announce.push(() => reportFailure(world, record, error, { quiet: trigger.paths !== undefined }));
    if (prepared.isBack) Object.assign(record, { failure: undefined, rolledBack: undefined });
    if (prepared.inPlace) announce.push(takenInPlace(world, prepared, prepared.inPlace));
    if (!generation) continue;
    const before = record.live;
    try {
      enterHooks(world, generation);
    } catch (refused) {
      inBackground(world, generation.handle.dispose());
      announce.push(() => reportFailure(world, record, Failure.attribute(refused, { instance: record.id }), { quiet: false }));
      continue;
    }
    announce.push(goLive(world, prepared, generation));
    if (before) ended.push({ record, generation: before });
  }
  const gates = ready.flatMap(({ record }) => openGate(record) ?? []);
  publish(world);
  for (const gate of gates) gate.resolve();
  for (const { record } of ready) {
    if (!record.postponed) continue;
    record.postponed = false;
    world.lookAgain(record.id);
  }
  for (const { record, generation } of ended) void retire(world, record, generation);
  for (const tell of announce) tell();
}

/** A call that waits must find the table without the gate: it is taken away before the table is published. */
function openGate(record: InstanceRecord): InstanceRecord["gate"] {
  const { gate } = record;
  record.gate = undefined;
  if (record.state === "swapping") record.state = "failed";
  return gate;
}

function goLive(world: World, { record, began, error }: Prepared, generation: Generation): () => void {
  const { live, state } = record;
  const isFirst = !live && state !== "swapping";
  if (live) record.lastGood = { build: live.build, settings: live.settings };
  const ms = world.clock.now() - began;
  Object.assign(record, { live: generation, lastChannel: generation.build.found.channel_type, state: "live", liveKey: record.settingsKey, since: new Date(), trial: { calls: 0, errors: 0 }, rolledBack: undefined });
  if (!error) Object.assign(record, { failure: undefined, lastReload: { at: new Date(), ms, ok: true } });
  const { plugin_id } = record.config;
  const event = { instance: record.id, plugin_id, generation: generation.number, ms };
  if (error) return () => undefined;
  return () => (isFirst ? world.events.emit("loaded", event) : world.events.emit("reloaded", { ...event, in_place: false }));
}

function takenInPlace(world: World, { record, began }: Prepared, settings: Record<string, unknown>): () => void {
  const ms = world.clock.now() - began;
  if (record.live) record.live.settings = settings;
  Object.assign(record, { liveKey: record.settingsKey, failure: undefined, lastReload: { at: new Date(), ms, ok: true } });
  const generation = record.live?.number ?? 0;
  return () => world.events.emit("reloaded", { instance: record.id, plugin_id: record.config.plugin_id, generation, ms, in_place: true });
}
