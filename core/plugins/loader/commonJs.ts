import { createRequire } from "node:module";
import { dirname } from "node:path";
import type { ModuleGraph, ModuleRecord } from "./moduleGraph.ts";

/** CommonJS inside a generation: files of the plugin come from its graph, everything else from Node. */
export interface CommonJs {
  /** Runs a CommonJS or JSON module and fills its namespace as Node does. */
  run(record: ModuleRecord): void;
  hasRun(record: ModuleRecord): boolean;
  /** The `require` of a module; also for what `createRequire(import.meta.url)` gives. */
  requireOf(record: ModuleRecord): NodeJS.Require;
}

/** What CommonJS asks of its surroundings. */
export interface CommonJsParts {
  graph: ModuleGraph;
  /** Throws, or returns a promise when it cannot be done at once. */
  evaluate(record: ModuleRecord): Promise<void> | undefined;
  importLate(specifier: unknown, from: ModuleRecord): Promise<object>;
}

/** Makes the CommonJS side of one generation. */
export function createCommonJs({ graph, evaluate, importLate }: CommonJsParts): CommonJs {
  const modules = new Map<ModuleRecord, { exports: unknown }>();
  const done = new Set<ModuleRecord>();

  function run(record: ModuleRecord): void {
    const { compiled, path, namespace } = record;
    const module = { exports: {}, id: path, filename: path, path: dirname(path), loaded: false, children: [], paths: [] };
    modules.set(record, module);
    if (compiled.format === "json") module.exports = JSON.parse(compiled.text);
    if (compiled.format === "cjs") {
      const late = (specifier: unknown) => importLate(specifier, record);
      compiled.run.call(module.exports, module.exports, requireOf(record), module, path, dirname(path), late);
    }
    module.loaded = true;
    done.add(record);
    if (compiled.format === "cjs") fillNamespace(namespace, module.exports);
    else namespace.default = module.exports;
  }

  function requireOf(record: ModuleRecord): NodeJS.Require {
    const native = createRequire(record.path);
    const own = (specifier: string) => required(specifier, record, native);
    const resolve = (specifier: string, options?: { paths?: string[] }) => resolved(specifier, record, native, options);
    return Object.assign(own, {
      resolve: Object.assign(resolve, { paths: native.resolve.paths }),
      cache: {},
      extensions: {},
      main: undefined,
    }) as NodeJS.Require;
  }

  function required(specifier: string, from: ModuleRecord, native: NodeJS.Require): unknown {
    const target = targetOf(specifier, from);
    if (target?.kind === "host") return target.namespace;
    if (target?.kind === "record") return exportsOf(target.record);
    if (target?.kind === "absent" && isRelative(specifier))
      throw Object.assign(new Error(target.problem.what), { code: "MODULE_NOT_FOUND" });
    return native(specifier);
  }

  function resolved(specifier: string, from: ModuleRecord, native: NodeJS.Require, options?: { paths?: string[] }): string {
    const target = options === undefined ? targetOf(specifier, from) : undefined;
    return target?.kind === "record" ? target.record.path : native.resolve(specifier, options);
  }

  /** An addon is Node's: it cannot be loaded twice. */
  function targetOf(specifier: string, from: ModuleRecord) {
    return specifier.endsWith(".node") ? undefined : graph.target(specifier, from);
  }

  function exportsOf(record: ModuleRecord): unknown {
    // In a cycle it is there already, half filled.
    if (!modules.has(record)) {
      const pending = evaluate(record);
      if (pending !== undefined) throw Object.assign(new Error(awaits(record.path)), { code: "ERR_REQUIRE_ASYNC_MODULE" });
    }
    const module = modules.get(record);
    if (module !== undefined) return module.exports;
    const { namespace } = record;
    if ("module.exports" in namespace) return namespace["module.exports"];
    // As Node does it: what TypeScript makes of `import x from` in CommonJS looks for this mark.
    if ("default" in namespace) Object.defineProperty(namespace, "__esModule", { value: true });
    return namespace;
  }

  return { run, hasRun: (record) => done.has(record), requireOf };
}

/** Node gives the whole of `module.exports` as default, and its properties by name. */
function fillNamespace(namespace: Record<string, unknown>, exports: unknown): void {
  if ((typeof exports === "object" && exports !== null) || typeof exports === "function") {
    for (const name of Object.keys(exports)) namespace[name] = Reflect.get(exports, name);
  }
  namespace.default = exports;
  namespace["module.exports"] = exports;
}

function isRelative(specifier: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$)/.test(specifier);
}

function awaits(path: string): string {
  return `${path} cannot be had by require(), because it, or a module it imports, has a top-level await. Use import()`;
}
