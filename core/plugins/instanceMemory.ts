import { HooklineError } from "../errors.ts";

/** What outlives a generation of an instance: plain state, kept objects, and who owns what only one may own. */
export interface InstanceMemory {
  readonly state: Record<string, unknown>;
  /** What was said once already. */
  readonly warned: Set<string>;
  /** The object under `key` and `fingerprint`, made when nobody has it; destroyed when its last user releases it. */
  keep<T>(
    key: string,
    fingerprint: string,
    create: () => T | Promise<T>,
    destroy: (kept: T) => void | Promise<void>,
  ): Promise<{ value: T; release: () => Promise<void> }>;
  /** Runs `start` when the previous holder of `name` has released it. */
  hold(name: string, start: StartExclusive): { started: Promise<void>; release: () => Promise<void> };
}

/** Starts what only one generation may own; returns its stop. */
export type StartExclusive = () => Stop | Promise<Stop>;
type Stop = () => void | Promise<void>;

interface Kept {
  value: Promise<unknown>;
  users: number;
}

/** Makes the memory of one instance; the host holds it until the instance is removed. */
export function createInstanceMemory(): InstanceMemory {
  const kept = new Map<string, Kept>();
  const holders = new Map<string, Promise<void>>();

  return {
    state: {},
    warned: new Set(),

    async keep<T>(key: string, fingerprint: string, create: () => T | Promise<T>, destroy: (kept: T) => void | Promise<void>) {
      const name = JSON.stringify([key, fingerprint]);
      const entry = kept.get(name) ?? { value: Promise.resolve().then(create), users: 0 };
      kept.set(name, entry);
      entry.users += 1;
      const release = once(async () => {
        entry.users -= 1;
        if (entry.users > 0) return;
        kept.delete(name);
        await destroy((await entry.value) as T);
      });
      try {
        return { value: (await entry.value) as T, release };
      } catch (error) {
        kept.delete(name);
        throw error;
      }
    },

    hold(name, start) {
      const previous = holders.get(name) ?? Promise.resolve();
      const released = Promise.withResolvers<void>();
      const next = previous.then(() => released.promise);
      holders.set(name, next);
      // Not before those ahead have let go, too: whoever comes meanwhile waits for them.
      void next.then(() => holders.get(name) === next && holders.delete(name));
      let turn: "waiting" | "begun" | "gone" = "waiting";
      const running = previous.then(() => {
        if (turn === "gone")
          throw new HooklineError("cancelled", { reason: `"${name}" was not started: the generation ended before its turn` });
        turn = "begun";
        return start();
      });
      const started = running.then(() => undefined);
      // The plugin may leave it alone; it is its own error, not the process's.
      started.catch(() => undefined);
      return {
        started,
        release: once(async () => {
          try {
            if (turn === "begun") await (await running)();
          } finally {
            turn = "gone";
            released.resolve();
          }
        }),
      };
    },
  };
}

function once(run: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= run();
    return done;
  };
}
