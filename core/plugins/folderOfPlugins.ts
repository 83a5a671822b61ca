import type { Dirent } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { HooklineError } from "../errors.ts";
import { codeExtensions, isInside } from "./entryPoint.ts";
import type { FoundPlugin } from "./foundPlugin.ts";
import { type FolderReading, idFromName, inspectFolder, isIndexFile, noManifest } from "./readPluginFolder.ts";

/** What stands at one place: a plugin, a problem, or something to tell the operator. */
export interface Finding extends FolderReading {
  /** As it was found: a link in it is kept. */
  path: string;
  warning?: string;
}

/** All plugins of a folder of plugins: folders with a manifest, and single files. `folder` is a real path. */
export async function findingsInFolder(folder: string): Promise<Finding[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  const visible = entries.filter(({ name }) => !name.startsWith(".") && name !== "node_modules").sort(byStem);
  const findings = await mapLimited(visible, (entry) => findingAt(entry, folder));
  return findings.flatMap((finding) => finding ?? []);
}

/**
 * A plugin of one file; undefined when the name is not one that such a file can have. Its manifest is in its code, which has not run,
 * so all that is known is its name. `real` is where the file really is.
 */
export function singleFile(name: string, real: string, boundary = dirname(real)): FoundPlugin | undefined {
  const plugin_id = isCodeFile(name) ? idFromName(stemOf(name)) : undefined;
  if (plugin_id === undefined) return undefined;
  const manifest = { plugin_id, channel_type: "" };
  return { ...manifest, manifest, kind: "file", folder: dirname(real), boundary, entry: real, warnings: [] };
}

/** Runs over all items, a few at a time: the file system answers no faster when thousands of questions wait. */
export async function mapLimited<In, Out>(items: readonly In[], run: (item: In) => Promise<Out>): Promise<Out[]> {
  const results = new Array<Out>(items.length);
  const queue = items.entries();
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(16, items.length) }, worker));
  return results;
}

async function findingAt(entry: Dirent, boundary: string): Promise<Finding | undefined> {
  const path = join(boundary, entry.name);
  if (!entry.isSymbolicLink()) {
    if (entry.isDirectory()) return inFolder(path, path, boundary);
    return entry.isFile() ? inFile(path, path, boundary) : undefined;
  }
  try {
    const real = await realpath(path);
    const stats = await stat(real);
    if (stats.isDirectory()) return await inFolder(path, real, boundary);
    return stats.isFile() ? inFile(path, real, boundary) : undefined;
  } catch (error) {
    return { path, warning: `${path} is a link that leads nowhere (${error instanceof Error ? error.message : error})` };
  }
}

async function inFolder(path: string, real: string, boundary: string): Promise<Finding | undefined> {
  const reading = await inspectFolder(real, { name: basename(path), boundary });
  return reading.found || reading.error ? { path, ...reading } : undefined;
}

function inFile(path: string, real: string, boundary: string): Finding | undefined {
  const name = basename(path);
  if (isIndexFile(name)) return { path: boundary, error: noManifest(boundary, name) };
  if (!isCodeFile(name) || name.startsWith("_")) return undefined;
  const found = singleFile(name, real, boundary);
  if (!found)
    return {
      path,
      warning: `${path} is no plugin: its name would have to be a plugin's id, like hello.ts (or start with _, to be left alone)`,
    };
  if (isInside(boundary, real)) return { path, found };
  const reason = `${path} is a link that leads out of the plugin path ${boundary} to ${real}; name that file itself in plugin_paths`;
  return { path, plugin_id: found.plugin_id, error: new HooklineError("manifest_invalid", { reason }) };
}

function isCodeFile(name: string): boolean {
  return codeExtensions.includes(extname(name)) && !/\.(d|test|spec|bench|config)\.[cm]?[jt]s$/.test(name);
}

function stemOf(name: string): string {
  return name.slice(0, name.length - extname(name).length);
}

/** By name; of one name, TypeScript before what was compiled from it. */
function byStem(a: Dirent, b: Dirent): number {
  const [stemOfA, stemOfB] = [stemOf(a.name), stemOf(b.name)];
  if (stemOfA !== stemOfB) return stemOfA < stemOfB ? -1 : 1;
  return codeExtensions.indexOf(extname(a.name)) - codeExtensions.indexOf(extname(b.name)) || (a.name < b.name ? -1 : 1);
}
