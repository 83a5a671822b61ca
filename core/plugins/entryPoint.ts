import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { HooklineError } from "../errors.ts";

/** Extensions of files that can be loaded, the one that is looked for first in front. */
export const codeExtensions: readonly string[] = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs"];

/** The file that a plugin's code starts with. */
export interface Entry {
  /** Absolute and real: no link in it. */
  entry: string;
  /** The export to take; without one it is the default export. */
  export_name?: string;
}

/**
 * Finds the file of an `entry_point`: `index.ts`, or `file.ExportName`. `folder` is a real path, `where` is what errors call the
 * place it was written at. Throws `manifest_invalid` when there is none, or when it leads out of the folder, also by a link.
 */
export async function resolveEntry(folder: string, entryPoint: string, where: string): Promise<Entry> {
  if (isAbsolute(entryPoint) || !isInside(folder, resolve(folder, entryPoint))) {
    throw refused(`${where}: entry_point "${entryPoint}" leads out of the plugin's folder ${folder}; name a file inside it`);
  }
  const candidates = candidatesFor(entryPoint);
  for (const { file, export_name } of candidates) {
    const path = join(folder, file);
    const real = await realFile(path);
    if (real === undefined) continue;
    if (!isInside(folder, real)) {
      throw refused(
        `${where}: entry_point "${entryPoint}" is ${path}, a link that leads out of the plugin's folder to ${real}; put the file itself there`,
      );
    }
    return export_name === undefined ? { entry: real } : { entry: real, export_name };
  }
  const tried = candidates.map(({ file }) => file).join(", ");
  throw refused(`${where}: there is no file for entry_point "${entryPoint}" in ${folder} (looked for ${tried})`);
}

/** True when `path` lies in `folder`. Both are absolute, without links. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

function candidatesFor(entryPoint: string): { file: string; export_name?: string }[] {
  if (isCode(entryPoint)) return [{ file: entryPoint }];
  const [, stem, export_name] = /^(.*[^/\\.])\.([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(entryPoint) ?? [];
  const named = stem === undefined ? [] : filesFor(stem).map((file) => ({ file, export_name }));
  return [...named, ...codeExtensions.map((extension) => ({ file: entryPoint + extension }))];
}

function filesFor(stem: string): string[] {
  return isCode(stem) ? [stem] : codeExtensions.map((extension) => stem + extension);
}

function isCode(file: string): boolean {
  return codeExtensions.some((extension) => file.endsWith(extension));
}

async function realFile(path: string): Promise<string | undefined> {
  try {
    const real = await realpath(path);
    return (await stat(real)).isFile() ? real : undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw refused(`${path} cannot be read (${code ?? error}); check its permissions and links`, error);
  }
}

function refused(reason: string, cause?: unknown): HooklineError {
  return new HooklineError("manifest_invalid", { reason }, { cause });
}
