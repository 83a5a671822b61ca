import { lstat, readlink } from "node:fs/promises";
import { isAbsolute, join, parse, sep } from "node:path";

/** One name that was looked up on the way: when it changes in its folder, the path may lead elsewhere. */
export interface Step {
  /** The real path of the folder. */
  folder: string;
  /** Tells this folder from another one that takes its place. */
  identity: string;
  name: string;
}

/** Where a path leads, and what that depends on. */
export interface ResolvedPath {
  /** Undefined when there is nothing (yet). */
  target?: {
    real: string;
    kind: "file" | "folder";
    /** Changes when another folder takes the place of the target (for a file: of the one that holds it). */
    identity: string;
  };
  /** True when the last name of the path is a link itself. */
  isLink: boolean;
  steps: readonly Step[];
}

interface Place {
  path: string;
  identity: string;
  isFolder: boolean;
}

const linkLimit = 40;

/** Follows an absolute path name by name, through every link, and notes each lookup. */
export async function resolvePath(path: string): Promise<ResolvedPath> {
  const names = namesOf(path);
  const steps: Step[] = [];
  let places: Place[] = [rootOf(path)];
  let isLink = false;
  let links = 0;

  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const at = places.at(-1) ?? rootOf(path);
    if (name === "..") {
      if (places.length > 1) places.pop();
      continue;
    }
    steps.push({ folder: at.path, identity: at.identity, name });
    const found = await lookUp(join(at.path, name));
    if (found === undefined) return { isLink, steps };

    if (typeof found !== "string") {
      places.push(found);
      continue;
    }
    // The names of a link's target go in front of the rest: only the path's own last name can leave nothing behind.
    if (names.length === 0) isLink = true;
    if (++links > linkLimit) return { isLink, steps };
    if (isAbsolute(found)) places = [rootOf(found)];
    names.unshift(...namesOf(found));
  }

  const last = places.at(-1) ?? rootOf(path);
  const kind = last.isFolder ? "folder" : "file";
  const { identity } = last.isFolder ? last : (places.at(-2) ?? last);
  return { target: { real: last.path, kind, identity }, isLink, steps };
}

function rootOf(path: string): Place {
  return { path: parse(path).root, identity: "", isFolder: true };
}

function namesOf(path: string): string[] {
  const below = path.slice(parse(path).root.length);
  return below.split(sep === "/" ? sep : /[\\/]/).filter((name) => name !== "" && name !== ".");
}

/** What lies at a path: a place, or where a link points; undefined when there is nothing. */
async function lookUp(path: string): Promise<Place | string | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    if (stats.isSymbolicLink()) return await readlink(path);
    // The number of an inode is given again at once; with the time of birth it is unique.
    return { path, identity: `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`, isFolder: stats.isDirectory() };
  } catch {
    // Missing, replaced since lstat (EINVAL), or not readable: as long as that is so, it leads nowhere. Whoever watches the steps
    // hears when it changes, and whoever loads from the path says what is wrong with it.
    return undefined;
  }
}
