import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { peerTitle } from "./peers.ts";
import { type Case, engineCases } from "./support/engineCases.ts";
import { type BenchResult, toMarkdown } from "./support/report.ts";
import { median, rounded } from "./support/statistics.ts";

type Row = BenchResult["rows"][number];

/**
 * Calls of one hook, beside a loop that awaits each implementation, in CPU time: other work on the machine matters less. Each line
 * has a process of its own, in which all contenders take turns; a ratio is the median of the ratios of the rounds.
 */
export async function run({ rounds = 100, calls = 3000 } = {}): Promise<BenchResult> {
  const rows: Row[] = [];
  for (const { name } of await engineCases()) {
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, name, String(rounds), String(calls)]);
    rows.push(JSON.parse(stdout));
  }
  return {
    title: "Engine: one call of a hook, in nanoseconds",
    rows,
    notes: [
      "The bare loop is `for (const f of fns) results.push(await f(request))`; × says how many times as fast hookline is.",
      "By hand: the bare loop inside the same wrapper, or with a timer and a race around each implementation. × by hand compares like with like.",
      `${peerTitle("hookable")}, ${peerTitle("tapable")} and ${peerTitle("@wordpress/hooks")} drop the answers, and have neither wrappers nor time-outs.`,
      `Medians of CPU time over ${rounds} interleaved rounds of ${calls} calls.`,
    ],
  };
}

async function measure({ name, goal, contenders }: Case, rounds: number, calls: number): Promise<Row> {
  const warmUp = 20;
  const times = new Map<string, number[]>(Object.keys(contenders).map((contender) => [contender, []]));
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const [contender, call] of Object.entries(contenders)) {
      const time = await timed(call, calls);
      if (round >= warmUp) times.get(contender)?.push(time);
    }
  }
  const of = (contender: string) => times.get(contender) ?? [];
  const ratio = (to: string) => rounded(median(of("hookline").map((time, round) => (of(to)[round] ?? Number.NaN) / time)));
  return {
    implementations: name,
    ...Object.fromEntries([...times].map(([contender, each]) => [contender, rounded(median(each))])),
    "× bare loop": ratio("bare loop"),
    "× by hand": contenders["by hand"] ? ratio("by hand") : "",
    goal: goal === undefined ? "" : `≥ ${goal}`,
  };
}

async function timed(call: () => unknown, calls: number): Promise<number> {
  const start = process.cpuUsage();
  for (let n = 0; n < calls; n++) {
    const result = call();
    if (result instanceof Promise) await result;
  }
  const { user, system } = process.cpuUsage(start);
  return ((user + system) * 1000) / calls;
}

if (process.argv[1] === import.meta.filename) {
  const [, , only, rounds, calls] = process.argv;
  const one = (await engineCases()).find(({ name }) => name === only);
  if (one) console.log(JSON.stringify(await measure(one, Number(rounds), Number(calls))));
  else console.log(toMarkdown(await run()));
}
