import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { peerHosts, peerTitle } from "./peerHosts.ts";
import type { BenchResult } from "./report.ts";
import { median, rounded } from "./statistics.ts";

interface Cost {
  ms: number;
  rss: number;
  heap: number;
  /** From the start of the process until it is imported. */
  up: number;
}

/** Imports `hookline` and its peers, each in a fresh process, in turns. */
export async function importCosts(rounds: number): Promise<BenchResult> {
  const peers = peerHosts();
  const inPeers = (...path: string[]) => pathToFileURL(join(peers, "node_modules", ...path)).href;
  const modules = new Map([
    ["nothing", ""],
    ["hookline", import.meta.resolve("hookline")],
    [peerTitle("hookable"), inPeers("hookable", "dist", "index.mjs")],
    [peerTitle("tapable"), inPeers("tapable", "lib", "index.js")],
    [peerTitle("moleculer"), inPeers("moleculer", "index.js")],
    [peerTitle("koishi"), inPeers("koishi", "lib", "index.cjs")],
  ]);
  const costs = new Map<string, Cost[]>([...modules.keys()].map((what) => [what, []]));
  for (let round = -1; round < rounds; round++) {
    for (const [what, address] of modules) {
      const cost = await importOnce(address);
      // The first round fills the cache of the file system.
      if (round >= 0) costs.get(what)?.push(cost);
    }
  }
  const middleOf = (what: string, pick: (cost: Cost) => number) => median((costs.get(what) ?? []).map(pick));
  const ours = middleOf("hookline", ({ ms }) => ms);
  return {
    title: "Import: time and memory",
    rows: [...modules.keys()].map((what) => ({
      what,
      "import ms": rounded(middleOf(what, ({ ms }) => ms)),
      "÷ hookline": rounded(middleOf(what, ({ ms }) => ms) / ours),
      "process up ms": rounded(middleOf(what, ({ up }) => up)),
      "heap MB": rounded((middleOf(what, ({ heap }) => heap) - middleOf("nothing", ({ heap }) => heap)) / 2 ** 20),
      "resident MB": rounded((middleOf(what, ({ rss }) => rss) - middleOf("nothing", ({ rss }) => rss)) / 2 ** 20),
    })),
    notes: [
      `Median of ${rounds} processes each, in turns; memory is what the import added, after a collection.`,
      "hookable and tapable are engines only; moleculer and Koishi are hosts as Hookline is. The engine alone is not a part that can be imported by itself.",
    ],
  };
}

async function importOnce(address: string): Promise<Cost> {
  const file = fileURLToPath(new URL("./subjects/importOnly.cjs", import.meta.url));
  const child = fork(file, [address], { execArgv: ["--expose-gc"] });
  const exited = once(child, "exit");
  const [cost]: Cost[] = await once(child, "message", { signal: AbortSignal.timeout(30_000) });
  child.disconnect();
  await exited;
  if (!cost) throw new Error(`${address} said nothing`);
  return cost;
}
