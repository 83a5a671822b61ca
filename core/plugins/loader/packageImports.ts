import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/**
 * What `#name` stands for by the "imports" of the nearest package.json, at most up to `boundary`: an absolute path, or the name of
 * a package. Read anew every time, since jiti keeps a package.json for ever. `read` gets each file that was looked for, without
 * bytes when it is not there.
 */
export function packageImport(
  specifier: string,
  from: string,
  boundary: string,
  read: (path: string, bytes: Buffer | undefined) => void,
): string | undefined {
  for (let folder = dirname(from); ; folder = dirname(folder)) {
    const path = join(folder, "package.json");
    const bytes = bytesOf(path);
    read(path, bytes);
    if (bytes !== undefined) {
      const target = targetIn(importsIn(bytes), specifier);
      return target?.startsWith("./") ? resolve(folder, target) : target;
    }
    if (folder === boundary || folder === dirname(folder)) return undefined;
  }
}

function bytesOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    // Not there, or not ours to read: the next folder up has its say.
    return undefined;
  }
}

function importsIn(bytes: Buffer): object {
  const json: unknown = JSON.parse(bytes.toString());
  const imports = typeof json === "object" && json !== null && "imports" in json ? json.imports : undefined;
  return typeof imports === "object" && imports !== null ? imports : {};
}

/** Node's order: the exact name, then the pattern with the longest beginning. */
function targetIn(imports: object, specifier: string): string | undefined {
  if (Object.hasOwn(imports, specifier)) return chosen(Reflect.get(imports, specifier));
  const patterns = Object.entries(imports)
    .map(([key, value]) => ({ parts: key.split("*"), value }))
    .filter(({ parts: [start = "", end] }) => end !== undefined && specifier.startsWith(start) && specifier.endsWith(end))
    .sort((a, b) => (b.parts[0]?.length ?? 0) - (a.parts[0]?.length ?? 0));
  const [best] = patterns;
  if (best === undefined) return undefined;
  const [start = "", end = ""] = best.parts;
  return chosen(best.value)?.replaceAll("*", specifier.slice(start.length, specifier.length - end.length));
}

function chosen(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  for (const [condition, target] of Object.entries(value)) {
    const found = Array.isArray(value) || ["node", "import", "default"].includes(condition) ? chosen(target) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
