import type { FileEvent } from "./fileEvent.ts";

/**
 * What has been told of a tree: "folder", or the stamp of a file, which changes whenever the file does. An empty stamp says that
 * the state of the file is not known.
 */
export type KnownPaths = Map<string, string>;

/** Notes what was told. */
export function noteEvent(known: KnownPaths, { path, kind }: FileEvent, stamp: string): void {
  if (kind === "unlink" || kind === "unlinkDir") known.delete(path);
  else if (kind !== "hint" || known.has(path)) known.set(path, kind === "addDir" ? "folder" : stamp);
}

/** The same paths, with the state of every file forgotten. */
export function withoutStamps(known: KnownPaths): KnownPaths {
  return new Map([...known].map(([path, state]) => [path, state === "folder" ? state : ""]));
}

/** Tells as events what has to happen to `before` to become `after`. A file whose state is not known counts as changed. */
export function tellDifference(before: KnownPaths, after: KnownPaths, onEvent: (event: FileEvent) => void): void {
  for (const [path, state] of [...before].reverse()) {
    if (kindOf(after.get(path)) !== kindOf(state)) onEvent({ path, kind: kindOf(state) === "folder" ? "unlinkDir" : "unlink" });
  }
  for (const [path, state] of after) {
    const old = before.get(path);
    if (kindOf(old) !== kindOf(state)) onEvent({ path, kind: kindOf(state) === "folder" ? "addDir" : "add" });
    else if (state === "" || old !== state) onEvent({ path, kind: "change" });
  }
}

function kindOf(state: string | undefined): "folder" | "file" | undefined {
  if (state === undefined) return undefined;
  return state === "folder" ? "folder" : "file";
}
