import type { HooklineError } from "../errors.ts";
import type { InstanceRecord } from "./instanceRecord.ts";
import type { World } from "./world.ts";

// An editor or a copy often leaves a file half written for a moment.
const stillBrokenAfter = 120;

/**
 * Writes down why a version was refused, and says it; `quiet` waits first whether the next save mends it.
 * What was live stays live.
 */
export function reportFailure(world: World, record: InstanceRecord, error: HooklineError, { quiet }: { quiet: boolean }): void {
  const { attempt } = record;
  if (!quiet) report();
  else
    world.clock.after(stillBrokenAfter, () => {
      if (record.attempt === attempt && !world.closing) report();
    });

  function report(): void {
    if (record.failure?.message === error.message) return;
    record.failure = error;
    record.lastReload = { at: new Date(), ms: 0, ok: false };
    if (!record.live) record.state = "failed";
    world.events.emit("reload_failed", {
      instance: record.id,
      plugin_id: record.config.plugin_id,
      error,
      still_live: record.live !== undefined,
    });
  }
}
