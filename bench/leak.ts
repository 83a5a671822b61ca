import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { configOf, entryOfManyFiles, manifestOf, partFile, pluginOfOneFile } from "./support/pluginCode.ts";
import type { BenchResult } from "./support/report.ts";
import { rounded, slope } from "./support/statistics.ts";
import type { Held, LeakReport } from "./support/subjects/leak.ts";
import { createWorkspace, type Workspace } from "./support/workspace.ts";

/** What is left of a reload: heap for each, after thousands; handles, listeners and inotify watches before and after. */
export async function run({ reloads = 3_000 } = {}): Promise<BenchResult> {
  const rows = [
    rowOf("hookline, 1 file", await measure(reloads, hooklineOneFile)),
    rowOf("hookline, 20 files, one changes", await measure(reloads, hooklineManyFiles)),
    rowOf("import(?t=), 1 file", await measure(reloads, (place) => native(place, 1))),
    // Each of these keeps 200 KB.
    rowOf("import(?t=), 20 files", await measure(Math.ceil(reloads / 10), (place) => native(place, 20))),
  ];
  return {
    title: "What is left of a reload",
    rows,
    notes: [
      "Heap is what is in use after a full collection; the slope is that of the line through all samples but those of the first sixth, which is warm-up.",
      "Goal: at most 1,024 bytes for each reload; handles, listeners and inotify watches the same before and after (the start has six watches and eight handles; import() watches nothing).",
    ],
  };
}

interface Reloader {
  program: string;
  args: string[];
}

async function measure(reloads: number, reloaderIn: (place: Workspace) => Reloader): Promise<Held[]> {
  const place = createWorkspace();
  try {
    return await samples(reloads, reloaderIn(place));
  } finally {
    place.close();
  }
}

function samples(reloads: number, { program, args }: Reloader): Promise<Held[]> {
  const every = Math.max(1, Math.round(reloads / 12));
  const file = (name: string) => fileURLToPath(new URL(`./support/subjects/${name}`, import.meta.url));
  const child = fork(file("leak.ts"), [file(program), String(reloads), String(every), ...args], { execArgv: ["--expose-gc"] });
  const held: Held[] = [];
  return new Promise((resolve, reject) => {
    child.on("message", (report: LeakReport) => {
      if ("held" in report) held.push(report.held);
      else resolve(held);
    });
    child.on("exit", (code) => reject(new Error(`${program} ended with ${code}`)));
  });
}

function rowOf(what: string, held: readonly Held[]): Record<string, string | number> {
  const last = held.at(-1);
  const warm = held.filter(({ reloads }) => reloads * 6 >= (last?.reloads ?? 0));
  const [before, after] = [warm[0], last];
  if (!before || !after) return { what };
  const bytes = (pick: (one: Held) => number) => slope(warm.map((one) => [one.reloads, pick(one)] as const));
  return {
    what,
    reloads: after.reloads,
    "heap bytes each": rounded(bytes(({ heap }) => heap)),
    "÷ goal of 1,024": rounded(bytes(({ heap }) => heap) / 1_024),
    "rss bytes each": rounded(bytes(({ rss }) => rss)),
    "heap MB before → after": `${megabytes(before.heap)} → ${megabytes(after.heap)}`,
    "handles before → after": `${total(before.handles)} → ${total(after.handles)}`,
    "listeners before → after": `${before.listeners} → ${after.listeners}`,
    "inotify before → after": `${before.inotify} → ${after.inotify}`,
  };
}

function total(handles: Record<string, number>): number {
  return Object.values(handles).reduce((sum, count) => sum + count, 0);
}

function megabytes(bytes: number): string {
  return rounded(bytes / 2 ** 20);
}

// The text of the plugins' sources is cut where the version stands.
const mark = 123_456_789;

function hooklineOneFile(place: Workspace): Reloader {
  place.write("plugins/one/manifest.yml", manifestOf("one"));
  place.write("plugins/one/index.ts", pluginOfOneFile(0));
  return hookline(place, "one", "index.ts", pluginOfOneFile(mark));
}

function hooklineManyFiles(place: Workspace): Reloader {
  place.write("plugins/many/manifest.yml", manifestOf("many"));
  place.write("plugins/many/index.ts", entryOfManyFiles(19));
  for (let part = 0; part < 19; part++) place.write(`plugins/many/part${part}.ts`, partFile(0));
  return hookline(place, "many", "part7.ts", partFile(mark));
}

function hookline(place: Workspace, plugin_id: string, file: string, text: string): Reloader {
  place.write("hookline.yml", configOf([{ plugin_id }]));
  return {
    program: "leakHookline.ts",
    args: [place.path("hookline.yml"), place.path("plugins", plugin_id, file), ...text.split(String(mark))],
  };
}

function native(place: Workspace, parts: number): Reloader {
  for (let part = 0; part < parts; part++) place.write(`part${part}.mjs`, "export const version = 0;\n");
  return { program: "leakNative.ts", args: [place.folder, String(parts)] };
}
