import { keepLines } from "./keepLines.ts";
import { isTypeScript, NotParsed, type StaticImport, type Transformed, type Transformer } from "./transformer.ts";

/**
 * The accelerator: the optional package oxc-transform, which does in under a millisecond what takes Babel twelve. `undefined`
 * when it is not installed, or has no binary for this machine. Its exact version is pinned: `moduleRunnerTransformSync` promises
 * nothing, and a contract test compares the two transformers.
 */
export async function loadOxc(): Promise<Transformer | undefined> {
  const oxc = await import("oxc-transform").catch(() => undefined);
  if (oxc === undefined) return undefined;

  function transform(path: string, source: string): Transformed {
    const script = path.replace(/ts$/, "js");
    const untyped = isTypeScript(path) ? untypedCode(path, source) : source;
    const module = oxc?.moduleRunnerTransformSync(script, untyped, { sourcemap: true });
    if (module === undefined) throw new NotParsed({ message: "oxc-transform is gone", uncertain: true });
    refuseErrors(module, untyped);
    const { lines, exported, imports } = splitModule(module.code);
    const body = keepLines(lines, module.map?.mappings ?? "");
    const isAsync = hasTopLevelAwait(body);
    const isModule = isAsync || exported !== "" || imports.length > 0 || body.includes(parameters.meta);
    return {
      code: isModule ? `${exported}yield;${imports.map((_, index) => binding(index)).join("")}${body}` : body,
      parameters,
      isModule,
      isAsync,
      imports,
      late: [...module.dynamicDeps, ...templateSpecifiers(body)],
    };
  }

  function untypedCode(path: string, source: string): string {
    const result = oxc?.transformSync(path, source, { sourcemap: true });
    if (result === undefined) return source;
    refuseErrors(result, source);
    return keepLines(result.code.split("\n"), result.map?.mappings ?? "");
  }

  return { name: "oxc", transform };
}

const parameters = {
  exports: "__vite_ssr_exports__",
  imported: "__vite_ssr_import__",
  late: "__vite_ssr_dynamic_import__",
  meta: "__vite_ssr_import_meta__",
};

function binding(index: number): string {
  return `const __vite_ssr_import_${index}__=${parameters.imported}(${index});`;
}

/** Takes the generated exports and imports out of the code; what is left are the author's own statements. */
function splitModule(code: string) {
  const lines: (string | undefined)[] = code.split("\n");
  const imports: StaticImport[] = [];
  let exported = "";
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    if (line.startsWith(`Object.defineProperty(${parameters.exports}, `)) {
      exported += statementAt(at, "});").replaceAll(/\s*\n\s*/g, " ");
    } else if (line.startsWith(`const __vite_ssr_import_${imports.length}__ = await `)) {
      imports.push(importOf(statementAt(at, ");")));
    } else if (line === `__vite_ssr_exportAll__(__vite_ssr_import_${imports.length - 1}__);`) {
      const last = imports.pop();
      if (last !== undefined) imports.push({ ...last, star: true });
      lines[at] = undefined;
    }
  }
  return { lines, exported, imports };

  function statementAt(start: number, end: string): string {
    let at = start;
    while (at < lines.length - 1 && !lines[at]?.endsWith(end)) at++;
    return lines.splice(start, at - start + 1, ...Array<undefined>(at - start + 1)).join("\n");
  }
}

function importOf(statement: string): StaticImport {
  const [specifier = "", ...names] = [...statement.matchAll(/"(?:[^"\\]|\\.)*"/g)].map(([text]) => String(JSON.parse(text)));
  return { specifier, names, star: false };
}

/** Only a class's static block refuses a top-level `await` in every form and allows the ones in functions. */
function hasTopLevelAwait(body: string): boolean {
  if (!/\bawait\b/.test(body)) return false;
  try {
    new Function(`class _ { static { ${body}\n} }`);
    return false;
  } catch {
    return true;
  }
}

function templateSpecifiers(body: string): string[] {
  return [...body.matchAll(/__vite_ssr_dynamic_import__\(`([^`$\\]+)`\)/g)].map(([, specifier = ""]) => specifier);
}

interface Result {
  code: string;
  errors: { severity: string; message: string; labels: { start: number }[] }[];
}

function refuseErrors(result: Result, source: string): void {
  const error = result.errors.find(({ severity }) => severity === "Error");
  if (error === undefined) return;
  // Its offsets count bytes of UTF-8. Without code the parser gave up; with code it only has doubts.
  const before = Buffer.from(source)
    .subarray(0, error.labels[0]?.start ?? 0)
    .toString()
    .split("\n");
  throw new NotParsed({
    message: error.message,
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    uncertain: result.code !== "",
  });
}
