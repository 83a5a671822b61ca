import type { Clock } from "../../core/clock.ts";

/** What a test does with its clock. */
export interface FakeClock extends Clock {
  advance(ms: number): void;
  timers(): number;
  /** How far it is to the next timer; undefined when there is none. */
  untilNext(): number | undefined;
  /** Advances from timer to timer until the promise is settled. Rejects when it waits for nothing on this clock. */
  settle<T>(promise: Promise<T>): Promise<T>;
}

/** A clock that stands still until it is told to advance; timers run at their time, in order. */
export function createFakeClock(): FakeClock {
  let now = 1_000_000;
  let timers: { at: number; run: () => void }[] = [];
  const clock: FakeClock = {
    now: () => now,
    after(ms, run) {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    advance(ms) {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (next === undefined) break;
        timers = timers.filter((timer) => timer !== next);
        now = next.at;
        next.run();
      }
      now = end;
    },
    timers: () => timers.length,
    untilNext: () => (timers.length === 0 ? undefined : Math.max(0, Math.min(...timers.map(({ at }) => at)) - now)),
    async settle(promise) {
      let isSettled = false;
      const mark = (): void => {
        isSettled = true;
      };
      promise.then(mark, mark);
      for (;;) {
        await turn();
        if (isSettled) return promise;
        const next = clock.untilNext();
        if (next === undefined) throw new Error("the promise waits for nothing on this clock");
        clock.advance(next);
      }
    },
  };
  return clock;
}

/** Everything that is ready to run has run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
