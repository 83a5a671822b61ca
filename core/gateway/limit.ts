import type { Clock } from "../clock.ts";
import { HooklineError } from "../errors.ts";

/** How many may be inside at the same time; the others wait in order of arrival. */
export interface Limit {
  /** Enters at once and returns the way out; undefined when there is no room. */
  enter(): (() => void) | undefined;
  /** Enters when there is room. Throws `rate_limited` when the deadline passes first. */
  wait(deadline: number): Promise<() => void>;
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
    wait(deadline) {
      const { promise, resolve, reject } = Promise.withResolvers<() => void>();
      const admitted = (): void => {
        cancel?.();
        resolve(leave);
      };
      queue.push(admitted);
      const ms = deadline - clock.now();
      const cancel =
        ms === Number.POSITIVE_INFINITY
          ? undefined
          : clock.after(Math.max(0, ms), () => {
              const place = queue.indexOf(admitted);
              if (place < 0) return;
              queue.splice(place, 1);
              reject(
                new HooklineError("rate_limited", {
                  reason: `${room} calls are running, and the deadline passed while this one waited; raise settings.max_concurrent_sends`,
                }),
              );
            });
      return promise;
    },
    resize(next) {
      room = next;
      admit();
    },
  };
}
