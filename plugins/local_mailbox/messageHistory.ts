import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { MessageContent } from "hookline";
import { HooklineError } from "hookline";
import { isName } from "./names.ts";
import { createFile, hasCode, inTurn, json, namesIn, readJson, readText, replaceFile } from "./store.ts";

/** What happened to a message after it was sent. */
type Change = { at: string; content: MessageContent } | { at: string; deleted: true };

/**
 * What happens to messages after they were sent: a row of numbered files in `changes/`. Of two changes at the same moment, in this
 * process or another, one gets the next number, and every copy of the message ends with the last one.
 */
export function messageHistory(root: string) {
  return { isDeleted, expectSent, add, apply };

  async function isDeleted(id: string): Promise<boolean> {
    return (await changesOf(id)).some(isDeletion);
  }

  /** Every file of a message: the folders are the index, so that nothing can contradict them. */
  async function copiesOf(id: string): Promise<string[]> {
    if (!isName(id)) return [];
    const inboxes = (await namesIn(join(root, "inboxes"))).map((inbox) => join(root, "inboxes", inbox));
    const rooms = (await namesIn(join(root, "groups"))).map((group) => join(root, "groups", group, "messages"));
    const files = await inTurn([...inboxes, ...rooms], async (folder) => {
      const file = join(folder, `${id}.json`);
      return (await readText(file)) === undefined ? [] : [file];
    });
    return files.flat();
  }

  /** Throws `not_found` for a message that never was, `conflict` for one that was deleted. */
  async function expectSent(id: string): Promise<void> {
    if (await isDeleted(id)) throw new HooklineError("conflict", { reason: `message "${id}" was deleted` });
    if ((await copiesOf(id)).length === 0)
      throw new HooklineError("not_found", { reason: `there is no message "${id}" in ${root}` });
  }

  async function changesOf(id: string): Promise<Change[]> {
    if (!isName(id)) return [];
    const folder = join(root, "changes", id);
    const changes = await inTurn(await namesIn(folder), (name) => readJson<Change>(join(folder, name)));
    return changes.filter((change) => change !== undefined);
  }

  /** Notes a change under the next free number, and carries it out. */
  async function add(id: string, change: Change): Promise<void> {
    const folder = join(root, "changes", id);
    await mkdir(folder, { recursive: true });
    let number = (await namesIn(folder)).length + 1;
    while (!(await createFile(join(folder, `${String(number).padStart(6, "0")}.json`), json(change)))) number += 1;
    await apply(id);
  }

  /** Brings the files of a message to its last change, and once more when another came meanwhile. */
  async function apply(id: string): Promise<void> {
    const changes = await changesOf(id);
    const last = changes.find(isDeletion) ?? changes.at(-1);
    if (last === undefined) return;
    for (const file of await copiesOf(id)) {
      if (isDeletion(last)) await rm(file, { force: true });
      else await editCopy(file, last);
    }
    if (isDeletion(last)) await rm(join(root, "attachments", id), { recursive: true, force: true });
    if ((await changesOf(id)).length !== changes.length) await apply(id);
  }
}

async function editCopy(file: string, { at, content }: { at: string; content: MessageContent }): Promise<void> {
  try {
    const before = await readJson<object>(file);
    if (before !== undefined) await replaceFile(file, json({ ...before, content, edited_at: at }));
  } catch (error) {
    // The group was deleted meanwhile, and the message with it.
    if (!hasCode(error, "ENOENT")) throw error;
  }
}

function isDeletion(change: Change): change is { at: string; deleted: true } {
  return "deleted" in change;
}
