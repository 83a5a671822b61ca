import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createGitProbe, findGitLock } from "../../core/lifecycle/gitLock.ts";

let folder: string;
beforeEach(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), "hookline-git-")));
});
afterEach(() => rm(folder, { recursive: true }));

test("the lock of a repository is found from a folder inside it, also one that does not exist yet", async () => {
  await mkdir(join(folder, ".git"));

  const lock = findGitLock(join(folder, "plugins", "not_yet"));

  expect(lock).toBe(join(folder, ".git", "index.lock"));
});

test("a worktree's lock lies where its .git file says", async () => {
  await mkdir(join(folder, "worktree"));
  await writeFile(join(folder, "worktree", ".git"), "gitdir: ../main/.git/worktrees/one\n");

  const lock = findGitLock(join(folder, "worktree"));

  expect(lock).toBe(join(folder, "main/.git/worktrees/one/index.lock"));
});

test("the repository of a link is that of its target", async () => {
  await mkdir(join(folder, "repository", ".git"), { recursive: true });
  await mkdir(join(folder, "elsewhere"));
  await symlink(join(folder, "repository"), join(folder, "elsewhere", "link"));

  const lock = findGitLock(join(folder, "elsewhere", "link"));

  expect(lock).toBe(join(folder, "repository", ".git", "index.lock"));
});

test("git is busy exactly while the lock of one of the repositories exists", async () => {
  await mkdir(join(folder, "a", ".git"), { recursive: true });
  await mkdir(join(folder, "b", ".git"), { recursive: true });
  const isGitBusy = createGitProbe([join(folder, "a"), join(folder, "b"), folder]);

  const before = isGitBusy();
  await writeFile(join(folder, "b", ".git", "index.lock"), "");
  const during = isGitBusy();
  await rm(join(folder, "b", ".git", "index.lock"));
  const after = isGitBusy();

  expect([before, during, after]).toEqual([false, true, false]);
});
