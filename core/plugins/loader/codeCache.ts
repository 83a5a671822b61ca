import type { Compiled } from "./compileModule.ts";

/** Compiled files in memory. Nothing of it is ever written to disk. */
export interface CodeCache {
  get(path: string, sha1: string): Compiled | undefined;
  set(path: string, sha1: string, compiled: Compiled, size: number): void;
  clear(): void;
}

interface Version {
  sha1: string;
  compiled: Compiled;
  size: number;
}

/**
 * Makes a cache that keeps the last two versions of a file (a rollback needs the older one) and at most `limit` bytes of source in
 * all, so that a host that reloads for months does not grow.
 */
export function createCodeCache(limit = 32 * 1024 * 1024): CodeCache {
  const versions = new Map<string, Version[]>();
  let total = 0;

  function use(path: string, list: Version[]): void {
    versions.delete(path);
    versions.set(path, list);
  }

  function drop(list: readonly Version[]): void {
    for (const { size } of list) total -= size;
  }

  return {
    get(path, sha1) {
      const list = versions.get(path);
      const found = list?.find((version) => version.sha1 === sha1);
      if (list !== undefined && found !== undefined) use(path, [found, ...list.filter((version) => version !== found)]);
      return found?.compiled;
    },
    set(path, sha1, compiled, size) {
      const older = versions.get(path) ?? [];
      drop(older.slice(1));
      use(path, [{ sha1, compiled, size }, ...older.slice(0, 1)]);
      total += size;
      for (const [oldest, list] of versions) {
        if (total <= limit || oldest === path) break;
        drop(list);
        versions.delete(oldest);
      }
    },
    clear() {
      versions.clear();
      total = 0;
    },
  };
}
