import { hooklineMany, koishiMany, moleculerMany } from "./manyPlugins.ts";
import { openRepository, type Repository } from "./openRepository.ts";
import { peerHosts, peerTitle } from "./peerHosts.ts";
import type { BenchResult } from "./report.ts";
import { median, rounded } from "./statistics.ts";

const plugins = 20;
const parts = 9;
const goal = 60;

/** Git checks out one commit after the other, each with all files of all plugins changed, while all plugins are called. */
export async function checkouts(rounds: number): Promise<BenchResult> {
  const peers = peerHosts();
  const size = { plugins, parts, versions: rounds };
  const server = "./serveCheckout.ts";
  const hookline = await openRepository(hooklineMany, size, "hooklineMany.ts", (place) => [place.path("hookline.yml"), server]);
  const koishi = await openRepository(koishiMany, size, "koishi.cjs", () => [peers, "koishi.yml", server]);
  const moleculer = await openRepository(moleculerMany, size, "moleculer.cjs", (place) => [peers, place.path("plugins"), server]);
  try {
    for (let round = 1; round <= rounds; round++) {
      // Moleculer looks for what to watch two seconds after a reload, so it gets a turn in three and waits.
      const isLast = round % 3 === 0;
      await hookline.checkout();
      await koishi.checkout();
      if (isLast) await moleculer.checkout(3_000);
    }
    const ours = median(hookline.checkouts.map(({ wait }) => wait));
    return {
      title: `A git checkout of ${plugins * (parts + 1)} files over ${plugins} plugins`,
      rows: [
        await rowOf("hookline", hookline, ours),
        await rowOf(peerTitle("koishi"), koishi, ours),
        await rowOf(peerTitle("moleculer"), moleculer, ours),
      ],
      notes: [
        `"Live" is the first answer of the last plugin; goal: within ${goal} ms after git has ended, one build for each plugin, no torn call. A call is torn when the files of its plugin are of two versions.`,
      ],
    };
  } finally {
    await Promise.all([hookline.close(), koishi.close(), moleculer.close()]);
  }
}

async function rowOf(what: string, repository: Repository, ours: number): Promise<Record<string, string | number>> {
  const { checkouts } = repository;
  const builds = await repository.builds();
  const waits = checkouts.map(({ wait }) => wait);
  const sum = (pick: (one: Repository["checkouts"][number]) => number) => checkouts.reduce((total, one) => total + pick(one), 0);
  return {
    what,
    checkouts: checkouts.length,
    "git takes ms": rounded(median(checkouts.map(({ git }) => git))),
    "all live, ms after git: median": rounded(median(waits)),
    worst: rounded(Math.max(...waits)),
    "÷ hookline": rounded(median(waits) / ours),
    "builds for each plugin": rounded(builds / plugins / checkouts.length),
    calls: sum(({ calls }) => calls),
    torn: sum(({ torn }) => torn),
    failed: sum(({ failed }) => failed),
  };
}
