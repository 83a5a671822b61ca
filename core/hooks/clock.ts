/** The time, so that a test can hold it. */
export interface Clock {
  setTimeout(run: () => void, ms: number): unknown;
  clearTimeout(timer: unknown): void;
  /** In milliseconds, from any start. */
  now(): number;
}

/** The real time. Looks its timers up when they are needed, so that a test may put others in their place. */
export const systemClock: Clock = {
  setTimeout: (run, ms) => setTimeout(run, ms),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
  now: () => performance.now(),
};
