import type { Clock } from "../clock.ts";

/** A clock that stands still until `advance`: a suite waits for no real time-out. */
export function createManualClock(): Clock & { advance(ms: number): void } {
  const timers = new Set<{ at: number; run: () => void }>();
  let now = Date.now();
  return {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    advance(ms) {
      now += ms;
      for (const timer of [...timers]) {
        if (timer.at > now || !timers.delete(timer)) continue;
        timer.run();
      }
    },
  };
}
