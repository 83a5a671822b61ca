import type { ModuleRecord, Target } from "./moduleGraph.ts";

/** Runs the modules of one generation as the standard says: dependencies first, in their order, each once. */
export interface Evaluation {
  /** Evaluates a module and what it imports; undefined when it was done at once, without a top-level await. */
  evaluate(record: ModuleRecord): Promise<void> | undefined;
  /** The module that was being evaluated when `error` was thrown. */
  culpritOf(error: unknown): ModuleRecord | undefined;
}

/** What evaluation asks of its surroundings. */
export interface EvaluationParts {
  /** Makes the exports of the module and its imports known, or throws what does not fit. */
  link(record: ModuleRecord): void;
  /** Loads a package or built-in module; undefined when it is already there. */
  loadNative(target: Target, from: ModuleRecord): Promise<unknown> | undefined;
  /** Runs one module whose imports are done. */
  run(record: ModuleRecord): Promise<unknown> | undefined;
}

/** Makes the evaluation of one generation. */
export function createEvaluation({ link, loadNative, run }: EvaluationParts): Evaluation {
  const lives = new Map<ModuleRecord, Life>();
  const culprits = new Map<unknown, ModuleRecord>();

  function evaluate(record: ModuleRecord): Promise<void> | undefined {
    const known = lives.get(record);
    if (known !== undefined) return outcomeOf(known);
    link(record);
    const stack: Life[] = [];
    try {
      visit(record, stack, lives.size);
      // Left over when a require() inside the walk came back to a module that is still being visited.
      for (const life of stack) life.root = life;
    } catch (error) {
      for (const life of stack) life.failed = { error };
      throw error;
    }
    return outcomeOf(lives.get(record));
  }

  /** Tarjan's walk: a module of a cycle counts as done when the whole cycle is. */
  function visit(record: ModuleRecord, stack: Life[], index: number): Life {
    const life: Life = { index, low: index, root: undefined, pending: undefined, failed: undefined };
    lives.set(record, life);
    stack.push(life);
    const waits: Promise<unknown>[] = [];
    for (const target of record.imports) {
      if (target.kind === "native") waits.push(...present(loadNative(target, record)));
      if (target.kind !== "record") continue;
      const imported = lives.get(target.record) ?? visit(target.record, stack, lives.size);
      if (imported.root === undefined) life.low = Math.min(life.low, imported.low);
      waits.push(...present(imported.root === undefined ? imported.pending : outcomeOf(imported)));
    }
    const running = waits.length === 0 ? execute(record) : Promise.all(waits).then(() => execute(record));
    if (running !== undefined) settle(life, running);
    if (life.low === life.index) for (const member of stack.splice(stack.indexOf(life))) member.root = life;
    return life;
  }

  function execute(record: ModuleRecord): Promise<unknown> | undefined {
    try {
      return run(record)?.catch((error: unknown) => blame(record, error));
    } catch (error) {
      return blame(record, error);
    }
  }

  function blame(record: ModuleRecord, error: unknown): never {
    if (!culprits.has(error)) culprits.set(error, record);
    throw error;
  }

  return { evaluate, culpritOf: (error) => culprits.get(error) };
}

interface Life {
  index: number;
  low: number;
  /** The first module of its cycle; undefined while that is still being visited. */
  root: Life | undefined;
  pending: Promise<void> | undefined;
  failed: { error: unknown } | undefined;
}

function outcomeOf(life: Life | undefined): Promise<void> | undefined {
  const failed = life?.failed ?? life?.root?.failed;
  if (failed !== undefined) throw failed.error;
  return life?.root?.pending ?? life?.pending;
}

function settle(life: Life, running: Promise<unknown>): void {
  life.pending = running.then(
    () => {
      life.pending = undefined;
    },
    (error: unknown) => {
      life.pending = undefined;
      life.failed = { error };
      throw error;
    },
  );
  // Whoever waits for it sees the error; without anybody waiting it is not an unhandled rejection.
  life.pending.catch(() => undefined);
}

function present(promise: Promise<unknown> | undefined): Promise<unknown>[] {
  // When a later import throws at once, nobody will wait for this one; that must not be an unhandled rejection.
  promise?.catch(() => undefined);
  return promise === undefined ? [] : [promise];
}
