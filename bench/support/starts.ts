import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { hooklineMany, koishiMany, type ManyPlugins, moleculerMany, nativeMany } from "./manyPlugins.ts";
import { peerHosts, peerTitle } from "./peerHosts.ts";
import type { BenchResult } from "./report.ts";
import { median, rounded } from "./statistics.ts";
import type { StartReport } from "./subjects/serveStart.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

interface Starter {
  what: string;
  many: ManyPlugins;
  program: string;
  args(place: Workspace): string[];
}

/** How long a process takes until so many plugins are up and the last one answers, and what memory it then holds. */
export async function starts(sizes: readonly number[], rounds: number): Promise<BenchResult[]> {
  const peers = peerHosts();
  const server = "./serveStart.ts";
  const starters: Starter[] = [
    { what: "hookline", many: hooklineMany, program: "hooklineMany.ts", args: (place) => [place.path("hookline.yml"), server] },
    { what: "import() of .mjs", many: nativeMany, program: "nativeMany.ts", args: (place) => [place.folder, server] },
    { what: peerTitle("koishi"), many: koishiMany, program: "koishi.cjs", args: () => [peers, "koishi.yml", server] },
    {
      what: peerTitle("moleculer"),
      many: moleculerMany,
      program: "moleculer.cjs",
      args: (place) => [peers, place.path("plugins"), server],
    },
  ];
  const found = new Map<string, StartReport[]>();
  for (const plugins of sizes) {
    const places = starters.map((starter) => ({ starter, place: placeFor(starter, plugins) }));
    for (let round = 0; round < rounds; round++) {
      for (const { starter, place } of places) {
        const key = `${starter.what} ${plugins}`;
        found.set(key, [...(found.get(key) ?? []), await start(starter, place, plugins)]);
      }
    }
    for (const { place } of places) place.close();
  }
  const table = (title: string, unit: string, pick: (report: StartReport) => number, notes: string[]): BenchResult => ({
    title,
    rows: starters.map(({ what }) => {
      const middle = (who: string, plugins: number) => median((found.get(`${who} ${plugins}`) ?? []).map(pick));
      const values = sizes.map((plugins) => middle(what, plugins));
      const ratios = sizes.map((plugins, index) => (values[index] ?? 0) / middle("hookline", plugins));
      const [few = 0, many = 0] = [values[0], values.at(-1)];
      const columns = sizes.map((plugins, index) => [
        `${plugins.toLocaleString("en")} plugin${plugins === 1 ? "" : "s"}`,
        rounded(values[index] ?? 0),
      ]);
      return {
        what,
        ...Object.fromEntries(columns),
        [`${unit} for each more`]: rounded((many - few) / ((sizes.at(-1) ?? 1) - (sizes[0] ?? 0))),
        "÷ hookline": ratios.map(rounded).join(", "),
      };
    }),
    notes,
  });
  const note = `One file for each plugin; Hookline's is TypeScript with a manifest, the peers' is JavaScript. Median of ${rounds} processes each, in turns.`;
  return [
    table("Start-up: from the start of the process until the last plugin answers, in milliseconds", "ms", ({ ms }) => ms, [note]),
    table("Memory of that process (resident, after a collection), in megabytes", "MB", ({ rss }) => rss / 2 ** 20, [note]),
    table("Heap of that process (in use, after a collection), in megabytes", "MB", ({ heap }) => heap / 2 ** 20, [note]),
  ];
}

function placeFor({ many }: Starter, plugins: number): Workspace {
  const place = createWorkspace();
  for (const file of [...many.files(plugins, 0, 0), ...many.setting(plugins)]) place.write(...file);
  return place;
}

async function start({ program, args }: Starter, place: Workspace, plugins: number): Promise<StartReport> {
  const file = fileURLToPath(new URL(`./subjects/${program}`, import.meta.url));
  const env = { ...process.env, PLUGINS: String(plugins) };
  const child = fork(file, args(place), {
    cwd: place.folder,
    env,
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exited = once(child, "exit");
  const [report]: StartReport[] = await once(child, "message", { signal: AbortSignal.timeout(60_000) });
  await exited;
  if (!report) throw new Error(`${program} said nothing`);
  return report;
}
