import { setTimeout as pause } from "node:timers/promises";
import { type Loaded, openLoaded } from "./support/loaded.ts";
import { brokenVersions, hooklinePlugins, koishiPlugin, moleculerService } from "./support/loadPlugins.ts";
import { peerHosts, peerTitle } from "./support/peerHosts.ts";
import type { BenchResult } from "./support/report.ts";
import { median, quantile, rounded } from "./support/statistics.ts";
import type { LoadFigures } from "./support/subjects/serveLoad.ts";

const callers = 16;

/** What calls see while plugins are saved, broken and mended under them: nothing, is the goal. */
export async function run({ reloads = 220, broken = 20, peerReloads = 20 } = {}): Promise<BenchResult> {
  const peers = peerHosts();
  const hookline = await openLoaded("hooklineLoad.ts", hooklinePlugins, (folder) => [`${folder}/hookline.yml`]);
  const koishi = await openLoaded("koishi.cjs", koishiPlugin, () => [peers, "koishi.yml", "./serveLoad.ts"]);
  const service = await openLoaded("moleculer.cjs", moleculerService, (folder) => [peers, folder, "./serveLoad.ts"]);
  try {
    return {
      title: `Reload under load: ${callers} callers call without pause while files are saved, broken and mended`,
      rows: [
        await measure("hookline", hookline, { reloads, broken, settings: 40, says: true }),
        await measure(peerTitle("koishi"), koishi, { reloads: peerReloads, broken: peerReloads / 10, settings: 0, says: false }),
        await measure(peerTitle("moleculer"), service, {
          reloads: peerReloads,
          broken: peerReloads / 10,
          settings: 0,
          says: false,
        }),
      ],
      notes: [
        "A call is mixed when the versions in its answer differ: of the handler's file, of a helper, of a module imported in the middle of the call, of another plugin's hooks before and after the call, and of the settings for one generation.",
        "The peers reload more slowly, so they get fewer reloads; their settings are not changed.",
      ],
    };
  } finally {
    await Promise.all([hookline.close(), koishi.close(), service.close()]);
  }
}

interface Plan {
  reloads: number;
  broken: number;
  /** How many of the reloads are changes of the settings. */
  settings: number;
  /** It says when it has refused a version. */
  says: boolean;
}

async function measure(what: string, loaded: Loaded, plan: Plan): Promise<Record<string, string | number>> {
  await quiet(loaded, 1_000);
  const before = await quiet(loaded, 3_000);
  await loaded.begin(callers);
  await change(loaded, plan);
  const { figures: during, counts } = await loaded.end();
  const after = await quiet(loaded, 3_000);
  const calm = [...before.times, ...after.times];
  return {
    what,
    calls: during.calls,
    reloads: plan.reloads,
    broken: plan.broken,
    failed: during.failed,
    mixed: during.mixed + counts.mixedAfter,
    "used after dispose": counts.usedAfterDispose,
    "old ones not disposed": counts.setups - counts.disposed - loaded.live,
    "p50 ms": rounded(median(during.times)),
    "p99 ms": rounded(quantile(during.times, 0.99)),
    "p99 without reloads": rounded(quantile(calm, 0.99)),
    ratio: rounded(quantile(during.times, 0.99) / quantile(calm, 0.99)),
  };
}

async function quiet(loaded: Loaded, ms: number): Promise<LoadFigures> {
  await loaded.begin(callers);
  await pause(ms);
  return (await loaded.end()).figures;
}

/** Saves one change after the other: the next when the one before answers, or is known to be refused. */
async function change(loaded: Loaded, { reloads, broken, settings, says }: Plan): Promise<void> {
  let version = 0;
  for (let n = 0; n < reloads; n++) {
    version += 1;
    const isBroken = isOneOf(n, broken, reloads);
    if (isBroken) {
      const refused = says ? loaded.refused() : pause(700);
      // A peer may end with its process when a file is empty or an import is missing.
      const kinds = says ? brokenVersions : brokenVersions.slice(0, 2);
      loaded.saveBroken(kinds[n % kinds.length]?.(version) ?? "");
      await refused;
    }
    loaded.save(version, !isBroken && isOneOf(n + 2, settings, reloads) ? "settings" : "code");
    await loaded.answersWith(version);
    await pause(30 * Math.random());
  }
}

/** True for `count` of the `all` numbers, evenly. */
function isOneOf(n: number, count: number, all: number): boolean {
  return Math.floor(((n + 1) * count) / all) > Math.floor((n * count) / all);
}
