import { type FSWatcher, watch } from "node:fs";
import { basename } from "node:path";
import type { Step } from "./resolvePath.ts";

/** One listener on names in folders. */
export interface Guard {
  /** Listens on exactly these names from now on. True when a folder was not listened to before: ask again what it holds. */
  hold(steps: readonly Step[]): boolean;
  release(): void;
}

interface GuardedFolder {
  watcher: FSWatcher;
  names: Map<Guard, { names: Set<string>; onTouch: () => void }>;
}

/** The folders that are listened to, shared by all guards. */
export interface FolderGuards {
  open(onTouch: () => void): Guard;
}

/**
 * Tells when one of a few names in a folder appears, goes, or is replaced: what a tree watcher cannot see, because it happens
 * above the tree. Folders are shared by all guards, and never watched below their own level.
 */
export function createFolderGuards(onError: (error: Error, folder: string) => void): FolderGuards {
  const folders = new Map<string, GuardedFolder>();
  return { open };

  function open(onTouch: () => void): Guard {
    let held = new Set<string>();
    const guard: Guard = {
      hold(steps) {
        const wanted = Map.groupBy(steps, ({ folder, identity }) => `${folder}\n${identity}`);
        let isNew = false;
        for (const [key, [step, ...others]] of wanted) {
          if (step === undefined) continue;
          const names = new Set([step, ...others].map(({ name }) => name));
          const guarded = listen(key, step.folder);
          if (guarded !== undefined && !guarded.names.has(guard)) isNew = true;
          guarded?.names.set(guard, { names, onTouch });
        }
        for (const key of held) if (!wanted.has(key)) leave(key, guard);
        held = new Set(wanted.keys());
        return isNew;
      },
      release() {
        for (const key of held) leave(key, guard);
        held.clear();
      },
    };
    return guard;
  }

  function listen(key: string, folder: string): GuardedFolder | undefined {
    const known = folders.get(key);
    if (known) return known;
    try {
      const watcher = watch(folder);
      const guarded: GuardedFolder = { watcher, names: new Map() };
      watcher.on("change", (type, name) => {
        // Linux tells a folder that it was itself moved or removed under its own name; from then on it tells nothing.
        const isGone = type === "rename" && name === basename(folder);
        touch(guarded, name === null || isGone ? undefined : String(name));
        if (isGone) drop(key, guarded);
      });
      watcher.on("error", (error) => {
        touch(guarded, undefined);
        drop(key, guarded);
        report(error, folder);
      });
      folders.set(key, guarded);
      return guarded;
    } catch (error) {
      report(error, folder);
      return undefined;
    }
  }

  function touch(guarded: GuardedFolder, name: string | undefined): void {
    for (const { names, onTouch } of [...guarded.names.values()]) {
      if (name === undefined || names.has(name)) onTouch();
    }
  }

  function leave(key: string, guard: Guard): void {
    const guarded = folders.get(key);
    guarded?.names.delete(guard);
    if (guarded?.names.size === 0) drop(key, guarded);
  }

  function drop(key: string, guarded: GuardedFolder): void {
    guarded.watcher.close();
    if (folders.get(key) === guarded) folders.delete(key);
  }

  function report(error: unknown, folder: string): void {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Gone again: the step above it tells. Not readable (`/root` above one's own folder): it cannot be guarded, and seldom moves.
    if (code === "ENOENT" || code === "EACCES" || code === "EPERM") return;
    onError(error instanceof Error ? error : new Error(String(error)), folder);
  }
}
