import type { Clock } from "../clock.ts";
import { sleep } from "./sleep.ts";

/** Waits for `work`, which never rejects, until the deadline or the signal; undefined when one of these comes first. */
export async function waitFor<T>(
  clock: Clock,
  work: Promise<T>,
  { deadline, signal }: { deadline: number; signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  if (deadline === Number.POSITIVE_INFINITY && !signal) return work;
  // No timer and no listener outlives the wait.
  const done = new AbortController();
  const over = signal ? AbortSignal.any([signal, done.signal]) : done.signal;
  try {
    return await Promise.race([work, deadline === Number.POSITIVE_INFINITY ? aborted(over) : late()]);
  } finally {
    done.abort();
  }

  async function late(): Promise<undefined> {
    await sleep(clock, Math.max(0, deadline - clock.now()), over);
  }
}

function aborted(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(undefined), { once: true }));
}
