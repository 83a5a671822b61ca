import { realpath, stat } from "node:fs/promises";
import { dirname, isAbsolute, join, resolve } from "node:path";

/** A plugin path of the configuration, as it lies on the disk now. */
export interface PluginPath {
  /** Absolute, as it was written: a link in it is kept. */
  path: string;
  type: "folder" | "file" | "package" | "missing" | "unreadable";
  /** Where `path` really is. Missing with the path. */
  real?: string;
  /** Why it is unreadable. */
  cause?: unknown;
  /** All that has to be watched for this path to be seen changing or appearing. */
  watched: string[];
}

/**
 * Finds a plugin path: a folder or file, relative to `from`; `~` is `home`; or an npm package by its name, found as Node would from
 * the folder `from`. A folder of that name comes before a package.
 */
export async function locatePluginPath(written: string, { from, home }: { from: string; home: string }): Promise<PluginPath> {
  const path = resolve(
    from,
    written.replace(/^~(?=$|[/\\])/, () => home),
  );
  const place = await look(path, [path]);
  if (place.type !== "missing" || !isPackageName(written)) return place;
  const folders = ancestors(resolve(from)).map((folder) => join(folder, "node_modules", written));
  for (const folder of folders) {
    const installed = await look(folder, [folder]);
    if (installed.type === "folder") return { ...installed, type: "package" };
  }
  return { ...place, watched: [path, ...folders.slice(0, 1)] };
}

async function look(path: string, watched: string[]): Promise<PluginPath> {
  try {
    const real = await realpath(path);
    const stats = await stat(real);
    if (stats.isDirectory()) return { path, type: "folder", real, watched };
    if (stats.isFile()) return { path, type: "file", real, watched };
    return { path, type: "unreadable", cause: "it is neither a folder nor a file", watched };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR"
      ? { path, type: "missing", watched }
      : { path, type: "unreadable", cause: error, watched };
  }
}

function isPackageName(written: string): boolean {
  return (
    !isAbsolute(written) && /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(written) && !written.startsWith("~")
  );
}

function ancestors(folder: string): string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...ancestors(parent)];
}
