import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { type FileEvent, watchPaths } from "../../core/lifecycle/watcher.ts";

/** A function of node:fs with its arguments, or a wait of some milliseconds between two of them. */
export type Operation = readonly ["wait", number] | readonly [keyof typeof import("node:fs"), ...(string | object)[]];

/** A fresh folder that is removed after the test; `files` are written into it. Returns a function that makes paths in it. */
export async function temporaryFolder(files: Record<string, string> = {}): Promise<(path?: string) => string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "hookline-watch-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const inside = (path = "") => join(folder, path);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(inside(path)), { recursive: true });
    await writeFile(inside(path), text);
  }
  return inside;
}

/** Watches until the test ends, and lets it wait for events. */
export async function watching(paths: readonly string[], options: Partial<Parameters<typeof watchPaths>[0]> = {}) {
  const events: FileEvent[] = [];
  const errors: Error[] = [];
  const read = new Map<string, string>();
  const listeners = new Set<() => void>();
  const watcher = watchPaths({
    paths,
    onEvent(event) {
      events.push(event);
      if (["add", "change", "hint"].includes(event.kind)) read.set(event.path, contentOf(event.path));
      for (const listener of listeners) listener();
    },
    onError: (error) => errors.push(error),
    ...options,
  });
  onTestFinished(() => watcher.close());
  await watcher.ready;

  /** Resolves as soon as the events, the past ones included, are enough. */
  function until(isEnough: () => boolean): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => {
      try {
        if (isEnough()) resolve();
      } catch (error) {
        reject(error);
      }
    };
    listeners.add(check);
    check();
    return promise.finally(() => listeners.delete(check));
  }

  return {
    watcher,
    events,
    errors,
    until,
    /** Resolves with an event of this kind for this path. */
    event: (kind: FileEvent["kind"], path: string) =>
      until(() => events.some((event) => event.kind === kind && event.path === path)),
    /** Resolves when whoever reads the file at each of its events has read this text last. */
    told: (path: string, text: string) => until(() => read.get(path) === text),
  };
}

function contentOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // It is gone again; the event that says so is on its way.
    return "";
  }
}

/** A process that carries out file operations; it ends with the test. */
export async function otherProcess(): Promise<(...operations: Operation[]) => Promise<void>> {
  const child = fork(fileURLToPath(new URL("./fixtures/writer.mjs", import.meta.url)));
  onTestFinished(async () => {
    const ended = once(child, "exit");
    child.kill();
    await ended;
  });
  return async (...operations) => {
    const done = once(child, "message");
    child.send(operations);
    await done;
  };
}
