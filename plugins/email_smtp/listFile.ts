import { randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { HooklineError, z } from "hookline";
import { addressOf } from "./addressOf.ts";

const member = z.looseObject({
  address: z.string().refine((value) => addressOf({ kind: "email", value }) !== undefined, "is no mail address"),
  name: z.string().optional(),
  role: z.string().optional(),
});
const list = z.looseObject({
  name: z.string().min(1),
  description: z.string().optional(),
  external_id: z.string().optional(),
  visibility: z.enum(["public", "private"]).optional(),
  archived: z.boolean().optional(),
  members: z.array(member),
});
const content = z.looseObject({ lists: z.record(z.string().regex(/^[a-z0-9][a-z0-9._-]{0,99}$/), list) });

/** One list, as the file has it. */
export type List = z.output<typeof list>;
/** The lists by their ids. */
export type Lists = Record<string, List>;

/** Runs one piece of work after the other. */
export type Turns = <Done>(work: () => Promise<Done>) => Promise<Done>;

/** The file that holds the lists. People may edit it too: it is read anew each time. */
export interface ListFile {
  /** Throws `unavailable`, with what is wrong, when somebody broke the file. No file is no lists. */
  read(): Promise<Lists>;
  /** Lets `work` change the lists, and writes them when it did: the whole file at once, and no two changes at a time. */
  change<Done>(work: (lists: Lists) => Done | Promise<Done>): Promise<Done>;
}

/** Makes the turns that all generations of an instance share: with one queue no generation writes over what another has written. */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    // Whoever asked hears of the error; the next one has its turn all the same.
    last = done.catch(() => undefined);
    return done;
  };
}

/** Opens the file of lists at a path. */
export function openListFile(path: string, turns: Turns): ListFile {
  const readAll = async () => parsed(await textOf(path), path);
  return {
    read: async () => (await readAll()).lists,
    change: (work) =>
      turns(async () => {
        const all = await readAll();
        const before = JSON.stringify(all);
        const done = await work(all.lists);
        if (JSON.stringify(all) !== before) await replace(path, `${JSON.stringify(all, undefined, 2)}\n`);
        return done;
      }),
  };
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (hasCode(error, "ENOENT")) return '{ "lists": {} }';
    throw broken(path, `cannot be read: ${messageOf(error)}`, error);
  }
}

function parsed(text: string, path: string): z.output<typeof content> {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw broken(path, `is no JSON any more: ${messageOf(error)}`, error);
  }
  const read = content.safeParse(data);
  if (read.success) return read.data;
  throw broken(path, `is not as README.md says: ${z.prettifyError(read.error)}`, read.error);
}

/** A reader sees the old file or the new one, never a part. */
async function replace(path: string, text: string): Promise<void> {
  const draft = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.draft`);
  try {
    await mkdir(dirname(path), { recursive: true });
    // Who may not read the old file may not read the new one. The first one has no old one.
    const mode = await stat(path).then(
      (before) => before.mode,
      () => undefined,
    );
    await writeFile(draft, text, { flag: "wx", flush: true, mode });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    const code = hasCode(error, "ENOSPC", "EDQUOT") ? "quota_exceeded" : "permission";
    throw new HooklineError(
      code,
      { reason: `the lists_file ${path} could not be written: ${messageOf(error)}; nothing was changed` },
      { cause: error },
    );
  }
}

function broken(path: string, what: string, cause: unknown): HooklineError {
  const reason = `the lists_file ${path} ${what}; mend it, or remove it to begin with no lists`;
  return new HooklineError("unavailable", { reason, retryable: false, dispatched: "no" }, { cause });
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && "code" in error && codes.includes(String(error.code));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
