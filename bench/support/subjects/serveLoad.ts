import { setTimeout as pause } from "node:timers/promises";

/** What one answer says of the versions that made it. All but `settings` have to be the same. */
export interface Stamps {
  /** Of the file with the handler, and of what it imported: at the start, and late, in the middle of the call. */
  code: number;
  helper: number;
  late: number;
  /** Of another plugin, whose hook ran before. */
  before?: number;
  settings?: number;
  /** A generation has one version of the code and one of the settings. */
  generation?: number;
}

/** What was counted since the calls began. */
export interface LoadFigures {
  calls: number;
  failed: number;
  mixed: number;
  /** Of each call, in milliseconds. */
  times: number[];
}

/** Counts that the plugins of a subject make themselves, on `globalThis.bench`. */
export interface PluginCounts {
  setups: number;
  disposed: number;
  usedAfterDispose: number;
  /** Calls that a hook after the call saw with another version than the answer. */
  mixedAfter: number;
}

export type LoadOrder = { begin: number } | { until: number } | { end: true };
export type LoadReport =
  | { ready: true }
  | { begun: true }
  | { live: number }
  | { figures: LoadFigures; counts: PluginCounts }
  | { refused: true };

/** The counts, where the plugins find them. */
export const counts: PluginCounts = { setups: 0, disposed: 0, usedAfterDispose: 0, mixedAfter: 0 };
Object.assign(globalThis, { bench: counts });

/**
 * The child's side of the load bench: so many callers call without pause, and every answer is looked at. `call` resolves with what
 * answered, or with undefined when the call failed. When all have ended, so many generations may still be live.
 */
export function serve(call: () => Promise<Stamps | undefined>, live = 1): void {
  let figures: LoadFigures | undefined;
  let callers: Promise<void>[] = [];
  let newest = 0;
  let wanted = 0;
  const generations = new Map<number, string>();
  const tell = (report: LoadReport) => process.send?.(report);

  process.on("message", (order: LoadOrder) => {
    if ("begin" in order) begin(order.begin);
    else if ("until" in order) waitFor(order.until);
    else void end();
  });
  process.on("disconnect", () => process.exit());
  tell({ ready: true });

  function begin(count: number): void {
    const mine: LoadFigures = { calls: 0, failed: 0, mixed: 0, times: [] };
    figures = mine;
    callers = Array.from({ length: count }, () => callOn(mine));
    tell({ begun: true });
  }

  async function callOn(mine: LoadFigures): Promise<void> {
    while (figures === mine) {
      const began = performance.now();
      const stamps = await call().catch(() => undefined);
      mine.times.push(performance.now() - began);
      mine.calls += 1;
      if (stamps) look(stamps, mine);
      else {
        mine.failed += 1;
        // A host that refuses at once would keep the process from ever mending it.
        await pause(1);
      }
    }
  }

  function look(stamps: Stamps, mine: LoadFigures): void {
    const { code, helper, late, before = code, settings, generation } = stamps;
    const pair = `${code} ${settings}`;
    const known = generation === undefined ? pair : (generations.get(generation) ?? pair);
    if (generation !== undefined) generations.set(generation, known);
    if (helper !== code || late !== code || before !== code || known !== pair) mine.mixed += 1;
    newest = Math.max(newest, code, settings ?? 0);
    if (wanted > 0 && newest >= wanted) {
      tell({ live: wanted });
      wanted = 0;
    }
  }

  function waitFor(version: number): void {
    if (newest >= version) tell({ live: version });
    else wanted = version;
  }

  async function end(): Promise<void> {
    const mine = figures;
    figures = undefined;
    await Promise.all(callers);
    const patience = performance.now() + 2_000;
    while (counts.setups - counts.disposed > live && performance.now() < patience) await pause(10);
    if (mine) tell({ figures: mine, counts });
  }
}
