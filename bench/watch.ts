import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, watch as watchRaw } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { watch as watchChokidar } from "chokidar";
import { watchPaths } from "../core/lifecycle/watcher.ts";
import { type BenchResult, toMarkdown } from "./support/report.ts";
import type { Saving } from "./support/saver.ts";
import { median, quantile, rounded } from "./support/statistics.ts";
import { now } from "./support/subject.ts";
import { createWorkspace, type Workspace } from "./support/workspace.ts";

type StartWatching = (folder: string, onEvent: () => void) => Promise<() => unknown>;

const watchers: Record<string, StartWatching> = {
  "raw fs.watch event: the limit": async (folder, onEvent) => {
    const watcher = watchRaw(`${folder}/echo`, onEvent);
    return () => watcher.close();
  },
  "hookline's watcher": async (folder, onEvent) => {
    const watcher = watchPaths({ paths: [folder], onEvent, onError: fail });
    await watcher.ready;
    return () => watcher.close();
  },
  "chokidar alone": async (folder, onEvent) => {
    const watcher = watchChokidar(folder, { ignoreInitial: true }).on("all", onEvent).on("error", fail);
    await once(watcher, "ready");
    return () => watcher.close();
  },
};

const cases = [
  { what: "one save", apart: 0, saves: 1 },
  { what: "the second of two saves, 20 ms apart", apart: 20, saves: 2 },
];

/**
 * How long it takes from a save, by another process, to the first event at which the file holds what was saved. All watchers take
 * turns, so that a slow moment of the machine meets them all.
 */
export async function run({ rounds = 150 } = {}): Promise<BenchResult> {
  const saver = fork(fileURLToPath(new URL("./support/saver.ts", import.meta.url)));
  const opened = await Promise.all(Object.entries(watchers).map(([name, start]) => open(name, start)));
  const times = new Map<string, number[]>();
  try {
    for (let round = -5; round < rounds; round++) {
      for (const { what, apart, saves } of cases) {
        for (const { name, place, told } of opened) {
          const texts = Array.from({ length: saves }, (_, save) => `export const version = "${round}.${save}";\n`);
          // Longer than the 50 ms for which chokidar keeps a change back, and never in step with anything.
          await pause(120 + 40 * Math.random());
          const latency = await save(saver, { file: place.path("echo/index.ts"), texts, apart }, told);
          // The first rounds warm up.
          if (round >= 0) times.set(`${name}\n${what}`, [...(times.get(`${name}\n${what}`) ?? []), latency]);
        }
      }
    }
  } finally {
    saver.kill();
    for (const { close } of opened) await close();
  }
  return resultOf(times);
}

async function open(name: string, start: StartWatching) {
  const place: Workspace = createWorkspace();
  place.write("echo/index.ts", "");
  let look = () => {};
  const stop = await start(place.folder, () => look());
  /** Resolves with the time of the first event at which the file holds this text. */
  const told = (file: string, text: string) =>
    new Promise<number>((resolve) => {
      look = () => {
        const at = now();
        if (readFileSync(file, "utf8") === text) resolve(at);
      };
    });
  const close = async () => {
    await stop();
    place.close();
  };
  return { name, place, told, close };
}

async function save(saver: ChildProcess, saving: Saving, told: (file: string, text: string) => Promise<number>): Promise<number> {
  const at = told(saving.file, saving.texts.at(-1) ?? "");
  const saved = once(saver, "message");
  saver.send(saving);
  const [[savedAt], seenAt] = await Promise.all([saved, at]);
  return seenAt - savedAt;
}

function resultOf(times: ReadonlyMap<string, readonly number[]>): BenchResult {
  const [limit = []] = times.values();
  const rows = cases.flatMap(({ what }) =>
    Object.keys(watchers).map((name) => {
      const measured = times.get(`${name}\n${what}`) ?? [];
      const p50 = quantile(measured, 0.5);
      return {
        what,
        watcher: name,
        saves: measured.length,
        p50: rounded(p50),
        p99: rounded(quantile(measured, 0.99)),
        "÷ raw event": rounded(p50 / median(limit)),
      };
    }),
  );
  return { title: "Watching: from a save to the event that tells of it, in milliseconds", rows };
}

function fail(error: unknown): never {
  throw error;
}

if (import.meta.main) console.log(toMarkdown(await run({ rounds: Number(process.argv[2] ?? 150) })));
