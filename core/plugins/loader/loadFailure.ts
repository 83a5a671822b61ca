import { fileURLToPath } from "node:url";
import { HooklineError, nearest } from "../../errors.ts";
import type { SyntaxProblem } from "./transformer.ts";

/** What the details of a `load_failed` error hold, so that the caller knows what to watch for a retry. */
export interface LoadFailure {
  /** The file to mend. */
  file: string;
  /** Counted from 1; absent when nobody knows. */
  line?: number;
  column?: number;
  /** What had been read, as in `LoadedModules`. */
  files: ReadonlyMap<string, string>;
  /** Where had been looked in vain: when one of these appears, another try may succeed. */
  misses: ReadonlySet<string>;
}

/** The `LoadFailure` of an error that `Loader.load` threw; undefined for any other error. */
export function loadFailureOf(error: unknown): LoadFailure | undefined {
  if (!HooklineError.is(error) || error.code !== "load_failed") return undefined;
  const { file, line, column, files, misses } = error.details;
  if (typeof file !== "string" || !(files instanceof Map) || !(misses instanceof Set)) return undefined;
  return { file, ...(typeof line === "number" && { line }), ...(typeof column === "number" && { column }), files, misses };
}

/** What is wrong with which file. */
export interface Problem {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  /** Completes "FILE:LINE:COLUMN …" and says what to do. */
  what: string;
  cause: unknown;
}

/** A problem on its way through code that throws: the loader makes a `load_failed` of it, a late `import()` rejects with its cause. */
export class ProblemFound extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.what, { cause: problem.cause });
    this.problem = problem;
  }
}

/** The error for the caller of `Loader.load`. */
export function loadFailed(problem: Problem, files: ReadonlyMap<string, string>, misses: ReadonlySet<string>): HooklineError {
  const { file, line, column, what, cause } = problem;
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  return new HooklineError("load_failed", { reason: `${place} ${what}`, file, line, column, files, misses }, { cause });
}

/** A file that does not parse. */
export function parseProblem(file: string, { message, line, column }: SyntaxProblem, cause: unknown): Problem {
  return {
    file,
    line,
    column,
    what: `does not parse: ${message.replace(/[.\s]+$/, "")}. Mend it and save`,
    cause,
  };
}

/** An import of something that is not there. Its cause is what Node would have thrown. */
export function importProblem(file: string, source: string | undefined, specifier: string, why: string): Problem {
  const said = `imports "${specifier}", ${why}`;
  const cause = Object.assign(new Error(`${file} ${said}`), { code: "ERR_MODULE_NOT_FOUND" });
  return { file, ...placeOf(specifier, source), what: said, cause };
}

function placeOf(specifier: string, source: string | undefined): { line?: number; column?: number } {
  if (source === undefined) return {};
  const quoted = specifier.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const at = source.search(new RegExp(`(?<=\\b(?:from|import|require)\\s*\\(?\\s*)["'\`]${quoted}["'\`]`));
  if (at < 0) return {};
  const before = source.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** A name that is imported and that the other module does not export. */
export function nameProblem(file: string, source: string | undefined, specifier: string, name: string, known: string[]): Problem {
  const near = nearest(name, known);
  const hint = near === undefined ? `It exports ${known.join(", ") || "nothing"}` : `Did you mean "${near}"?`;
  const what = `imports "${name}" from "${specifier}", which does not export it. ${hint}; for a type, write "import type" or "export type"`;
  return { file, ...placeOf(specifier, source), what, cause: new SyntaxError(`"${specifier}" does not export "${name}"`) };
}

/** A package that Node could not load. */
export function nativeProblem(file: string, url: string, error: unknown): Problem {
  return { file, what: `imports ${url}, which failed: ${firstLine(error)}. Mend that package, or the import`, cause: error };
}

/** An entry or a folder that is not there, or not where it may be. */
export function absentProblem(file: string, why: unknown): Problem {
  const said = typeof why === "string" ? why : `which is not there: ${firstLine(why)}`;
  return { file, what: `was to be loaded, ${said}`, cause: why instanceof Error ? why : undefined };
}

/** An error that `file`, or one it uses, threw while it was evaluated. Its place is the topmost of the stack that is the plugin's own. */
export function evaluationProblem(
  error: unknown,
  file: string,
  lineOf: (path: string, line: number) => { source: string; code: string } | undefined,
): Problem {
  const name = error instanceof Error ? `${error.name}: ` : "";
  const what = `threw while it was loaded: ${name}${firstLine(error)}. Mend it and save`;
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const [, url = "", line = "", column = ""] of stack.matchAll(/(file:\/\/[^\s()]+):(\d+):(\d+)/g)) {
    const path = fileURLToPath(url);
    const text = lineOf(path, Number(line));
    if (text !== undefined) return { file: path, line: Number(line), column: columnIn(text, Number(column)), what, cause: error };
  }
  return { file, what, cause: error };
}

/** Lines are kept by the transformers, columns are not: looks in the source for what the code says there. */
function columnIn({ source, code }: { source: string; code: string }, column: number): number | undefined {
  for (let length = 40; length > 1; length--) {
    const at = source.indexOf(code.slice(column - 1, column - 1 + length));
    if (at >= 0) return at + 1;
  }
  return undefined;
}

function firstLine(error: unknown): string {
  const [line = ""] = String(error instanceof Error ? error.message : error).split("\n");
  return line.replace(/[.\s]+$/, "");
}
