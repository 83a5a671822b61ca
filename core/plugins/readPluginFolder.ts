import { createHash } from "node:crypto";
import { readdir, readFile, realpath, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { HooklineError } from "../errors.ts";
import { codeExtensions, isInside, resolveEntry } from "./entryPoint.ts";
import type { FoundPlugin } from "./foundPlugin.ts";
import { readManifest } from "./readManifest.ts";

/** What a folder turned out to be: a plugin, or why it is none. Neither: it has nothing to do with plugins. */
export interface FolderReading {
  found?: FoundPlugin;
  error?: HooklineError;
  /** What the manifest says, or else the name of the folder. */
  plugin_id?: string;
  manifest_file?: string;
  manifest_sha1?: string;
}

/** What a manifest may be called; the first that is there is used. */
export const manifestNames: readonly string[] = ["manifest.yml", "manifest.yaml", "manifest.json"];
const largestManifest = 1024 * 1024;

/** Reads and checks one plugin folder before any of its code runs. Throws `manifest_invalid`, or `plugin_not_found` when it is gone. */
export async function readPluginFolder(folder: string, boundary: string, kind?: Place["kind"]): Promise<FoundPlugin> {
  const real = await realpath(folder).catch((cause: unknown) => {
    throw new HooklineError("plugin_not_found", { reason: `There is no plugin folder ${folder}` }, { cause });
  });
  const realBoundary = await realpath(boundary).catch(() => boundary);
  const { found, error } = await inspectFolder(real, { name: basename(folder), boundary: realBoundary, kind });
  if (found) return found;
  throw error ?? new HooklineError("manifest_invalid", { reason: `${folder} has no manifest.yml` });
}

interface Place {
  /** What the folder is called where it was found: a link may have another name than the folder it leads to. */
  name: string;
  boundary: string;
  kind?: "folder" | "package";
}

/** The same without throwing. `folder` and `place.boundary` are real paths. */
export async function inspectFolder(folder: string, place: Place): Promise<FolderReading> {
  const reading: FolderReading = { plugin_id: idFromName(place.name) };
  try {
    const names = await readdir(folder);
    const manifests = manifestNames.filter((name) => names.includes(name));
    if (manifests[0] !== undefined) {
      reading.manifest_file = join(folder, manifests[0]);
      reading.found = await readFound(folder, reading.manifest_file, place, reading);
      if (manifests.length > 1) reading.found.warnings.push(`${folder} has ${manifests.join(" and ")}: ${manifests[0]} is used`);
      return reading;
    }
    const entry = names.find((name) => isIndexFile(name));
    return entry === undefined ? {} : { ...reading, error: noManifest(folder, entry) };
  } catch (cause) {
    const error = HooklineError.is(cause) ? cause : unreadable(reading.manifest_file ?? folder, cause);
    const said = error.details.plugin_id;
    return { ...reading, ...(typeof said === "string" && { plugin_id: said }), error };
  }
}

/** Notes in `reading` what is known before something fails. */
async function readFound(
  folder: string,
  file: string,
  { boundary, kind = "folder" }: Place,
  reading: FolderReading,
): Promise<FoundPlugin> {
  const bytes = await readSmallFile(file);
  const manifest_sha1 = createHash("sha1").update(bytes).digest("hex");
  reading.manifest_sha1 = manifest_sha1;
  const { manifest, warnings, at } = readManifest(bytes.toString("utf8"), file);
  const { plugin_id, channel_type, entry_point = "" } = manifest;
  reading.plugin_id = plugin_id;
  const { line = 1, column = 1 } = at(["entry_point"]) ?? {};
  const entry = await resolveEntry(folder, entry_point, `${file}:${line}:${column}`);
  return {
    plugin_id,
    channel_type,
    manifest,
    kind,
    folder,
    // Whoever may put a link to a folder into a plugin path may put a plugin there; that folder is then its own boundary.
    boundary: isInside(boundary, folder) ? boundary : folder,
    manifest_file: file,
    manifest_sha1,
    ...entry,
    warnings,
  };
}

/** The id that a folder or file name stands for: `hello-world` is `hello_world`. Undefined when it can be none. */
export function idFromName(name: string): string | undefined {
  const id = name.replaceAll("-", "_");
  return /^[a-z][a-z0-9_]*$/.test(id) ? id : undefined;
}

/** True for `index.ts` and the like. */
export function isIndexFile(name: string): boolean {
  return codeExtensions.some((extension) => name === `index${extension}`);
}

/** The error for code without a manifest. */
export function noManifest(folder: string, entry: string): HooklineError {
  return new HooklineError("manifest_invalid", {
    reason: `${folder} has ${entry} but no manifest.yml: add one with plugin_id, channel_type and \`entry_point: ${entry}\``,
  });
}

/** The error for what the file system refuses. */
export function unreadable(path: string, cause: unknown): HooklineError {
  const said = cause instanceof Error ? cause.message : String(cause);
  return new HooklineError(
    "manifest_invalid",
    { reason: `${path} cannot be read (${said}); check its permissions and links` },
    { cause },
  );
}

async function readSmallFile(file: string): Promise<Buffer> {
  const { size } = await regularFile(file);
  if (size > largestManifest)
    throw new HooklineError("manifest_invalid", { reason: `${file} has ${size} bytes; a manifest may have ${largestManifest}` });
  return readFile(file);
}

// A pipe or a device of that name would be read forever.
async function regularFile(file: string): Promise<{ size: number }> {
  const stats = await stat(file);
  if (!stats.isFile()) throw new HooklineError("manifest_invalid", { reason: `${file} is not a file` });
  return stats;
}
