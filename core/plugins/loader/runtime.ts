import nodeModule from "node:module";
import { fileURLToPath } from "node:url";
import { createCommonJs } from "./commonJs.ts";
import { createEvaluation, type Evaluation } from "./evaluate.ts";
import { createLinker, importMeta } from "./linkModules.ts";
import { loadFailed, nativeProblem, ProblemFound } from "./loadFailure.ts";
import type { ModuleGraph, ModuleRecord, Target } from "./moduleGraph.ts";

/** The namespaces of packages and built-in modules, by address: Node loads each once, and so they are shared by all generations. */
export type Natives = Map<string, object>;

/** Runs the modules of a graph: ties linking, evaluation, CommonJS and late imports together. */
export function createRuntime(graph: ModuleGraph, natives: Natives): Evaluation {
  const evaluation = createEvaluation({ link: (record) => linker.link(record), loadNative, run });
  const linker = createLinker({ namespaceOf, isComplete, importLate, metaOf, sourceOf: graph.sourceOf });
  const commonJs = createCommonJs({ graph, evaluate: evaluation.evaluate, importLate });
  let moduleNamespace: object | undefined;

  function run(record: ModuleRecord): Promise<unknown> | undefined {
    if (record.compiled.format === "esm") return linker.run(record);
    commonJs.run(record);
    return undefined;
  }

  function namespaceOf(target: Target): object {
    if (target.kind === "record") return target.record.namespace;
    if (target.kind === "host") return target.namespace;
    if (target.kind === "absent") return {};
    if (target.url === "node:module") return ownModuleNamespace();
    return natives.get(target.url) ?? {};
  }

  function isComplete(target: Target): boolean {
    if (target.kind === "native") return natives.has(target.url);
    if (target.kind !== "record") return target.kind === "host";
    return target.record.compiled.format === "esm" || commonJs.hasRun(target.record);
  }

  function loadNative(target: Target, from: ModuleRecord): Promise<object> | undefined {
    if (target.kind !== "native" || natives.has(target.url)) return undefined;
    return importNative(target.url).catch((error: unknown) => {
      throw new ProblemFound(nativeProblem(from.path, target.url, error));
    });
  }

  async function importNative(url: string): Promise<object> {
    const known = natives.get(url);
    if (known !== undefined) return known;
    const namespace: object = await (url.endsWith(".json") ? import(url, { with: { type: "json" } }) : import(url));
    natives.set(url, namespace);
    return namespace;
  }

  /** `import()`. A literal one was read with the rest of the generation; another one is read now, and then stays. */
  async function importLate(specifier: unknown, from: ModuleRecord): Promise<object> {
    await undefined;
    try {
      const target = graph.target(String(specifier), from);
      if (target.kind === "absent") throw new ProblemFound(target.problem);
      if (target.kind === "native") await importNative(target.url);
      if (target.kind === "record") await evaluation.evaluate(target.record);
      return namespaceOf(target);
    } catch (error) {
      throw error instanceof ProblemFound ? lateError(error) : error;
    }
  }

  function lateError({ problem }: ProblemFound): unknown {
    const { cause } = problem;
    // Code that asks for something optional looks for Node's own code.
    const isAbsent = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    return isAbsent ? cause : loadFailed(problem, graph.files, graph.misses);
  }

  function metaOf(record: ModuleRecord): object {
    return importMeta(record, (specifier) => {
      if (/^\.{0,2}\//.test(specifier)) return new URL(specifier, record.url).href;
      const target = graph.target(specifier, record);
      if (target.kind === "absent") throw target.problem.cause;
      if (target.kind === "record") return target.record.url;
      return target.kind === "native" ? target.url : specifier;
    });
  }

  /** `node:module` whose `createRequire` knows the generation: Node's own would keep the first version of every file for ever. */
  function ownModuleNamespace(): object {
    if (moduleNamespace !== undefined) return moduleNamespace;
    const createRequire = (from: string | URL) => {
      const path = String(from).startsWith("file:") ? fileURLToPath(from) : String(from);
      const record = graph.recordOf(path);
      return record === undefined ? nodeModule.createRequire(from) : commonJs.requireOf(record);
    };
    const all = Object.assign(Object.create(nodeModule), { createRequire });
    moduleNamespace = { ...nodeModule, createRequire, default: all };
    return moduleNamespace;
  }

  return evaluation;
}
