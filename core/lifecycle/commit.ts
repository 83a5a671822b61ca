import { HooklineError } from "../errors.ts";
import type { Generation } from "../plugins/generation.ts";
import type { InstanceRecord } from "./instanceRecord.ts";
import type { Prepared } from "./prepareInstance.ts";
import { enterHooks, leaveHooks, publish } from "./publish.ts";
import { reportFailure } from "./report.ts";
import { retire } from "./retire.ts";
import type { Step, Trigger } from "./steps.ts";
import { inBackground, type World } from "./world.ts";

/** An instance that has to end, and why; `gone`: the configuration does not have it any more. */
export interface Removed {
  record: InstanceRecord;
  reason: string;
  state: Extract<Step, { kind: "remove" }>["state"] | "gone";
  error?: HooklineError;
}

/** Everything at once: enters what is new, publishes one table, opens the gates, and lets the old ones end. */
export function commit(world: World, ready: readonly Prepared[], removed: readonly Removed[], trigger: Trigger): void {
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
    if ((live || error) && !world.closing)
      announce.push(() => world.events.emit("removed", { instance: record.id, plugin_id: record.config.plugin_id, reason }));
  }
  for (const prepared of ready) {
    const { record, generation, error } = prepared;
    const isStale = prepared.attempt !== record.attempt || world.closing;
    if (isStale) {
      if (generation) inBackground(world, generation.handle.dispose());
      continue;
    }
    if (error) announce.push(() => reportFailure(world, record, error, { quiet: trigger.paths !== undefined }));
    if (prepared.isBack) announce.push(mended(world, record));
    if (prepared.inPlace) announce.push(takenInPlace(world, prepared, prepared.inPlace));
    if (!generation) continue;
    const before = record.live;
    try {
      enterHooks(world, generation);
    } catch (refused) {
      inBackground(world, generation.handle.dispose());
      announce.push(() =>
        reportFailure(world, record, HooklineError.attribute(refused, { instance: record.id }), { quiet: false }),
      );
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
  if (live) compareSettingsSchemas(world, record.id, live, generation);
  const ms = world.clock.now() - began;
  Object.assign(record, {
    live: generation,
    lastChannel: generation.build.found.channel_type,
    state: "live",
    liveKey: record.settingsKey,
    since: new Date(),
    trial: { calls: 0, errors: 0 },
    rolledBack: undefined,
  });
  if (!error) Object.assign(record, { failure: undefined, lastReload: { at: new Date(), ms, ok: true } });
  const { plugin_id } = record.config;
  const { kind, warnings } = generation.build.found;
  // Of a plugin of one file they are known only now.
  if (kind === "file")
    for (const message of warnings) world.events.emit("warning", { instance: record.id, message: `${record.id}: ${message}` });
  const event = { instance: record.id, plugin_id, generation: generation.number, ms };
  if (error) return () => undefined;
  return () => (isFirst ? world.events.emit("loaded", event) : world.events.emit("reloaded", { ...event, in_place: false }));
}

/** Says whether settings that were right stay right. Loaded only when a schema has changed. */
function compareSettingsSchemas(world: World, instance: string, before: Generation, after: Generation): void {
  const [old, next] = [before, after].map(({ build }) => build.found.manifest.config_schema ?? {});
  if (old === next || JSON.stringify(old) === JSON.stringify(next)) return;
  const compared = import("../contract/compareSchemas/compareSchemas.ts").then(({ compareSchemas }) => {
    const { backward, forward, changes } = compareSchemas(old, next);
    const message = `${instance}: its settings schema changed (backward ${backward}, forward ${forward}): ${changes.join("; ")}`;
    if (backward === "compatible") world.log.info(message, { instance, backward, forward });
    else world.log.warn(message, { instance, backward, forward });
  });
  inBackground(world, compared);
}

function mended(world: World, record: InstanceRecord): () => void {
  const wasBroken = record.failure !== undefined || record.rolledBack !== undefined;
  Object.assign(record, { failure: undefined, rolledBack: undefined });
  return () => {
    if (wasBroken) world.events.emit("mended", { instance: record.id });
  };
}

function takenInPlace(world: World, { record, began }: Prepared, settings: Record<string, unknown>): () => void {
  const ms = world.clock.now() - began;
  if (record.live) record.live.settings = settings;
  Object.assign(record, { liveKey: record.settingsKey, failure: undefined, lastReload: { at: new Date(), ms, ok: true } });
  const generation = record.live?.number ?? 0;
  return () =>
    world.events.emit("reloaded", { instance: record.id, plugin_id: record.config.plugin_id, generation, ms, in_place: true });
}
