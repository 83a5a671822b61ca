import { existsSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import type { Clock } from "../clock.ts";
import type { FileEvent } from "./fileEvent.ts";
import type { FolderGuards } from "./folderGuards.ts";
import { type KnownPaths, noteEvent, tellDifference, withoutStamps } from "./knownPaths.ts";
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

/** Watches `path` wherever it leads. A tree is opened on its real path, and anew when that changes; what differs is told as events. */
export function createWatchedRoot(options: RootOptions): WatchedRoot {
  const { path, link, clock, onEvent } = options;
  const guard = options.guards.open(() => void look());
  let known: KnownPaths = new Map();
  let open: { real: string; identity: string; tree: Tree } | undefined;
  let mode: Mode = { mode: "events" };
  let isFirst = true;
  let isClosed = false;
  let isLooking = false;
  let looksAgain = false;
  let looking = Promise.resolve();
  let cancelGone: (() => void) | undefined;
  let isOverdue = false;
  let areStepsPolled = false;
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
  }

  /** Only what was guarded while it was resolved is certain. */
  async function guardedResolution(): Promise<ResolvedPath> {
    for (;;) {
      const resolved = await resolvePath(path);
      if (isClosed || !guard.hold(resolved.steps)) return resolved;
      mode = await options.modeOf([resolved.target?.real ?? path]);
      const stepMode = await options.modeOf(new Set(resolved.steps.map(({ folder }) => folder)));
      areStepsPolled = mode.mode === "polling" || stepMode.mode === "polling";
      pollSteps();
    }
  }

  function isCircle(real: string): boolean {
    const passed = link?.passed ?? [];
    return passed.length > passedLimit || passed.some((folder) => isInside(real, folder));
  }

  async function reopen(target: NonNullable<ResolvedPath["target"]>): Promise<void> {
    // Closed first: chokidar shares its handles by path, and would take the old folder's for the new one.
    await open?.tree.close();
    if (isClosed) return;
    const found: KnownPaths = new Map();
    const links: string[] = [];
    const logical = (real: string) => path + real.slice(target.real.length);
    let isLive = false;
    const tree = options.openTree(target.real, mode, {
      onEvent(event, stamp) {
        const told = { path: logical(event.path), kind: event.kind };
        // Whether the path itself is gone, or leads elsewhere by now, is decided in one place.
        if (told.path === path && event.kind.startsWith("unlink")) return void look();
        noteEvent(isLive ? known : found, told, stamp);
        if (isLive || event.kind === "change" || event.kind === "hint") onEvent(told);
      },
      onLink(real) {
        const linkPath = logical(real);
        if (!isLive) links.push(linkPath);
        // The link took the place of something that chokidar holds open, and may now hold through the link.
        else if ([...known.keys()].some((path) => isInside(linkPath, path))) refresh();
        else options.onLink(linkPath);
      },
      onFolderGone() {
        if (target.kind === "folder") cancelRefresh ??= clock.after(goneAfter, refresh);
      },
    });
    const isElsewhere = open?.real !== target.real;
    const opened = { ...target, tree };
    open = opened;
    await tree.ready;
    // Closed, gone or replaced before it had seen everything: the next look opens another one.
    if (!existsSync(target.real)) refresh();
    if (isClosed || opened.identity !== target.identity) return;
    const before = isElsewhere ? withoutStamps(known) : known;
    known = found;
    isLive = true;
    if (!isFirst || options.isAnnounced) tellDifference(before, found, onEvent);
    isFirst = false;
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
    const still = new Map([...withoutStamps(known)].filter(([path]) => existsSync(path)));
    tellDifference(known, still, onEvent);
    known = new Map();
    if (successor !== "link") link?.onEnd(successor);
  }

  /** A folder on a network mount tells nothing of its names, so they are looked up again and again. */
  function pollSteps(): void {
    cancelPoll();
    if (!areStepsPolled || isClosed) return;
    cancelPoll = clock.after(options.pollInterval, () => void look().then(pollSteps));
  }
}

function isInside(folder: string, path: string): boolean {
  const below = relative(folder, path);
  return below === "" || (!/^\.\.([\\/]|$)/.test(below) && !isAbsolute(below));
}
