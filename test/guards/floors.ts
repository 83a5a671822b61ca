import { isBuiltin } from "node:module";
import { posix } from "node:path";
import { importsOf } from "./importsOf.ts";
import type { TreeFile } from "./treeFiles.ts";

/** The house of DESIGN.md: what stands on which floor of `core/`. A folder ends in a slash. */
const floors: readonly (readonly string[])[] = [
  ["errors.ts", "clock.ts"],
  ["contract/", "events.ts"],
  ["hooks/", "config/"],
  ["plugins/", "table.ts"],
  ["gateway/", "lifecycle/"],
  ["host.ts", "hostApi.ts", "createWorld.ts", "hostTypes.ts", "logEvents.ts", "logger.ts", "fromPino.ts"],
  ["index.ts", "cli/", "testing/"],
];

/** The imports between neighbours of one floor that the house allows: who may import what. */
const neighbours: Readonly<Record<string, readonly string[]>> = {
  // An inbound event is a type of the contract.
  "events.ts": ["contract/"],
  // The table holds generations.
  "table.ts": ["plugins/"],
  // The host is one thing in several files.
  "host.ts": ["hostApi.ts", "createWorld.ts", "hostTypes.ts", "logEvents.ts", "logger.ts"],
  "hostApi.ts": ["hostTypes.ts"],
  "logger.ts": ["fromPino.ts"],
  // The command line and the kit use the public names, as an application does.
  "cli/": ["index.ts"],
  "testing/": ["index.ts"],
};

/** One sentence for each import in `core/` that does not go down the floors. Paths start with `core/`. */
export function floorViolations(files: readonly TreeFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const own = placeOf(path);
    if (own === undefined) return [`${path} stands on no floor: name it in test/guards/floors.ts`];
    return importsOf(text)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => posix.join(posix.dirname(path), specifier))
      .flatMap((target) => violation(path, own, target) ?? []);
  });
}

/** One sentence for each third-party package that more than one of these files imports. */
export function sharedImporters(files: readonly TreeFile[]): string[] {
  const importers = new Map<string, Set<string>>();
  for (const { path, text } of files) {
    for (const name of importsOf(text).filter(isThirdParty).map(packageNameOf)) {
      importers.set(name, (importers.get(name) ?? new Set()).add(path));
    }
  }
  return [...importers]
    .filter(([, paths]) => paths.size > 1)
    .map(([name, paths]) => `${name} has ${paths.size} importers: ${[...paths].join(", ")}`);
}

/** One sentence for each import of a plugin that leaves its folder. */
export function pluginEscapes(files: readonly TreeFile[]): string[] {
  return files.flatMap(({ path, text }) =>
    importsOf(text)
      .filter((specifier) => specifier.startsWith("."))
      .map((specifier) => posix.join(posix.dirname(path), specifier))
      .filter((target) => !target.startsWith(folderOf(path)))
      .map((target) => `${path} imports ${target}, which lies outside of its folder`),
  );
}

interface Place {
  part: string;
  floor: number;
}

function violation(path: string, own: Place, target: string): string | undefined {
  const other = placeOf(target);
  if (other === undefined) return `${path} imports ${target}, which stands on no floor`;
  if (other.floor < own.floor || other.part === own.part || neighbours[own.part]?.includes(other.part)) return undefined;
  return `${path} (floor ${own.floor}) imports ${target} (floor ${other.floor})`;
}

function placeOf(path: string): Place | undefined {
  const inCore = path.startsWith("core/") ? path.slice("core/".length) : undefined;
  if (inCore === undefined) return undefined;
  const floor = floors.findIndex((parts) => parts.some((part) => holds(part, inCore)));
  const part = floors[floor]?.find((candidate) => holds(candidate, inCore));
  return part === undefined ? undefined : { part, floor };
}

function holds(part: string, path: string): boolean {
  return part.endsWith("/") ? path.startsWith(part) : path === part;
}

/** `plugins/x/` of a file in it. */
function folderOf(path: string): string {
  return `${path.split("/").slice(0, 2).join("/")}/`;
}

function isThirdParty(specifier: string): boolean {
  return !specifier.startsWith(".") && !isBuiltin(specifier) && packageNameOf(specifier) !== "hookline";
}

function packageNameOf(specifier: string): string {
  const [scope = "", name = ""] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}
