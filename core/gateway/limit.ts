import type { Clock } from "../clock.ts";
import { HooklineError } from "../errors.ts";

/** How many may be inside at the same time; the others wait in order of arrival. */
export interface Limit {
  /** Enters at once and returns the way out; undefined when there is no room. */
  enter(): (() => void) | undefined;
  /** Enters when there is room. Throws `rate_limited` when the deadline passes first, and the signal's reason when it aborts. */
  wait(deadline: number, signal?: AbortSignal): Promise<() => void>;
  /** Changes how many; takes effect with the next who enters. */
  resize(size: number): void;
}

/** Makes a limit of `size`. */
export function createLimit(size: number, clock: Clock): Limit {
  const queue: (() => void)[] = [];
  let room = size;
  let inside = 0;
  const leave = (): void => {
    inside -= 1;
    admit();
  };
  const admit = (): void => {
    while (inside < room) {
      const next = queue.shift();
      if (!next) return;
      inside += 1;
      next();
    }
  };
  return {
    enter() {
      if (inside >= room) return undefined;
      inside += 1;
      return leave;
    },
    wait(deadline, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const giveUp = (error: unknown): void => {
        const place = queue.indexOf(admitted);
        if (place < 0) return;
        queue.splice(place, 1);
        ended();
        reject(error);
      };
      const admitted = (): void => {
        ended();
        resolve(leave);
      };
      const onAbort = (): void => giveUp(signal?.reason);
      const ended = (): void => {
        cancel?.();
        signal?.removeEventListener("abort", onAbort);
      };
      queue.push(admitted);
      const ms = deadline - clock.now();
      const cancel = ms === Number.POSITIVE_INFINITY ? undefined : clock.after(Math.max(0, ms), () => giveUp(noRoom(room)));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true });
      return promise;
    },
    resize(next) {
      room = next;
      admit();
    },
  };
}

// It is our limit: the platform is not to blame.
function noRoom(room: number): HooklineError {
  return new HooklineError("rate_limited", {
    penalize: "no",
    reason: `${room} calls are running, and the deadline passed while this one waited; raise settings.max_concurrent_sends`,
  });
}
