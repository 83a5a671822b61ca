import { dirname } from "node:path";
import type { EsModule } from "./compileModule.ts";
import { nameProblem, ProblemFound } from "./loadFailure.ts";
import type { ModuleRecord, Target } from "./moduleGraph.ts";

/** Connects the modules of one generation with each other, before and while they are evaluated. */
export interface Linker {
  /** Makes the exports of `record` and of all it imports, and throws `ProblemFound` when a module or a name is missing. */
  link(record: ModuleRecord): void;
  /** Evaluates an ES module that is linked. */
  run(record: ModuleRecord): Promise<unknown> | undefined;
}

/** What linking asks of its surroundings. */
export interface LinkerParts {
  /** What others see of a target. */
  namespaceOf(target: Target): object;
  /** False while nobody can know the names: a package that is not loaded, CommonJS that has not run. */
  isComplete(target: Target): boolean;
  importLate(specifier: unknown, from: ModuleRecord): Promise<object>;
  metaOf(record: ModuleRecord): object;
  sourceOf(path: string): string | undefined;
}

/** Makes the linker of one generation. */
export function createLinker(parts: LinkerParts): Linker {
  const bodies = new Map<ModuleRecord, ReturnType<EsModule["run"]>>();
  const linked = new Set<ModuleRecord>();

  function link(root: ModuleRecord): void {
    const fresh = new Set<ModuleRecord>();
    collect(root, fresh);
    for (const record of fresh) makeExports(record);
    for (const record of fresh) addStars(record);
    for (const record of fresh) checkNames(record);
    for (const record of fresh) linked.add(record);
  }

  function collect(record: ModuleRecord, fresh: Set<ModuleRecord>): void {
    if (linked.has(record) || fresh.has(record)) return;
    fresh.add(record);
    for (const target of record.imports) {
      if (target.kind === "absent") throw new ProblemFound(target.problem);
      if (target.kind === "record") collect(target.record, fresh);
    }
  }

  function makeExports(record: ModuleRecord): void {
    if (record.compiled.format !== "esm" || bodies.has(record)) return;
    const { imports, namespace } = record;
    // Called on nothing: `this` is undefined in an ES module.
    const { run } = record.compiled;
    const imported = (index: number) => parts.namespaceOf(imports[index] ?? unknownImport);
    const body = run(namespace, imported, (specifier) => parts.importLate(specifier, record), parts.metaOf(record));
    bodies.set(record, body);
    void body.next();
  }

  /** `export *`: the other's names as they are known now; those of packages and CommonJS come when they have been evaluated. */
  function addStars(record: ModuleRecord): void {
    for (const [index, { star }] of record.compiled.imports.entries()) {
      const target = record.imports[index];
      if (!star || target === undefined) continue;
      const from = parts.namespaceOf(target);
      for (const name of namesOf(target, new Set())) {
        if (name === "default" || name === "module.exports" || Object.hasOwn(record.namespace, name)) continue;
        Object.defineProperty(record.namespace, name, { enumerable: true, get: () => Reflect.get(from, name) });
      }
    }
  }

  function namesOf(target: Target, seen: Set<ModuleRecord>): string[] {
    const names = Object.keys(parts.namespaceOf(target));
    if (target.kind !== "record" || seen.has(target.record)) return names;
    seen.add(target.record);
    const { compiled, imports } = target.record;
    const stars = imports.filter((_, index) => compiled.imports[index]?.star);
    return [...names, ...stars.flatMap((star) => namesOf(star, seen).filter((name) => name !== "default"))];
  }

  function checkNames(record: ModuleRecord): void {
    for (const [index, { specifier, names }] of record.compiled.imports.entries()) {
      const target = record.imports[index];
      if (target === undefined || names.length === 0 || !isKnown(target, new Set())) continue;
      const namespace = parts.namespaceOf(target);
      const missing = names.find((name) => !(name in namespace));
      if (missing === undefined) continue;
      throw new ProblemFound(nameProblem(record.path, parts.sourceOf(record.path), specifier, missing, Object.keys(namespace)));
    }
  }

  function isKnown(target: Target, seen: Set<ModuleRecord>): boolean {
    if (target.kind !== "record" || target.record.compiled.format !== "esm") return parts.isComplete(target);
    if (seen.has(target.record)) return true;
    seen.add(target.record);
    const { compiled, imports } = target.record;
    return imports.every((one, index) => !compiled.imports[index]?.star || isKnown(one, seen));
  }

  function run(record: ModuleRecord): Promise<unknown> | undefined {
    const body = bodies.get(record);
    addStars(record);
    checkNames(record);
    bodies.delete(record);
    const step = body?.next();
    return step instanceof Promise ? step : undefined;
  }

  return { link, run };
}

const unknownImport: Target = { kind: "host", namespace: {} };

/** What `import.meta` is in a module of the graph. */
export function importMeta({ path, url }: ModuleRecord, resolve: (specifier: string) => string): object {
  return { __proto__: null, dirname: dirname(path), filename: path, main: false, resolve, url };
}
