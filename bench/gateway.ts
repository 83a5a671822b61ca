import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { callCost } from "./support/callCost.ts";
import { deadProvider } from "./support/deadProvider.ts";
import { messageRate } from "./support/messageRate.ts";
import { type BenchResult, toMarkdown } from "./support/report.ts";
import { weightChange } from "./support/weightChange.ts";

const parts: Readonly<Record<string, () => Promise<BenchResult>>> = {
  cost: callCost,
  rate: messageRate,
  failover: deadProvider,
  weights: weightChange,
};

/** The gateway: what a call costs, how many messages it sends in a second, what a dead provider costs, how soon weights take effect. */
export async function run(): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const name of Object.keys(parts)) {
    // Each in a process of its own, so that none measures what another has compiled or left behind.
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, name], { maxBuffer: 1e8 });
    results.push(JSON.parse(stdout));
  }
  return results;
}

if (process.argv[1] === import.meta.filename) {
  const only = parts[process.argv[2] ?? ""];
  if (only) console.log(JSON.stringify(await only()));
  else console.log((await run()).map(toMarkdown).join("\n\n"));
}
