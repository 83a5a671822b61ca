import type { Stats } from "node:fs";
import { basename, join, resolve, sep } from "node:path";
import { watch } from "chokidar";
import { type Clock, systemClock } from "../clock.ts";
import { HooklineError } from "../errors.ts";
import type { FileEvent } from "./fileEvent.ts";
import { createFolderGuards } from "./folderGuards.ts";
import { type StatFs, silentMountOf } from "./mountKind.ts";
import {
  createWatchedRoot,
  type Mode,
  type RootOptions,
  type Tree,
  type TreeListeners,
  type WatchedRoot,
} from "./watchedRoot.ts";

export type { FileEvent } from "./fileEvent.ts";

/** A running watch. Take stock after `ready`: what happened before it is not told. */
export interface Watcher {
  ready: Promise<void>;
  /** How each path is watched; links below them too where they are polled. */
  modes(): { path: string; mode: "events" | "polling"; reason?: string }[];
  /** Watches more paths. What they hold is told as `add` and `addDir`, so that nothing slips between a look and the watch. */
  add(paths: readonly string[]): void;
  remove(paths: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

// Below a watched path; the path itself may lie in a node_modules. `..data` and its like hold the versions of a ConfigMap.
const ignoredBelow = /(^|[\\/])(node_modules|\.git|\.\.[^\\/]*)([\\/]|$)/;

/** Within this many milliseconds after a change chokidar keeps the next one back. */
const heldBack = 50;

/**
 * Watches folders and files that may be links, may be missing, may be replaced by others, and may lie on a network mount.
 * Chokidar watches only real paths; every link is followed by us, so that its swap is seen wherever it happens.
 */
export function watchPaths(options: {
  paths: readonly string[];
  onEvent(event: FileEvent): void;
  onError(error: Error): void;
  /** Default "auto": polling where the kind of mount sends no events. */
  polling?: "auto" | boolean;
  /** In milliseconds; 500 unless given. */
  pollInterval?: number;
  statfs?: StatFs;
  clock?: Clock;
}): Watcher {
  const { onEvent, polling = "auto", pollInterval = 500, statfs, clock = systemClock } = options;
  const guards = createFolderGuards((error, folder) => options.onError(watchError(error, folder)));
  const roots = new Map<string, WatchedRoot>();
  const links = new Map<string, WatchedRoot>();
  const starting = new Set<Promise<void>>();
  let isReady = false;
  let isClosed = false;

  for (const path of options.paths) addRoot(resolve(path));
  return {
    ready: started(),
    modes() {
      const polledLinks = [...links.values()].filter((link) => link.mode().mode === "polling");
      return [...roots.values(), ...polledLinks].map((root) => ({ path: root.path, ...root.mode() }));
    },
    add(paths) {
      for (const path of paths) addRoot(resolve(path));
    },
    async remove(paths) {
      const ended = paths.map((path) => take(roots, resolve(path))).filter((root) => root !== undefined);
      await Promise.all([...ended.map((root) => root.close()), closeLinksOutsideOf([...roots.keys()])]);
    },
    async close() {
      isClosed = true;
      await Promise.all([...roots.values(), ...links.values()].map((root) => root.close()));
    },
  };

  /** Links are found on the way, so there may be more to wait for each time. */
  async function started(): Promise<void> {
    while (starting.size > 0) await Promise.all(starting);
    isReady = true;
  }

  function addRoot(path: string): void {
    if (!roots.has(path)) roots.set(path, openRoot(path));
  }

  function addLink(path: string, parent: WatchedRoot): void {
    if (isClosed || roots.has(path) || links.has(path)) return;
    const link = openRoot(path, {
      passed: parent.passed(),
      onEnd(successor) {
        void take(links, path)?.close();
        if (successor !== "nothing") parent.refresh();
      },
    });
    links.set(path, link);
  }

  function openRoot(path: string, link?: RootOptions["link"]): WatchedRoot {
    const root: WatchedRoot = createWatchedRoot({
      path,
      isAnnounced: isReady,
      link,
      clock,
      guards,
      pollInterval,
      modeOf,
      openTree: (real, mode, listeners) => openTree({ real, mode, pollInterval, clock, listeners, onError: options.onError }),
      onEvent: (event) => !isClosed && onEvent(event),
      onLink: (found) => addLink(found, root),
      onError: (error) => options.onError(watchError(error, path)),
    });
    const start = root.ready.then(() => void starting.delete(start));
    starting.add(start);
    return root;
  }

  async function modeOf(paths: Iterable<string>): Promise<Mode> {
    if (polling === true) return { mode: "polling", reason: "set to polling" };
    if (polling === false) return { mode: "events", reason: "set to events" };
    const mounts = await Promise.all([...paths].map((path) => silentMountOf(path, statfs)));
    const mount = mounts.find((name) => name !== undefined);
    return mount === undefined ? { mode: "events" } : { mode: "polling", reason: `${mount} sends no events` };
  }

  async function closeLinksOutsideOf(folders: readonly string[]): Promise<void> {
    const outside = [...links.keys()].filter((link) => !folders.some((folder) => link.startsWith(folder + sep)));
    await Promise.all(outside.map((link) => take(links, link)?.close()));
  }
}

function take(roots: Map<string, WatchedRoot>, path: string): WatchedRoot | undefined {
  const root = roots.get(path);
  roots.delete(path);
  return root;
}

/** Chokidar on one real path. */
function openTree(options: {
  real: string;
  mode: Mode;
  pollInterval: number;
  clock: Clock;
  listeners: TreeListeners;
  onError(error: Error): void;
}): Tree {
  const { real, mode, pollInterval, clock } = options;
  const { onEvent, onLink, onFolderGone } = options.listeners;
  const toldAt = new Map<string, number>();
  const files = new Set<string>();
  const tree = watch(real, {
    backend: mode.mode === "polling" ? "polling" : "auto",
    pollingInterval: pollInterval,
    pollingBinaryInterval: pollInterval,
    atomic: true,
    followSymlinks: true,
    ignored(path, stats) {
      const below = path.slice(real.length);
      if (ignoredBelow.test(below)) return true;
      if (below === "" || !stats?.isSymbolicLink()) return false;
      onLink(path);
      return true;
    },
  });
  const { promise: ready, resolve: setReady } = Promise.withResolvers<void>();
  tree.once("ready", setReady);
  tree.on("error", (error) => options.onError(watchError(error, real)));
  tree.on("all", (kind, path, stats) => {
    if (kind === "add" || kind === "change") noteTold(path);
    if (kind === "add") files.add(path);
    if (kind === "unlink") files.delete(path);
    if (kind !== "raw" && kind !== "ready" && kind !== "error" && kind !== "all") onEvent({ path, kind }, stampOf(stats));
  });
  tree.on("raw", (type, name, details) => {
    const watchedPath = watchedPathOf(details);
    if (typeof name !== "string" || watchedPath === undefined) return;
    // A folder's own end comes under its own name.
    if (type === "rename" && name === basename(watchedPath)) onFolderGone();
    // Chokidar asks the disk before it tells a change, and on a busy machine waits long for the answer. A second change within 50 ms
    // it tells only when they are over, or never when size and time of both are the same.
    for (const path of [watchedPath, join(watchedPath, name)]) {
      const isHeldBack = clock.now() - (toldAt.get(path) ?? Number.NEGATIVE_INFINITY) <= heldBack;
      if (isHeldBack || (type === "change" && files.has(path))) onEvent({ path, kind: "hint" }, "");
    }
  });

  // An environment variable of chokidar's can decide otherwise.
  const isPolling = tree.options.usePolling;
  return {
    mode:
      isPolling === (mode.mode === "polling")
        ? mode
        : { mode: isPolling ? "polling" : "events", reason: "set by CHOKIDAR_USEPOLLING" },
    ready,
    async close() {
      setReady();
      await tree.close().catch((error) => options.onError(watchError(error, real)));
    },
  };

  function noteTold(path: string): void {
    const now = clock.now();
    // Deleting first keeps the map in the order of time, so the stale ones are at its beginning.
    toldAt.delete(path);
    toldAt.set(path, now);
    for (const [told, at] of toldAt) {
      if (now - at <= heldBack) break;
      toldAt.delete(told);
    }
  }
}

/** Of an event of the operating system; polling gives none. */
function watchedPathOf(details: unknown): string | undefined {
  if (typeof details !== "object" || details === null || !("watchedPath" in details)) return undefined;
  return typeof details.watchedPath === "string" ? details.watchedPath : undefined;
}

function stampOf(stats: Stats | undefined): string {
  return stats ? `${stats.ino} ${stats.size} ${stats.mtimeMs} ${stats.ctimeMs}` : "";
}

function watchError(error: unknown, path: string): Error {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const said = error instanceof Error ? error.message : String(error);
  const advice =
    code === "ENOSPC"
      ? "raise fs.inotify.max_user_watches, or watch fewer folders"
      : code === "EMFILE"
        ? "raise the limit of open files (ulimit -n) or fs.inotify.max_user_instances"
        : "changes there may go unseen until the next reload";
  return new HooklineError("watch_failed", { reason: `cannot watch ${path} (${said}): ${advice}` }, { cause: error });
}
