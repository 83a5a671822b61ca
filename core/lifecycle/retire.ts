import { HooklineError } from "../errors.ts";
import type { Generation } from "../plugins/generation.ts";
import type { InstanceRecord } from "./instanceRecord.ts";
import { inBackground, type World } from "./world.ts";

// Between the abort of a generation's signal and the end by force: time to stop properly.
const graceAfterAbort = 1_000;

/** Ends a generation that is in no table any more: when its last call has ended, or by force after the grace period. */
export function retire(world: World, record: InstanceRecord, generation: Generation, onDrained?: () => void): Promise<void> {
  record.old.add(generation);
  const ended = drainAndDispose(world, generation, onDrained).finally(() => {
    record.old.delete(generation);
    if (!record.postponed || world.closing) return;
    record.postponed = false;
    world.lookAgain(record.id);
  });
  inBackground(world, ended);
  return ended;
}

async function drainAndDispose(world: World, generation: Generation, onDrained?: () => void): Promise<void> {
  const { clock, events } = world;
  const { instance, number } = generation;
  const forced = !(await drained(world, generation));
  onDrained?.();
  const errors = await generation.handle.dispose();
  for (const error of errors) world.log.warn(`${instance}: generation ${number} could not undo everything: ${String(error)}`);
  if (!world.closing) lookForLeaks(world, generation);
  events.emit("disposed", { instance, generation: number, forced, errors });

  async function drained({ config }: World, { users, idle, running, handle }: Generation): Promise<boolean> {
    if (users === 0) return true;
    const grace = config.settings.drain_seconds * 1_000;
    const quiet = idle().then(() => true as const);
    const cancelHalf = clock.after(grace / 2, () =>
      events.emit("draining", { instance, generation: number, hooks: running(), ms_left: grace / 2 }),
    );
    const ended = await Promise.race([quiet, pause(grace)]);
    cancelHalf();
    if (ended) return true;
    handle.abort(
      new HooklineError("cancelled", { instance, reason: `this generation was replaced ${config.settings.drain_seconds} s ago` }),
    );
    return (await Promise.race([quiet, pause(graceAfterAbort)])) === true;
  }

  function pause(ms: number): Promise<undefined> {
    return new Promise((resolve) => {
      const cancel = clock.after(ms, () => resolve(undefined));
      // Ends with the drain, so that nothing keeps the process.
      void generation.idle().then(cancel);
    });
  }
}

function lookForLeaks({ leaks, events }: World, { instance, build }: Generation): void {
  const message = leaks.look(instance);
  if (message) events.emit("warning", { instance, message: `${message} (${build.found.folder || build.found.plugin_id})` });
}
