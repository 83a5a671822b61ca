import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { hooklineMany, koishiMany, type ManyPlugins, moleculerMany } from "./manyPlugins.ts";
import { peerHosts, peerTitle } from "./peerHosts.ts";
import type { BenchResult } from "./report.ts";
import { median, rounded } from "./statistics.ts";
import { now } from "./subject.ts";
import type { CheckoutMessage, CheckoutReport } from "./subjects/serveCheckout.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

const plugins = 20;
const parts = 9;
const goal = 60;

/** Git checks out one commit after the other, each with all files of all plugins changed, while all plugins are called. */
export async function checkouts(rounds: number): Promise<BenchResult> {
  const peers = peerHosts();
  const rows = [
    await measure("hookline", hooklineMany, rounds, "hooklineMany.ts", (place) => [
      place.path("hookline.yml"),
      "./serveCheckout.ts",
    ]),
    await measure(peerTitle("koishi"), koishiMany, rounds, "koishi.cjs", () => [peers, "koishi.yml", "./serveCheckout.ts"]),
    await measure(peerTitle("moleculer"), moleculerMany, Math.ceil(rounds / 3), "moleculer.cjs", (place) => [
      peers,
      place.path("plugins"),
      "./serveCheckout.ts",
    ]),
  ];
  return {
    title: `A git checkout of ${plugins * (parts + 1)} files over ${plugins} plugins`,
    rows: [
      await measure("hookline", hooklineMany, rounds, "hooklineMany.ts", (place) => [
        place.path("hookline.yml"),
        "./serveCheckout.ts",
      ]),
      await measure(peerTitle("koishi"), koishiMany, rounds, "koishi.cjs", () => [peers, "koishi.yml", "./serveCheckout.ts"]),
      await measure(peerTitle("moleculer"), moleculerMany, Math.ceil(rounds / 3), "moleculer.cjs", (place) => [
        peers,
        place.path("plugins"),
        "./serveCheckout.ts",
      ]),
    ],
    notes: [
      `"Live" is the first answer of the last plugin; goal: within ${goal} ms after git has ended, one build for each plugin, no torn call. A call is torn when the files of its plugin are of two versions.`,
    ],
  };
}

async function measure(
  what: string,
  many: ManyPlugins,
  rounds: number,
  program: string,
  args: (place: Workspace) => string[],
): Promise<Record<string, string | number>> {
  const place = createWorkspace();
  const git = (...words: string[]) =>
    execFileSync("git", ["-c", "user.name=bench", "-c", "user.email=bench@example.org", ...words], {
      cwd: place.folder,
      stdio: "ignore",
    });
  git("init", "--quiet");
  for (let version = 0; version <= rounds; version++) {
    for (const file of [...many.files(plugins, parts, version), ...many.setting(plugins)]) place.write(...file);
    git("add", "--all");
    git("commit", "--quiet", "--no-gpg-sign", "--message", `version ${version}`);
    git("tag", `v${version}`);
  }
  git("checkout", "--quiet", "v0");
  const child = fork(fileURLToPath(new URL(`./subjects/${program}`, import.meta.url)), args(place), {
    cwd: place.folder,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const told = async <Message>(pick: (message: CheckoutMessage) => Message | undefined): Promise<Message> => {
    for (;;) {
      const [message]: CheckoutMessage[] = await once(child, "message", { signal: AbortSignal.timeout(30_000) });
      const picked = message && pick(message);
      if (picked !== undefined) return picked;
    }
  };
  const reports: (CheckoutReport & { began: number; ended: number })[] = [];
  try {
    await told((message) => ("ready" in message ? true : undefined));
    for (let version = 1; version <= rounds; version++) {
      // Moleculer looks for what to watch two seconds after a reload.
      await pause(what.startsWith("moleculer") ? 3_000 : 500);
      const calling = told((message) => ("calling" in message ? true : undefined));
      child.send({ until: version, plugins });
      await calling;
      const report = told((message) => ("checkout" in message ? message.checkout : undefined));
      const began = now();
      git("checkout", "--quiet", `v${version}`);
      const ended = now();
      const live = await report.catch(() => undefined);
      if (live) reports.push({ ...live, began, ended });
      else break;
    }
    await pause(500);
    const counted = told((message) => ("builds" in message ? message.builds : undefined));
    child.send({ builds: true });
    const builds = Object.values(await counted).reduce((sum, count) => sum + count - 1, 0);
    return rowOf(what, reports, builds);
  } finally {
    const exited = once(child, "exit");
    child.kill();
    await exited;
    place.close();
  }
}

function rowOf(what: string, reports: readonly (CheckoutReport & { began: number; ended: number })[], builds: number) {
  const sum = (pick: (report: CheckoutReport) => number) => reports.reduce((total, report) => total + pick(report), 0);
  const waits = reports.map(({ at, ended }) => Number(BigInt(at)) / 1e6 - ended);
  return {
    what,
    checkouts: reports.length,
    "git takes ms": rounded(median(reports.map(({ began, ended }) => ended - began))),
    "all live, ms after git: median": rounded(median(waits)),
    worst: rounded(Math.max(...waits)),
    "builds for each plugin": rounded(builds / plugins / reports.length),
    calls: sum(({ calls }) => calls),
    torn: sum(({ torn }) => torn),
    failed: sum(({ failed }) => failed),
  };
}
