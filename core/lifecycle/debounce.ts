import type { Clock } from "../clock.ts";

const saveAllWait = 10;
const burstSpan = 50;
const burstPaths = 2;
const burstQuiet = 25;
const burstLimit = 400;

/** Collects the paths that changed, and decides when they belong together. */
export interface Debounce {
  /** `isEcho`: it may be the late word of something that was told before; a path that waits already does not wait longer for it. */
  push(path: string, isEcho?: boolean): void;
  /** Forgets what is waiting. */
  close(): void;
}

/**
 * Waits as long as the change needs and no longer: not at all for the file of a one-file plugin, 10 ms for a plugin of several
 * (a "save all" is several writes), and in a burst (more than two paths within 50 ms, or git at work) for 25 ms of quiet, 400 at most.
 */
export function createDebounce(options: {
  clock: Clock;
  /** How many files the plugins behind the path have; 0 when no plugin knows it yet. */
  filesOfPlugin(path: string): number;
  isGitBusy(): boolean;
  flush(paths: ReadonlySet<string>): void;
}): Debounce {
  const { clock, filesOfPlugin, isGitBusy, flush } = options;
  const seenAt = new Map<string, number>();
  let waiting = new Set<string>();
  let waitingSince = 0;
  let isBurst = false;
  let cancelTimer = () => {};

  return {
    push(path, isEcho = false) {
      if (isEcho && waiting.has(path)) return;
      const now = clock.now();
      noteSeen(path, now);
      // A burst that has begun stays one until it is flushed: git pauses between files.
      const belongsToBurst = (isBurst && waiting.size > 0) || seenAt.size > burstPaths || isGitBusy();
      const isNewPath = !waiting.has(path);
      if (!belongsToBurst && isNewPath && filesOfPlugin(path) === 1) {
        flush(new Set([path]));
        return;
      }
      if (waiting.size === 0) waitingSince = now;
      waiting.add(path);
      isBurst = belongsToBurst;
      if (isBurst) flushAt(Math.min(now + burstQuiet, waitingSince + burstLimit));
      // The next file of a save-all starts the wait anew; the same file again (truncate, then write) does not.
      else if (isNewPath) flushAt(now + saveAllWait);
    },
    close() {
      cancelTimer();
      waiting.clear();
      seenAt.clear();
    },
  };

  function noteSeen(path: string, now: number): void {
    // Deleting first keeps the map in the order of time, so the stale ones are at its beginning.
    seenAt.delete(path);
    seenAt.set(path, now);
    for (const [seen, at] of seenAt) {
      if (now - at <= burstSpan) break;
      seenAt.delete(seen);
    }
  }

  function flushAt(time: number): void {
    cancelTimer();
    cancelTimer = clock.after(time - clock.now(), flushWaiting);
  }

  function flushWaiting(): void {
    const now = clock.now();
    const end = waitingSince + burstLimit;
    // Quiet, but git still holds its lock: it is between two files.
    if (now < end && isGitBusy()) {
      isBurst = true;
      flushAt(Math.min(now + burstQuiet, end));
      return;
    }
    const paths = waiting;
    waiting = new Set();
    isBurst = false;
    flush(paths);
  }
}
