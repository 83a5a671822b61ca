import { hash } from "node:crypto";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Compiled } from "./compileModule.ts";
import { absentProblem, importProblem, type Problem, ProblemFound, parseProblem } from "./loadFailure.ts";
import type { Place, Resolution, ResolveModule } from "./resolveModule.ts";
import { NotParsed } from "./transformer.ts";

/** One file of one generation. */
export interface ModuleRecord {
  readonly path: string;
  readonly url: string;
  readonly compiled: Compiled;
  /** What its static imports mean, in their order. */
  readonly imports: readonly Target[];
  /** What others see of it, by import; filled by evaluation. */
  readonly namespace: Record<string, unknown>;
}

/** What an import leads to. */
export type Target =
  | Exclude<Resolution, { kind: "file" | "absent" }>
  | { kind: "record"; record: ModuleRecord }
  | { kind: "absent"; problem: Problem };

/** The files of one generation, each read once; it grows only by a computed `import()` or `require()` of a file not seen before. */
export interface ModuleGraph {
  readonly files: ReadonlyMap<string, string>;
  readonly misses: ReadonlySet<string>;
  /** Reads the entry (an absolute path) and everything that it names. Throws `ProblemFound` when one of the files does not parse. */
  entry(path: string): ModuleRecord;
  /** The record of a file that is there already, by its real path. */
  recordOf(path: string): ModuleRecord | undefined;
  /** What `specifier` means in `from`: at the second asking the same as at the first, whatever the disk says by then. */
  target(specifier: string, from: ModuleRecord): Target;
  /** The text of a file, until `forgetSources`. */
  sourceOf(path: string): string | undefined;
  /** One line of a file and the code that was made of it, counted from 1; undefined for files of others. */
  lineOf(path: string, line: number): { source: string; code: string } | undefined;
  forgetSources(): void;
}

/** What a graph is made with. */
export interface GraphParts {
  place: Place;
  resolve: ResolveModule;
  compile(path: string, sha1: string, source: () => string): Compiled;
}

/** Makes an empty graph. All reading is synchronous: from the page cache a file takes 20 µs, through the thread pool 100. */
export function createModuleGraph({ place, resolve, compile }: GraphParts): ModuleGraph {
  const files = new Map<string, string>();
  const misses = new Set<string>();
  const sources = new Map<string, Buffer>();
  const records = new Map<string, MutableRecord>();
  const broken = new Map<string, Problem>();
  const targets = new Map<string, Map<string, Target>>();

  function entry(path: string): ModuleRecord {
    const resolution = resolve(pathToFileURL(path).href, path, place, { files, misses });
    if (resolution.kind === "absent") throw new ProblemFound(absentProblem(path, resolution.why));
    if (resolution.kind !== "file") throw new ProblemFound(absentProblem(path, `which lies outside of ${place.boundary}`));
    const problems: Problem[] = [];
    const record = addAll(resolution.path, problems);
    if (record === undefined || problems[0] !== undefined) throw new ProblemFound(problems[0] ?? unreadable(path, undefined));
    return record;
  }

  /** Goes on after a problem, so that the caller learns of every file and miss. */
  function addAll(path: string, problems: Problem[]): MutableRecord | undefined {
    const known = records.get(path);
    if (known !== undefined || broken.has(path)) return known;
    const compiled = compiledFile(path, problems);
    if (compiled === undefined) return undefined;
    const url = pathToFileURL(path).href;
    const record: MutableRecord = { path, url, compiled, imports: [], namespace: newNamespace() };
    records.set(path, record);
    record.imports = compiled.imports.map(({ specifier }) => addTarget(specifier, record, problems));
    for (const specifier of compiled.late) addTarget(specifier, record, problems);
    return record;
  }

  function addTarget(specifier: string, from: ModuleRecord, problems: Problem[]): Target {
    const known = targets.get(from.path) ?? new Map<string, Target>();
    targets.set(from.path, known);
    const target = known.get(specifier) ?? newTarget(specifier, from, problems);
    known.set(specifier, target);
    return target;
  }

  function newTarget(specifier: string, from: ModuleRecord, problems: Problem[]): Target {
    const resolution = resolutionOf(specifier, from);
    if (resolution.kind === "absent") {
      return { kind: "absent", problem: importProblem(from.path, sourceOf(from.path), specifier, resolution.why) };
    }
    if (resolution.kind !== "file") return resolution;
    const { path } = resolution;
    const record = addAll(path, problems);
    return record ? { kind: "record", record } : { kind: "absent", problem: broken.get(path) ?? unreadable(path, undefined) };
  }

  function resolutionOf(specifier: string, from: ModuleRecord): Resolution {
    try {
      return resolve(specifier, from.path, place, { files, misses });
    } catch (error) {
      // No permission, a circle of links, a package.json that does not parse.
      return { kind: "absent", why: `which cannot be looked up: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  function compiledFile(path: string, problems: Problem[]): Compiled | undefined {
    try {
      const bytes = readFileSync(path);
      const sum = hash("sha1", bytes);
      files.set(path, sum);
      sources.set(path, bytes);
      return compile(path, sum, () => sourceOf(path) ?? "");
    } catch (error) {
      const problem = error instanceof NotParsed ? parseProblem(path, error.problem, error) : unreadable(path, error);
      if (!files.has(path)) misses.add(path);
      broken.set(path, problem);
      problems.push(problem);
      return undefined;
    }
  }

  function target(specifier: string, from: ModuleRecord): Target {
    const problems: Problem[] = [];
    const found = addTarget(specifier, from, problems);
    if (problems[0] !== undefined) throw new ProblemFound(problems[0]);
    return found;
  }

  function sourceOf(path: string): string | undefined {
    return sources
      .get(path)
      ?.toString("utf8")
      .replace(/^\uFEFF/, "");
  }

  function lineOf(path: string, line: number): { source: string; code: string } | undefined {
    const compiled = records.get(path)?.compiled;
    if (compiled === undefined || compiled.format === "json") return undefined;
    // The first line of what was evaluated began with a parenthesis.
    const code = `(${compiled.run}`.split("\n")[line - 1] ?? "";
    return { source: sourceOf(path)?.split("\n")[line - 1] ?? "", code };
  }

  const recordOf = (path: string) => records.get(path);
  return { files, misses, entry, recordOf, target, sourceOf, lineOf, forgetSources: () => sources.clear() };
}

type MutableRecord = { -readonly [Key in keyof ModuleRecord]: ModuleRecord[Key] };

/** An object born without a prototype is a dictionary to V8, and every use of an import took five times as long. */
function newNamespace(): Record<string, unknown> {
  return Object.setPrototypeOf(Object.defineProperty({}, Symbol.toStringTag, { value: "Module" }), null);
}

function unreadable(path: string, error: unknown): Problem {
  const said = error instanceof Error ? error.message : "nobody knows why";
  return { file: path, what: `cannot be read: ${said}. Check that it is there and that this process may read it`, cause: error };
}
