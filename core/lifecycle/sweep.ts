import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

const readsAtOnce = 16;

/**
 * Reads the files again and names those whose content is no longer the one with this SHA-1 (in hex), or that are gone: the safety
 * net under a watcher that missed something, for a network mount.
 */
export async function sweep(files: ReadonlyMap<string, string>): Promise<string[]> {
  const changed: string[] = [];
  const queue = files.entries();
  const readers = Array.from({ length: Math.min(readsAtOnce, files.size) }, async () => {
    for (const [path, sha1] of queue) {
      if ((await sha1Of(path, sha1)) !== sha1) changed.push(path);
    }
  });
  await Promise.all(readers);
  return changed;
}

async function sha1Of(path: string, known: string): Promise<string | undefined> {
  try {
    return createHash("sha1")
      .update(await readFile(path))
      .digest("hex");
  } catch (error) {
    const isGone = error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
    // A mount that does not answer has not changed the file: the next sweep asks again.
    return isGone ? undefined : known;
  }
}
