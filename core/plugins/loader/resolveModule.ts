import { hash } from "node:crypto";
import { realpathSync, statSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, extname, join, resolve, sep } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { packageImport } from "./packageImports.ts";

/** What a specifier means in a file. */
export type Resolution =
  /** One of the host's own modules: the same object in every generation. */
  | { kind: "host"; namespace: object }
  /** Loaded by Node itself, once for the process: packages and built-in modules. */
  | { kind: "native"; url: string }
  /** A file of the generation, by its real path. */
  | { kind: "file"; path: string }
  /** Nothing; `why` completes "x imports y, …". */
  | { kind: "absent"; why: string };

/** Where a generation's own files lie. Both are real paths. */
export interface Place {
  folder: string;
  /** Files inside it and outside its node_modules belong to the generation. */
  boundary: string;
}

/** What was read and looked for on the way to the answer. */
export interface Trace {
  files: Map<string, string>;
  misses: Set<string>;
}

/** Tells what `specifier` means in the file `from`. */
export type ResolveModule = (specifier: string, from: string, place: Place, trace: Trace) => Resolution;

/** Makes a resolver. It remembers where packages lie, as Node does; files it looks up anew every time. */
export function createResolver(
  hostModules: Readonly<Record<string, object>>,
  packageFile: (specifier: string, from: string) => string | undefined,
): { resolve: ResolveModule; clear(): void } {
  const hosts = new Map(Object.entries(hostModules));
  const hostPackages = new Set([...hosts.keys()].map(packageNameOf));
  const packages = new Map<string, Resolution>();

  function resolveModule(specifier: string, from: string, place: Place, trace: Trace): Resolution {
    const namespace = hosts.get(specifier);
    if (namespace !== undefined) return { kind: "host", namespace };
    if (isBuiltin(specifier)) return { kind: "native", url: specifier.startsWith("node:") ? specifier : `node:${specifier}` };
    const path = pathOf(specifier, from);
    if (path !== undefined) return resolveFile(path, place, trace.misses);
    if (specifier.startsWith("#")) return resolveAlias(specifier, from, place, trace);
    if (/^(data|https?):/.test(specifier)) return { kind: "native", url: specifier };
    if (hostPackages.has(packageNameOf(specifier))) {
      return { kind: "absent", why: `which the host does not give; it gives ${[...hosts.keys()].join(", ")}` };
    }
    return resolvePackage(specifier, from, place, trace.misses);
  }

  function resolveAlias(specifier: string, from: string, place: Place, trace: Trace): Resolution {
    const target = packageImport(specifier, from, place.boundary, (path, bytes) => {
      if (bytes === undefined) trace.misses.add(path);
      else trace.files.set(path, hash("sha1", bytes));
    });
    if (target === undefined || target.startsWith("#"))
      return { kind: "absent", why: 'which the "imports" of its package.json does not explain' };
    return resolveModule(target, from, place, trace);
  }

  function resolvePackage(specifier: string, from: string, place: Place, misses: Set<string>): Resolution {
    const key = `${dirname(from)}\0${specifier}`;
    const known = packages.get(key);
    if (known !== undefined) return known;
    const path = packageFile(specifier, from);
    if (path === undefined) {
      misses.add(join(place.folder, "node_modules", packageNameOf(specifier)));
      return { kind: "absent", why: missingPackage(specifier, place.folder) };
    }
    const real = realpathSync.native(path);
    if (isOwn(real, place)) return { kind: "file", path: real };
    const resolution: Resolution = { kind: "native", url: pathToFileURL(real).href };
    if (packages.size >= rememberedPackages) packages.clear();
    packages.set(key, resolution);
    return resolution;
  }

  return { resolve: resolveModule, clear: () => packages.clear() };
}

/** The endings that make a file a module of a plugin; the order in which an import without one is completed. */
const endings = [".ts", ".mts", ".cts", ".js", ".mjs", ".cjs", ".json"];
const rememberedPackages = 10_000;

function pathOf(specifier: string, from: string): string | undefined {
  const isRelative = /^\.{0,2}\//.test(specifier) || specifier === "." || specifier === "..";
  if (isRelative && !/[%?#\\]/.test(specifier)) return resolve(dirname(from), specifier);
  if (isRelative || specifier.startsWith("file:")) return fileURLToPath(new URL(specifier, pathToFileURL(from)));
  return undefined;
}

function resolveFile(path: string, place: Place, misses: Set<string>): Resolution {
  const looked: string[] = [];
  for (const candidate of candidatesFor(path)) {
    if (statSync(candidate, { throwIfNoEntry: false })?.isFile() === true) {
      // What comes earlier in the order would take its place if it appeared.
      for (const miss of looked) if (hasEnding(miss)) misses.add(miss);
      return resolutionOf(realpathSync.native(candidate), place);
    }
    looked.push(candidate);
  }
  for (const miss of looked) misses.add(miss);
  return { kind: "absent", why: `which is not there (looked for ${path} and its usual endings). Create it, or mend the import` };
}

function* candidatesFor(path: string): Generator<string> {
  yield path;
  // TypeScript writes `./x.js` for what is `x.ts` on disk.
  if (/\.[mc]?js$/.test(path)) yield path.replace(/js$/, "ts");
  if (hasEnding(path)) return;
  for (const ending of endings) yield path + ending;
  for (const ending of endings) yield join(path, `index${ending}`);
}

function resolutionOf(path: string, place: Place): Resolution {
  if (!isOwn(path, place)) {
    if (path.split(sep).includes("node_modules")) return { kind: "native", url: pathToFileURL(path).href };
    return { kind: "absent", why: outside(path, place) };
  }
  if (!hasEnding(path))
    return { kind: "absent", why: `which is no module: those end in ${endings.join(", ")}. Read other files with node:fs` };
  return { kind: "file", path };
}

function hasEnding(path: string): boolean {
  return endings.includes(extname(path));
}

/** True for a file that is loaded anew with every generation. */
function isOwn(path: string, { boundary }: Place): boolean {
  const prefix = boundary.endsWith(sep) ? boundary : boundary + sep;
  return path.startsWith(prefix) && !path.slice(prefix.length).split(sep).includes("node_modules");
}

function outside(path: string, { boundary }: Place): string {
  return `which is ${path}, outside of ${boundary}: only files inside are loaded anew. Move it in, or make it a package`;
}

function missingPackage(specifier: string, folder: string): string {
  return `which is no package that can be found from there. Run "npm install ${packageNameOf(specifier)}" in ${folder}`;
}

function packageNameOf(specifier: string): string {
  const [scope = "", name] = specifier.split("/");
  return scope.startsWith("@") && name !== undefined ? `${scope}/${name}` : scope;
}
