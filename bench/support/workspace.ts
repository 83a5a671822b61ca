import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A folder for one bench, outside of every repository; removed by `close`. */
export interface Workspace {
  readonly folder: string;
  path(...parts: string[]): string;
  /** Writes a file as an editor that saves in place does: truncate, write, close. */
  write(file: string, text: string): void;
  close(): void;
}

// In memory where there is such a place: a save then takes the same time whatever else the disk has to do.
const base = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** Where the files of the benches lie, for the notes. */
export const filesLieIn = base === "/dev/shm" ? "memory (tmpfs)" : "the folder for temporary files";

/** Makes an empty workspace. */
export function createWorkspace(): Workspace {
  const folder = realpathSync(mkdtempSync(join(base, "hookline-bench-")));
  const path = (...parts: string[]) => join(folder, ...parts);
  return {
    folder,
    path,
    write(file, text) {
      mkdirSync(dirname(path(file)), { recursive: true });
      writeFileSync(path(file), text);
    },
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}
