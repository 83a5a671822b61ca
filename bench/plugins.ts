import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { pluginSettings } from "./support/pluginSettings.ts";
import type { BenchResult } from "./support/report.ts";
import { median, rounded } from "./support/statistics.ts";

interface Cost {
  ms: number;
  rss: number;
  heap: number;
  state: string;
  failure?: string;
}

/** What each plugin costs when it is switched on in a host that runs: its code, its SDK, its setup. */
export async function run({ rounds = 9 } = {}): Promise<BenchResult> {
  const plugins = Object.entries(pluginSettings());
  const costs = new Map<string, Cost[]>(plugins.map(([plugin]) => [plugin, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [plugin, settings] of plugins) {
      const cost = await switchOn(plugin, settings);
      // The first round fills the cache of the file system.
      if (round >= 0) costs.get(plugin)?.push(cost);
    }
  }
  const middleOf = (plugin: string, pick: (cost: Cost) => number) => median((costs.get(plugin) ?? []).map(pick));
  return {
    title: "Plugins: time and memory of each",
    rows: plugins.map(([plugin]) => ({
      plugin,
      "live after ms": rounded(middleOf(plugin, ({ ms }) => ms)),
      "heap MB": rounded(middleOf(plugin, ({ heap }) => heap) / 2 ** 20),
      "resident MB": rounded(middleOf(plugin, ({ rss }) => rss) / 2 ** 20),
    })),
    notes: [
      `Median of ${rounds} processes each, in turns: from host.configure() until it is live, with nobody at the platform's address; memory after a collection.`,
      "All plugins lie in the folder, one is enabled. hello_plugin, of 20 lines, is the floor: what the first plugin of a process pays for the compiler.",
    ],
  };
}

async function switchOn(plugin: string, settings: object): Promise<Cost> {
  const file = fileURLToPath(new URL("./support/subjects/onePlugin.ts", import.meta.url));
  const child = fork(file, [plugin, JSON.stringify(settings)], { execArgv: ["--expose-gc"] });
  const exited = once(child, "exit");
  const [cost]: Cost[] = await once(child, "message", { signal: AbortSignal.timeout(30_000) });
  child.disconnect();
  await exited;
  if (cost?.state === "live") return cost;
  throw new Error(`${plugin} is ${cost?.state}: ${cost?.failure}`);
}
