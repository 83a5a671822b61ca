import type { Clock } from "../../core/hooks/clock.ts";

/** A clock that stands still until it is told to go on. */
export interface ManualClock extends Clock {
  advance(ms: number): void;
  /** How many timers are set. */
  readonly waiting: number;
}

/** A manual clock at 0. */
export function createManualClock(): ManualClock {
  let now = 0;
  let count = 0;
  const timers = new Map<unknown, { at: number; run: () => void }>();

  return {
    setTimeout(run, ms) {
      count += 1;
      timers.set(count, { at: now + ms, run });
      return count;
    },
    clearTimeout(timer) {
      timers.delete(timer);
    },
    now: () => now,
    advance(ms) {
      now += ms;
      for (const [timer, { at, run }] of [...timers]) {
        if (at > now || !timers.delete(timer)) continue;
        run();
      }
    },
    get waiting() {
      return timers.size;
    },
  };
}
