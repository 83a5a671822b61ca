import { createHash } from "node:crypto";
import { mkdtemp, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sweep } from "../../core/lifecycle/sweep.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookline-sweep-"));
});
afterEach(() => rm(folder, { recursive: true }));

async function filesOf(count: number): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (let file = 0; file < count; file++) {
    await writeFile(join(folder, `${file}.ts`), `content ${file}`);
    files.set(join(folder, `${file}.ts`), createHash("sha1").update(`content ${file}`).digest("hex"));
  }
  return files;
}

test("files that are as they were are not named", async () => {
  const files = await filesOf(40);

  const changed = await sweep(files);

  expect(changed).toEqual([]);
});

test("a changed file is named even when its size and time are the old ones", async () => {
  const files = await filesOf(40);
  const path = join(folder, "7.ts");
  const { atime, mtime } = await stat(path);
  await writeFile(path, "CONTENT 7");
  await utimes(path, atime, mtime);

  const changed = await sweep(files);

  expect(changed).toEqual([path]);
});

test("a file that is gone is named", async () => {
  const files = await filesOf(3);
  await rm(join(folder, "1.ts"));

  const changed = await sweep(files);

  expect(changed).toEqual([join(folder, "1.ts")]);
});

test("a file that cannot be read for another reason counts as unchanged until it can", async () => {
  // A folder cannot be read as a file, whoever asks (EISDIR); root may read everything, so permissions would prove nothing.
  const files = new Map([[folder, "0".repeat(40)]]);

  const changed = await sweep(files);

  expect(changed).toEqual([]);
});
