import { hash } from "node:crypto";
import { readFileSync, realpathSync } from "node:fs";
import { createCodeCache } from "./codeCache.ts";
import { type Compiled, compileModule } from "./compileModule.ts";
import { createJitiTools } from "./jiti.ts";
import { absentProblem, evaluationProblem, loadFailed, ProblemFound } from "./loadFailure.ts";
import { createModuleGraph, type ModuleRecord } from "./moduleGraph.ts";
import { loadOxc } from "./oxc.ts";
import { createResolver } from "./resolveModule.ts";
import { createRuntime, type Natives } from "./runtime.ts";

/** One generation of a plugin's code. */
export interface LoadedModules {
  /** The namespace of the entry, its bindings live. */
  readonly exports: Record<string, unknown>;
  /** The real path of every file that belongs to it, with the sha1 of the bytes that are used. A computed `import()` may add to it. */
  readonly files: ReadonlyMap<string, string>;
  /** Absolute paths where a file was looked for in vain: when one appears, another load gives something else. */
  readonly misses: ReadonlySet<string>;
  /** How many files were compiled, and how many taken as they had been compiled before. */
  readonly transformed: number;
  readonly cached: number;
}

/** Loads plugin code, anew each time, and remembers what it compiled. */
export interface Loader {
  /**
   * Loads `entry` (an absolute path) and what it imports, each file read once. Files inside `boundary` (`folder` unless given) and
   * outside its node_modules are evaluated for this generation; packages are Node's. Throws `load_failed`; `loadFailureOf` tells
   * what had been read and looked for by then.
   */
  load(where: { folder: string; boundary?: string; entry: string }): Promise<LoadedModules>;
  /** Compiles a file as it is now, so that the load that comes finds it compiled. What is wrong with it, that load tells. */
  compileAhead(path: string): void;
  /** Which transformer is in use. Babel also does what oxc does not: decorators, and `using` on Node 22. */
  readonly transformer: "oxc" | "babel";
  /** Loads and warms the transformer, so that the first reload is not the slow one. */
  warmUp(): Promise<void>;
  /** Forgets all compiled code. */
  clear(): void;
}

/**
 * Makes a loader. `hostModules` are what plugins get for these specifiers: always the same objects. `accelerator: false` leaves
 * oxc-transform alone even where it is installed.
 */
export async function createLoader(options: { hostModules: Record<string, object>; accelerator?: boolean }): Promise<Loader> {
  const { babel, packageFile } = createJitiTools();
  const oxc = options.accelerator === false ? undefined : await loadOxc();
  const transformers = oxc === undefined ? [babel] : [oxc, babel];
  const resolver = createResolver(options.hostModules, packageFile);
  const cache = createCodeCache();
  const natives: Natives = new Map();

  async function load(where: { folder: string; boundary?: string; entry: string }): Promise<LoadedModules> {
    const counts = { transformed: 0, cached: 0 };
    const folder = realPath(where.folder);
    const boundary = where.boundary === undefined ? folder : realPath(where.boundary);
    const place = { folder, boundary };
    const graph = createModuleGraph({ place, resolve: resolver.resolve, compile: (...file) => compile(counts, ...file) });
    const runtime = createRuntime(graph, natives);
    let entry: ModuleRecord | undefined;
    try {
      entry = graph.entry(where.entry);
      await runtime.evaluate(entry);
      return { exports: entry.namespace, files: graph.files, misses: graph.misses, ...counts };
    } catch (error) {
      if (error instanceof ProblemFound) throw loadFailed(error.problem, graph.files, graph.misses);
      const culprit = runtime.culpritOf(error) ?? entry;
      throw loadFailed(evaluationProblem(error, culprit?.path ?? where.entry, graph.lineOf), graph.files, graph.misses);
    } finally {
      graph.forgetSources();
    }
  }

  function compile(counts: { transformed: number; cached: number }, path: string, sha1: string, source: () => string): Compiled {
    const known = cache.get(path, sha1);
    if (known !== undefined) {
      counts.cached += 1;
      return known;
    }
    const text = source();
    const compiled = compileModule(path, text, transformers);
    counts.transformed += 1;
    cache.set(path, sha1, compiled, text.length);
    return compiled;
  }

  return {
    load,
    compileAhead(path) {
      try {
        const bytes = readFileSync(path);
        // It was emptied to be written anew.
        if (bytes.length === 0) return;
        compile({ transformed: 0, cached: 0 }, path, hash("sha1", bytes), () => bytes.toString("utf8").replace(/^\uFEFF/, ""));
      } catch {
        // Gone, half written or broken: if it still is when it is loaded, that says so.
      }
    },
    transformer: oxc === undefined ? "babel" : "oxc",
    async warmUp() {
      compileModule("/warm-up.ts", warmUpSource, transformers.slice(0, 1));
    },
    clear() {
      cache.clear();
      resolver.clear();
    },
  };
}

function realPath(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch (error) {
    throw loadFailed(absentProblem(folder, error), new Map(), new Set([folder]));
  }
}

const warmUpSource = `import { a, type B } from "./a.ts";
export default class C { constructor(private readonly b: B) {} async *all(): AsyncGenerator<B> { yield await a(this.b); } }
export const late = async () => ({ ...(await import("./late.ts")) });`;
