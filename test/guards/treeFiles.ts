import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** A text file of the tree. */
export interface TreeFile {
  /** From the root, with slashes: `core/errors.ts`. */
  path: string;
  text: string;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const passedOver = new Set(["node_modules", "dist", ".git", ".peers", "coverage", "var", ".dist-fresh", ".dist-old"]);
/** What `core/packFiles.mjs` lays there for a moment is no source. */
const borrowed = new Set(["core/README.md", "core/LICENSE", "core/docs", "core/schemas"]);

/** The files of the tree under `folder` whose names end as one of `endings` says. */
export function treeFiles(folder = ".", endings: readonly string[] = [""]): TreeFile[] {
  return [...filesIn(join(root, folder))]
    .filter((file) => endings.some((ending) => file.endsWith(ending)))
    .map((file) => ({ path: relative(root, file).split(sep).join("/"), text: readFileSync(file, "utf8") }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}

function* filesIn(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (passedOver.has(entry.name) || borrowed.has(relative(root, path).split(sep).join("/"))) continue;
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile() && !entry.name.endsWith(".tgz")) yield path;
  }
}
