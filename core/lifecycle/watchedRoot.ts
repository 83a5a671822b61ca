import { existsSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import type { Clock } from "../clock.ts";
import type { FileEvent } from "./fileEvent.ts";
import type { FolderGuards } from "./folderGuards.ts";
import { type ResolvedPath, resolvePath } from "./resolvePath.ts";

/** How long a path has to be missing until it counts as gone: editors and `ln -sfn` remove it and put it back. */
const goneAfter = 100;
/** How many links to folders may lie behind each other. */
const passedLimit = 8;

/** How a path is watched, and why that way. */
export interface Mode {
  mode: "events" | "polling";
  reason?: string;
}

/** The watch on one real folder or file. It reports no links; they are told to `onLink`. */
export interface Tree {
  mode: Mode;
  /** Resolves when all that is there has been told as `add` and `addDir`, or when the tree is closed. */
  ready: Promise<void>;
  close(): Promise<void>;
}

/** What a tree tells; all with real paths. */
export interface TreeListeners {
  /** The stamp changes whenever the file does; empty when it is not known. */
  onEvent(event: FileEvent, stamp: string): void;
  onLink(path: string): void;
  /** A folder was removed or moved. Chokidar may go on holding it, and miss another one that takes its name. */
  onFolderGone(): void;
}

/** One path that is watched through everything that may happen to it: missing, there, replaced, leading elsewhere. */
export interface WatchedRoot {
  readonly path: string;
  /** Resolves when what is there at first is known and watched. */
  readonly ready: Promise<void>;
  mode(): Mode;
  /** The real paths that were passed to get here, its own included: a link back to one of them is a circle. */
  passed(): readonly string[];
  /** Opens the tree anew: something took the place of a folder or a link below. */
  refresh(): void;
  close(): Promise<void>;
}

/** What a watched root needs of the one who watches. */
export interface RootOptions {
  path: string;
  /** True: what is there at first is told as events too. */
  isAnnounced: boolean;
  /** Only for a link inside another root: the real paths passed so far, and what to do when it is a link no more. */
  link?: { passed: readonly string[]; onEnd(successor: "folder or file" | "nothing"): void };
  clock: Clock;
  guards: FolderGuards;
  pollInterval: number;
  modeOf(paths: Iterable<string>): Promise<Mode>;
  /** Watches one real path; its events carry real paths. */
  openTree(real: string, mode: Mode, listeners: TreeListeners): Tree;
  onEvent(event: FileEvent): void;
  /** A link was found below this root. */
  onLink(path: string): void;
  onError(error: unknown): void;
}

/** What is known of a path: that it is a folder, or which state of the file was told. Unknown once a hint was told. */
type Known = Map<string, "folder" | FileStamp>;
type FileStamp = string;

/** Watches `path` wherever it leads. A tree is opened on its real path, and anew when that changes; what differs is told as events. */
export function createWatchedRoot(options: RootOptions): WatchedRoot {
  const { path, link, clock, onEvent } = options;
  const guard = options.guards.open(() => void look());
  let known: Known = new Map();
  let open: { real: string; identity: string; tree: Tree } | undefined;
  let mode: Mode = { mode: "events" };
  let isFirst = true;
  let isClosed = false;
  let isLooking = false;
  let looksAgain = false;
  let looking = Promise.resolve();
  let cancelGone: (() => void) | undefined;
  let isOverdue = false;
  let cancelPoll = () => {};
  let cancelRefresh: (() => void) | undefined;

  const ready = look();
  return {
    path,
    ready,
    mode: () => open?.tree.mode ?? mode,
    passed: () => [...(link?.passed ?? []), ...(open ? [open.real] : [])],
    refresh,
    async close() {
      isClosed = true;
      guard.release();
      cancelGone?.();
      cancelPoll();
      cancelRefresh?.();
      await open?.tree.close();
      await looking;
    },
  };

  /** Compares where the path leads with what is watched. One look at a time; whoever asks meanwhile gets one more. */
  function look(): Promise<void> {
    looksAgain = true;
    if (!isLooking && !isClosed) looking = lookUntilQuiet();
    return looking;
  }

  async function lookUntilQuiet(): Promise<void> {
    isLooking = true;
    while (looksAgain && !isClosed) {
      looksAgain = false;
      await lookOnce().catch(options.onError);
    }
    isLooking = false;
  }

  async function lookOnce(): Promise<void> {
    const { target, isLink } = await guardedResolution();
    if (isClosed) return;
    // Something else took the link's name: the tree around it watches that.
    if (link && target && !isLink) return end("folder or file");
    if (!target || isCircle(target.real)) return whenMissing(isLink);

    cancelGone?.();
    cancelGone = undefined;
    isOverdue = false;
    if (open?.real !== target.real || open.identity !== target.identity) await reopen(target);
    isFirst = false;
  }

  /** Only what was guarded while it was resolved is certain. */
  async function guardedResolution(): Promise<ResolvedPath> {
    for (;;) {
      const resolved = await resolvePath(path);
      if (isClosed || !guard.hold(resolved.steps)) return resolved;
      mode = await options.modeOf(new Set([...resolved.steps.map(({ folder }) => folder), resolved.target?.real ?? path]));
      pollSteps();
    }
  }

  function isCircle(real: string): boolean {
    const passed = link?.passed ?? [];
    return passed.length > passedLimit || passed.some((folder) => isInside(real, folder));
  }

  async function reopen(target: { real: string; identity: string }): Promise<void> {
    // Closed first: chokidar shares its handles by path, and would take the old folder's for the new one.
    await open?.tree.close();
    if (isClosed) return;
    const found: Known = new Map();
    const links: string[] = [];
    const logical = (real: string) => path + real.slice(target.real.length);
    let isLive = false;
    const tree = options.openTree(target.real, mode, {
      onEvent(event, stamp) {
        const told = { path: logical(event.path), kind: event.kind };
        note(isLive ? known : found, told, stamp);
        if (isLive || event.kind === "change") onEvent(told);
      },
      onLink(real) {
        const linkPath = logical(real);
        if (!isLive) links.push(linkPath);
        // The link took the place of something that chokidar holds open, and may now hold through the link.
        else if ([...known.keys()].some((path) => isInside(linkPath, path))) refresh();
        else options.onLink(linkPath);
      },
      onFolderGone() {
        cancelRefresh ??= clock.after(goneAfter, refresh);
      },
    });
    const isSamePath = open?.real === target.real;
    open = { ...target, tree };
    await tree.ready;
    if (isClosed) return;
    const before = known;
    known = found;
    isLive = true;
    // Elsewhere a file is another one, even when it looks the same.
    if (!isFirst || options.isAnnounced) tellDifference(isSamePath ? before : withoutStamps(before), found, onEvent);
    for (const linkPath of links) options.onLink(linkPath);
  }

  function refresh(): void {
    cancelRefresh?.();
    cancelRefresh = undefined;
    if (open) open.identity = "replaced";
    // At once, not on the next look: other hosts of this process hold the same handles and have to let go as well.
    void open?.tree.close();
    void look();
  }

  async function whenMissing(isLink: boolean): Promise<void> {
    isFirst = false;
    if (open && !isOverdue) {
      cancelGone ??= clock.after(goneAfter, () => {
        isOverdue = true;
        void look();
      });
      return;
    }
    // A link that leads nowhere is waited for.
    await end(isLink ? "link" : "nothing");
  }

  async function end(successor: "folder or file" | "link" | "nothing"): Promise<void> {
    const gone = open;
    open = undefined;
    cancelGone?.();
    cancelGone = undefined;
    isOverdue = false;
    await gone?.tree.close();
    tellDifference(known, new Map([...known].filter(([path]) => existsSync(path))), onEvent);
    known = new Map();
    if (successor !== "link") link?.onEnd(successor);
  }

  /** A folder on a network mount tells nothing of its names, so they are looked up again and again. */
  function pollSteps(): void {
    cancelPoll();
    if (mode.mode === "events" || isClosed) return;
    cancelPoll = clock.after(options.pollInterval, () => void look().then(pollSteps));
  }
}

function note(known: Known, { path, kind }: FileEvent, stamp: FileStamp): void {
  if (kind === "unlink" || kind === "unlinkDir") known.delete(path);
  else known.set(path, kind === "addDir" ? "folder" : stamp);
}

function withoutStamps(known: Known): Known {
  return new Map([...known].map(([path, state]) => [path, state === "folder" ? state : ""]));
}

function tellDifference(before: Known, after: Known, onEvent: (event: FileEvent) => void): void {
  for (const [path, state] of [...before].reverse()) {
    if (isFolder(after.get(path)) !== isFolder(state)) onEvent({ path, kind: isFolder(state) ? "unlinkDir" : "unlink" });
  }
  for (const [path, state] of after) {
    const old = before.get(path);
    const isNew = isFolder(old) !== isFolder(state);
    if (isNew) onEvent({ path, kind: isFolder(state) ? "addDir" : "add" });
    else if (state === "" || old !== state) onEvent({ path, kind: "change" });
  }
}

function isFolder(state: string | undefined): boolean | undefined {
  return state === undefined ? undefined : state === "folder";
}

function isInside(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below === "" || (!/^\.\.([\\/]|$)/.test(below) && !isAbsolute(below));
}
