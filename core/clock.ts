/** Time as it is passed in: the system's, or a test's own. */
export interface Clock {
  /** Milliseconds; only differences count. */
  now(): number;
  /** Calls `run` once after `ms` milliseconds; returns its cancel. An `idle` one does not keep the process alive. */
  after(ms: number, run: () => void, kind?: "idle"): () => void;
}

/** The clock of the machine. */
export const systemClock: Clock = {
  now: () => performance.now(),
  after(ms, run, kind) {
    const timer = setTimeout(run, ms);
    if (kind === "idle") timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Resolves with `work`, or rejects with what `late` makes when `ms` milliseconds have passed first. */
export async function withDeadline<T>(clock: Clock, ms: number, work: T | PromiseLike<T>, late: () => Error): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const cancel = clock.after(ms, () => reject(late()));
  try {
    return await Promise.race([work, promise]);
  } finally {
    cancel();
  }
}
