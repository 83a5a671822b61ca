import { randomBytes } from "node:crypto";
import { link, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HooklineError } from "hookline";

/**
 * Makes a file with its whole content, or answers false when it is there already. Of two who try at the same time, in this
 * process or another, exactly one gets true. The folder must exist.
 */
export async function createFile(path: string, content: string | Uint8Array): Promise<boolean> {
  const draft = await writeDraft(path, content);
  try {
    // A link fails when the name is taken, where a rename would overwrite; and unlike writing with "wx" it is never half there.
    await link(draft, path);
    return true;
  } catch (error) {
    if (hasCode(error, "EEXIST")) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

/** Gives a file new content at once: a reader sees the old or the new, never a part. */
export async function replaceFile(path: string, content: string): Promise<void> {
  const draft = await writeDraft(path, content);
  try {
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** The text of a file; undefined when there is none. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
}

/** The data of a JSON file; undefined when there is none. Throws `plugin_error` naming a file that somebody broke by hand. */
export async function readJson<Data>(path: string): Promise<Data | undefined> {
  const text = await readText(path);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = `${path} is no valid JSON any more (${String(error)}); mend or remove it`;
    throw new HooklineError("plugin_error", { reason, dispatched: "no" }, { cause: error });
  }
}

/** Data as a person likes to read it. */
export function json(data: unknown): string {
  return `${JSON.stringify(data, undefined, 2)}\n`;
}

/** The names in a folder in order; none when there is no folder. Drafts begin with a dot and are left out. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/**
 * One page of the names: those after `cursor`, at most `limit`. As a cursor is the last name seen, a page neither skips nor repeats
 * when something is added or removed between two pages.
 */
export function pageOf(
  names: readonly string[],
  { cursor = "", limit }: { cursor?: string; limit: number },
): { names: string[]; cursor?: string } {
  const rest = names.filter((name) => name > cursor);
  const page = rest.slice(0, limit);
  return rest.length > limit ? { names: page, cursor: page.at(-1) } : { names: page };
}

/** Does the work for each, one after the other: a thousand files at once would use up the open files of the process. */
export async function inTurn<One, Done>(list: readonly One[], work: (one: One) => Promise<Done>): Promise<Done[]> {
  const done: Done[] = [];
  for (const one of list) done.push(await work(one));
  return done;
}

/** True for an error of the file system with one of these codes. */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

async function writeDraft(path: string, content: string | Uint8Array): Promise<string> {
  const draft = join(dirname(path), `.${randomBytes(8).toString("hex")}.draft`);
  try {
    await writeFile(draft, content, { flag: "wx" });
    return draft;
  } catch (error) {
    await rm(draft, { force: true });
    throw inOurWords(error, path);
  }
}

function inOurWords(error: unknown, path: string): unknown {
  if (hasCode(error, "ENOSPC", "EDQUOT")) {
    return new HooklineError(
      "quota_exceeded",
      { reason: `no space is left to write ${path}`, dispatched: "maybe" },
      { cause: error },
    );
  }
  if (hasCode(error, "EACCES", "EPERM", "EROFS")) {
    return new HooklineError(
      "permission",
      { reason: `${path} may not be written; let this process write there` },
      { cause: error },
    );
  }
  return error;
}
