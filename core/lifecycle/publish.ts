import { HooklineError } from "../errors.ts";
import type { Generation } from "../plugins/generation.ts";
import { createTable, type TableInstance } from "../table.ts";
import { channelOf, type InstanceRecord, typeIdOf } from "./instanceRecord.ts";
import type { World } from "./world.ts";

/** Puts a generation into the engine, in the slot of the one before. Throws what the engine refuses: then nothing has changed. */
export function enterHooks(world: World, generation: Generation): void {
  const { instance, hooks, handle } = generation;
  const plugin = { name: instance, hooks, signal: handle.context.signal };
  try {
    if (world.hooks.isRegistered(instance)) world.hooks.replace(instance, plugin);
    else world.hooks.register(plugin);
  } catch (error) {
    throw HooklineError.attribute(error, { instance });
  }
}

/** Takes an instance out of the engine; tables that are published keep it. */
export function leaveHooks(world: World, id: string): void {
  if (world.hooks.isRegistered(id)) world.hooks.unregister(id);
}

/** Publishes what the records say now as the next table, by one assignment. */
export function publish(world: World): void {
  const records = [...world.records.values()];
  // The engine calls the last registered first; the configuration's order is the order of the calls.
  world.hooks.arrange(records.flatMap(({ id, live }) => (live ? [id] : [])).reverse());
  const instances = records.flatMap((record) => entryOf(record) ?? []);
  world.pointer.current = createTable(world.pointer.current.epoch + 1, world.hooks.pin(), instances, world.config.routes);
}

function entryOf(record: InstanceRecord): TableInstance | undefined {
  const channel = channelOf(record);
  if (channel === undefined || record.state === "disabled") return undefined;
  const { id, config, live, gate } = record;
  return {
    id,
    plugin_id: config.plugin_id,
    type_id: typeIdOf(record),
    channel,
    priority: config.priority,
    timeout: config.timeout_seconds * 1_000,
    maxConcurrent: config.max_concurrent_sends,
    ratePerMinute: config.rate_limit_per_minute,
    maxRetries: config.max_retries,
    generation: live,
    get reason() {
      // A failure is written down when its table is published already.
      const { failure, state } = record;
      return live ? undefined : (failure?.details.reason ?? failure?.message ?? `its state is ${state}`);
    },
    gate: gate?.promise,
  };
}
