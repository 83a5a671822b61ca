import type { Clock } from "../clock.ts";

/** Resolves after `ms` milliseconds; false when the signal aborts first. */
export function sleep(clock: Clock, ms: number, signal?: AbortSignal): Promise<boolean> {
  if (signal?.aborted) return Promise.resolve(false);
  const end = clock.now() + ms;
  return new Promise((resolve) => {
    let cancel = (): void => undefined;
    const onAbort = (): void => {
      cancel();
      resolve(false);
    };
    const wait = (left: number): void => {
      cancel = clock.after(left, () => {
        // A timer of the system may fire a moment early, and then what was waited for is not there yet.
        if (clock.now() < end) return wait(end - clock.now());
        signal?.removeEventListener("abort", onAbort);
        resolve(true);
      });
    };
    signal?.addEventListener("abort", onAbort, { once: true });
    wait(ms);
  });
}
