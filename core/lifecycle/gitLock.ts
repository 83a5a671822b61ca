import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * Where git puts its lock while it changes the files around `path`: `.git/index.lock` of the repository that holds it, also for a
 * worktree or a submodule. Undefined outside a repository.
 */
export function findGitLock(path: string): string | undefined {
  for (let folder = realPathOf(path); ; folder = dirname(folder)) {
    const dotGit = join(folder, ".git");
    const stats = statSync(dotGit, { throwIfNoEntry: false });
    if (stats?.isDirectory()) return join(dotGit, "index.lock");
    // In a worktree or a submodule `.git` is a file that names the real folder.
    const gitFolder = stats?.isFile() ? /^gitdir: (.+)$/m.exec(readFileSync(dotGit, "utf8"))?.[1] : undefined;
    if (gitFolder !== undefined) return join(resolve(folder, gitFolder), "index.lock");
    if (folder === dirname(folder)) return undefined;
  }
}

/**
 * Tells whether git is at work in one of the repositories that hold `roots`. The locks' places are looked up once, on the first
 * question; after that a question costs one `stat` per repository.
 */
export function createGitProbe(roots: readonly string[]): () => boolean {
  let locks: readonly string[] | undefined;
  return () => {
    locks ??= [...new Set(roots.map(findGitLock).filter((lock) => lock !== undefined))];
    return locks.some((lock) => existsSync(lock));
  };
}

function realPathOf(path: string): string {
  const absolute = resolve(path);
  try {
    return realpathSync(absolute);
  } catch {
    // It does not exist yet; a repository above it is found all the same.
    return absolute;
  }
}
