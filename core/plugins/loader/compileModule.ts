import { pathToFileURL } from "node:url";
import { NotParsed, type StaticImport, type SyntaxProblem, type Transformer } from "./transformer.ts";

/** A file's bytes made runnable. It holds no state: every generation runs it anew. */
export type Compiled = EsModule | CommonJs | { format: "json"; text: string; imports: readonly []; late: readonly [] };

interface Specifiers {
  imports: readonly StaticImport[];
  /** Literal `import("…")`, and literal relative `require("…")`: they belong to the snapshot, too. */
  late: readonly string[];
}

/** An ES module; `run` makes its exports up to the first `next()`, and evaluates it with the second. */
export interface EsModule extends Specifiers {
  format: "esm";
  run: EsFactory;
}

type EsFactory = (
  exports: object,
  imported: (index: number) => object,
  late: (specifier: unknown) => Promise<object>,
  meta: object,
) => Generator<void, void> | AsyncGenerator<void, void>;

/** A CommonJS module. */
export interface CommonJs extends Specifiers {
  format: "cjs";
  run: CommonJsFactory;
}

type CommonJsFactory = (
  this: unknown,
  exports: unknown,
  require: (specifier: string) => unknown,
  module: { exports: unknown },
  filename: string,
  dirname: string,
  late: (specifier: unknown) => Promise<object>,
) => void;

/**
 * Compiles a file with the first transformer whose output the engine takes. Throws `NotParsed`.
 * A file is CommonJS when it is named .cjs or .cts, or when it has no syntax of an ES module but speaks of `require`, `module`,
 * `exports`, `__filename` or `__dirname`. No package.json decides that.
 */
export function compileModule(path: string, source: string, transformers: readonly Transformer[]): Compiled {
  if (path.endsWith(".json")) return compileJson(source);
  const text = source.startsWith("#!") ? `//${source}` : source;
  let problem: SyntaxProblem = { message: "no transformer took it" };
  for (const transformer of transformers) {
    try {
      return compileWith(transformer, path, text);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      problem = error instanceof NotParsed ? error.problem : { message: error.message, uncertain: true };
      if (problem.uncertain !== true) break;
    }
  }
  throw new NotParsed(problem);
}

function compileWith(transformer: Transformer, path: string, source: string): Compiled {
  const { code, parameters, isModule, isAsync, imports, late } = transformer.transform(path, source);
  const requires = [...source.matchAll(/\brequire\(\s*(["'])(\.{1,2}\/[^"'\n]*)\1\s*\)/g)].map(
    ([, , specifier = ""]) => specifier,
  );
  const specifiers = { imports, late: [...late, ...requires] };
  if (!isModule && isCommonJs(path, source)) {
    const names = `exports, require, module, __filename, __dirname, ${parameters.late}`;
    return { format: "cjs", run: evaluated<CommonJsFactory>(`function (${names}) {`, code, path), ...specifiers };
  }
  const names = `${parameters.exports}, ${parameters.imported}, ${parameters.late}, ${parameters.meta}`;
  const start = `${isAsync ? "async " : ""}function* (${names}) {"use strict";${isModule ? "" : "yield;"}`;
  return { format: "esm", run: evaluated<EsFactory>(start, code, path), ...specifiers };
}

function isCommonJs(path: string, source: string): boolean {
  if (/\.m[jt]s$/.test(path)) return false;
  return /\.c[jt]s$/.test(path) || /\b(require|module|exports|__filename|__dirname)\b/.test(source);
}

/**
 * An indirect `eval`, and not `vm.Script`: what that compiles stays in V8's compilation cache, which grows with every reload.
 * The code keeps its lines, so a stack needs the file's address only.
 */
function evaluated<Factory>(start: string, code: string, path: string): Factory {
  return evaluateGlobally(`(${start}${code}\n})\n//# sourceURL=${pathToFileURL(path).href}`);
}

// biome-ignore lint/security/noGlobalEval: running the operator's plugin files is what a loader does.
const evaluateGlobally = globalThis.eval;

function compileJson(text: string): Compiled {
  try {
    JSON.parse(text);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const position = message.includes("end of JSON") ? text.length : /position (\d+)/.exec(message)?.[1];
    if (position === undefined) throw new NotParsed({ message });
    const before = text.slice(0, Number(position)).split("\n");
    throw new NotParsed({ message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 });
  }
  return { format: "json", text, imports: [], late: [] };
}
