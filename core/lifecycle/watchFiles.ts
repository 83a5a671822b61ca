import { realpathSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { Clock } from "../clock.ts";
import { manifestNames } from "../plugins/readPluginFolder.ts";
import { createCompileAhead } from "./compileAhead.ts";
import { createDebounce } from "./debounce.ts";
import { createGitProbe } from "./gitLock.ts";
import { sweep } from "./sweep.ts";
import { watchPaths } from "./watcher.ts";
import type { World } from "./world.ts";

// How often the files of a mount without events are compared, in milliseconds.
const sweepInterval = 5_000;

/** What changed, ready for the queue. */
export interface FileChanges {
  /** Real paths. */
  paths: ReadonlySet<string>;
  /** Folders or manifests are among them, or files that no plugin knows: the folders have to be looked through again. */
  structure: boolean;
  config: boolean;
}

/** A running watch over configuration and plugin paths. */
export interface FileWatch {
  ready: Promise<void>;
  modes(): { path: string; mode: "events" | "polling"; reason?: string }[];
  /** Watches these from now on, instead of what was watched before. */
  follow(paths: readonly string[]): void;
  close(): Promise<void>;
}

/** Watches the files of a host; `apply` gets every change, debounced. */
export function watchFiles(
  world: World,
  paths: readonly string[],
  { clock, apply }: { clock: Clock; apply(changes: FileChanges): void },
): FileWatch {
  const { config } = world;
  let watched = new Set(paths);
  let structure = false;
  const { polling } = config.settings;
  const isGitBusy = createGitProbe(paths);

  const ahead = createCompileAhead(world);
  const debounce = createDebounce({
    clock,
    filesOfPlugin: (path) => filesOfPlugin(world, path),
    isGitBusy,
    flush(changed) {
      ahead.stop();
      const configFile = world.config.file;
      const isConfig =
        configFile !== undefined && [...changed].some((path) => path === configFile || path === realOf(configFile));
      const changes = {
        paths: changed,
        structure: structure || [...changed].some((path) => isStructure(world, path)),
        config: isConfig,
      };
      structure = false;
      apply(changes);
    },
  });
  const watcher = watchPaths({
    paths: [...watched],
    polling: typeof polling === "number" ? true : polling,
    ...(typeof polling === "number" && { pollInterval: polling * 1_000 }),
    onEvent({ path, kind }) {
      const real = realOf(path);
      world.touched.set(real, world.clock.now());
      if (kind === "addDir" || kind === "unlinkDir" || (kind === "unlink" && isEntry(world, real))) structure = true;
      // A hint comes first, with the event of the operating system.
      const isWaiting = debounce.push(real, kind === "change");
      if (isWaiting && isCode(world, real)) ahead.push(real);
    },
    onError: (error) => world.events.emit("warning", { message: error.message }),
  });

  let cancelSweep = (): void => undefined;
  const sweepNext = (): void => {
    cancelSweep = clock.after(sweepInterval, () => {
      void sweepPolled().finally(sweepNext);
    });
  };
  sweepNext();

  return {
    ready: watcher.ready,
    modes: () => watcher.modes(),
    follow(next) {
      const wanted = new Set(next);
      watcher.add([...wanted].filter((path) => !watched.has(path)));
      const gone = [...watched].filter((path) => !wanted.has(path));
      if (gone.length > 0) void watcher.remove(gone);
      watched = wanted;
    },
    async close() {
      cancelSweep();
      debounce.close();
      ahead.stop();
      await watcher.close();
    },
  };

  /** The safety net where no events come: the files are compared by their hashes. */
  async function sweepPolled(): Promise<void> {
    if (!watcher.modes().some(({ mode }) => mode === "polling")) return;
    const files = new Map([...world.records.values()].flatMap(({ seen }) => [...seen.files]));
    for (const path of await sweep(files)) debounce.push(path);
  }
}

function filesOfPlugin(world: World, path: string): number {
  if (path === world.config.file) return 1;
  let most = 0;
  for (const { seen } of world.records.values()) {
    if (seen.files.has(path) || seen.misses.has(path)) most = Math.max(most, seen.files.size);
  }
  return most;
}

/** True for a file that a plugin is made from. */
function isCode(world: World, path: string): boolean {
  return [...world.records.values()].some(({ seen }) => seen.files.has(path));
}

/** True for what may add, remove or change a plugin as a whole. */
function isStructure(world: World, path: string): boolean {
  if (manifestNames.includes(basename(path))) return true;
  return ![...world.records.values()].some(
    ({ seen, found }) =>
      seen.files.has(path) || seen.misses.has(path) || (found && found.kind !== "file" && path.startsWith(found.folder + sep)),
  );
}

/** A plugin of one file is gone with its file. */
function isEntry(world: World, path: string): boolean {
  return [...world.records.values()].some(({ found }) => found?.entry === path);
}

function realOf(path: string): string {
  try {
    return realpathSync.native(path);
  } catch {
    // Gone: its folder may still say where it was.
    try {
      return join(realpathSync.native(dirname(path)), basename(path));
    } catch {
      return path;
    }
  }
}
