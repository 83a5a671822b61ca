import { setTimeout as pause } from "node:timers/promises";
import type { Contender } from "./support/contender.ts";
import { contenders } from "./support/contenders.ts";
import { peerTitle } from "./support/peerHosts.ts";
import type { BenchResult } from "./support/report.ts";
import { median, quantile, rounded } from "./support/statistics.ts";
import { now } from "./support/subject.ts";
import { filesLieIn } from "./support/workspace.ts";

interface Measured {
  contender: Contender;
  times: number[];
  lost: number;
  failed: number;
}

/**
 * How long it takes from a save, by this process, to the first call that the new version answers, in another process that calls
 * without pause. All contenders take turns, so that a slow moment of the machine meets them all.
 */
export async function run({ rounds = 20, saves = 10 } = {}): Promise<BenchResult> {
  const opened: Measured[] = [];
  try {
    for (const open of contenders) opened.push({ contender: await open(), times: [], lost: 0, failed: 0 });
    for (const { contender } of opened) await save({ contender, times: [], lost: 0, failed: 0 }, contender.share ? 1 : 10);
    for (let round = 0; round < rounds; round++) {
      for (const measured of opened) await save(measured, Math.max(1, Math.round(saves * (measured.contender.share ?? 1))));
    }
  } finally {
    for (const { contender } of opened) await contender.close();
  }
  return resultOf(opened);
}

let version = 0;

async function save(measured: Measured, count: number): Promise<void> {
  const { contender, times } = measured;
  for (let n = 0; n < count; n++) {
    version += 1;
    await pause(contender.pause ?? 60 + 40 * Math.random());
    await contender.subject.call(version);
    const saved = now();
    contender.save(version);
    const live = await contender.subject.live(contender.patience);
    if (!live) measured.lost += 1;
    else times.push(live.at - saved);
    measured.failed += live?.failed ?? 0;
  }
}

function resultOf(all: readonly Measured[]): BenchResult {
  const raw = median(all.find(({ contender }) => contender.isLimit)?.times ?? []);
  return {
    title: "Reload: from the save to the first call that the new version answers, in milliseconds",
    rows: all.map(({ contender, times, lost, failed }) => {
      const [p50, p99] = [quantile(times, 0.5), quantile(times, 0.99)];
      const [goal50 = 0, goal99 = 0] = contender.goal ?? [];
      return {
        what: contender.name,
        saves: times.length,
        p50: rounded(p50),
        p99: rounded(p99),
        "÷ raw event": rounded(p50 / raw),
        "goal p50 / p99": contender.goal ? `${goal50} / ${goal99}${p50 <= goal50 && p99 <= goal99 ? " met" : " missed"}` : "",
        "saves lost": lost,
        "calls failed": failed,
      };
    }),
    notes: [
      `Saves are made in place (truncate, write, close) some 80 ms apart by another process, on the monotonic clock that both share; the time begins before the file is opened. The files lie in ${filesLieIn}.`,
      `${peerTitle("koishi")} runs with ${peerTitle("@koishijs/plugin-hmr")}. Both it and moleculer are as they come: Koishi waits 100 ms for more changes, moleculer 500.`,
      "Koishi writes its configuration back when it has read it, and takes the next save of somebody else for its own: every second save is lost.",
      "import(?t=) is what one writes by hand: it loads one file anew, never those that it imports, and keeps every version for ever (see below).",
    ],
  };
}
