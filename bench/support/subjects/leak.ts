import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { followListeners } from "./listenerCount.ts";

/** What a process holds at one moment. */
export interface Held {
  reloads: number;
  heap: number;
  rss: number;
  /** What keeps the process, by kind. */
  handles: Record<string, number>;
  listeners: number;
  inotify: number;
}

export type LeakReport = { held: Held } | { done: true };

const listeners = followListeners();

// The one that reloads is loaded after the listeners are followed.
const [reloader = "", reloads = "0", every = "1", ...args] = process.argv.slice(2);
const { open }: { open(...args: string[]): Promise<{ reload(version: number): Promise<void>; close(): Promise<void> }> } =
  await import(reloader);
const { reload, close } = await open(...args);
await tell(0);
for (let version = 1; version <= Number(reloads); version++) {
  await reload(version);
  if (version % Number(every) === 0) await tell(version);
}
await close();
process.send?.({ done: true }, () => process.exit());

async function tell(reloads: number): Promise<void> {
  // What was reloaded last has to be disposed, and the watcher's short timers have to pass.
  await pause(300);
  for (let round = 0; round < 2; round++) globalThis.gc?.({ type: "major", execution: "sync", flavor: "last-resort" });
  await pause(20);
  const { heapUsed, rss } = process.memoryUsage();
  process.send?.({
    held: {
      reloads,
      heap: heapUsed,
      rss,
      handles: counted(process.getActiveResourcesInfo()),
      listeners: listeners(),
      inotify: inotifyWatches(),
    },
  });
}

function counted(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  // The two pauses, and the channel to the bench.
  return counts;
}

/** Linux only: elsewhere there is no such folder, and the count is 0. */
function inotifyWatches(): number {
  try {
    const descriptors = readdirSync("/proc/self/fdinfo");
    return descriptors.reduce((sum, descriptor) => sum + watchesOf(descriptor), 0);
  } catch {
    return 0;
  }
}

function watchesOf(descriptor: string): number {
  try {
    return readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8").match(/^inotify wd:/gm)?.length ?? 0;
  } catch {
    // The descriptor with which the folder was read is gone again.
    return 0;
  }
}
