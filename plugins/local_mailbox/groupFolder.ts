import { randomBytes } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HooklineError } from "hookline";
import { isName } from "./names.ts";
import { hasCode, readText } from "./store.ts";

/** Makes the folder of a group with all that is in it at once, or answers false when it is there already. */
export async function createGroupFolder(folder: string, files: Record<string, string>): Promise<boolean> {
  const draft = join(dirname(folder), `.${randomBytes(8).toString("hex")}.draft`);
  for (const inner of ["members", "messages"]) await mkdir(join(draft, inner), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(draft, name), content);
  try {
    await rename(draft, folder);
    return true;
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // A folder that is not empty is never overwritten; Windows calls that EPERM.
    if (hasCode(error, "ENOTEMPTY", "EEXIST", "EPERM") && (await readText(join(folder, "created.json"))) !== undefined)
      return false;
    throw error;
  }
}

/** Runs `work` in the folder of a group. Throws `not_found` when there is no such group, also when it is deleted meanwhile. */
export async function inGroup<Answer>(groups: string, id: string, work: (folder: string) => Promise<Answer>): Promise<Answer> {
  const folder = join(groups, id);
  if (!isName(id) || (await readText(join(folder, "created.json"))) === undefined) throw noGroup(id);
  try {
    return await work(folder);
  } catch (error) {
    throw hasCode(error, "ENOENT") ? noGroup(id) : error;
  }
}

/** Throws `conflict` for a group that was archived: it can be read, and nothing in it changes any more. */
export async function refuseArchived(folder: string, id: string): Promise<void> {
  const since = await readText(join(folder, "archived.txt"));
  if (since !== undefined)
    throw new HooklineError("conflict", {
      reason: `group "${id}" was archived at ${since}; use another group, or create a new one`,
    });
}

function noGroup(id: string): HooklineError {
  return new HooklineError("not_found", { reason: `there is no group "${id}"; list_groups names those there are` });
}
