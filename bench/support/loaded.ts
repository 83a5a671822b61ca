import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadPlugin } from "./loadPlugins.ts";
import type { LoadFigures, LoadOrder, LoadReport, PluginCounts } from "./subjects/serveLoad.ts";
import { createWorkspace } from "./workspace.ts";

/** A host under load in a process of its own, and the files that it watches. */
export interface Loaded {
  /** How many generations are live at the end. */
  live: number;
  begin(callers: number): Promise<void>;
  /** Lets the calls end; what was seen since they began. */
  end(): Promise<{ figures: LoadFigures; counts: PluginCounts }>;
  save(version: number, what: "code" | "settings"): void;
  saveBroken(text: string): void;
  /** Resolves when a call is answered by this version, or a later one. Rejects after ten seconds. */
  answersWith(version: number): Promise<void>;
  /** Resolves when the host says that it refused a version. */
  refused(): Promise<void>;
  close(): Promise<void>;
}

/** Writes the files and starts the host; resolves when it is up. */
export async function openLoaded(program: string, plugin: LoadPlugin, args: (folder: string) => string[]): Promise<Loaded> {
  const place = createWorkspace();
  for (const file of [...plugin.files, plugin.version(0)]) place.write(...file);
  if (plugin.settings) place.write(...plugin.settings(0));
  const child = fork(fileURLToPath(new URL(`./subjects/${program}`, import.meta.url)), args(place.folder), {
    cwd: place.folder,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  let isBroken = false;
  await told(child, (report) => "ready" in report);
  const ask = async (order: LoadOrder, wanted: (report: LoadReport) => boolean) => {
    const answer = told(child, wanted);
    child.send(order);
    return answer;
  };
  return {
    live: plugin.settings ? 2 : 1,
    async begin(callers) {
      await ask({ begin: callers }, (report) => "begun" in report);
    },
    async end() {
      const report = await ask({ end: true }, (report) => "figures" in report);
      if (!("figures" in report)) throw new Error("no figures");
      return report;
    },
    save(version, what) {
      if (isBroken && plugin.breaks) place.write(...plugin.breaks);
      isBroken = false;
      place.write(...(what === "settings" && plugin.settings ? plugin.settings(version) : plugin.version(version)));
    },
    saveBroken(text) {
      isBroken = true;
      place.write((plugin.breaks ?? plugin.version(0))[0], text);
    },
    async answersWith(version) {
      await ask({ until: version }, (report) => "live" in report && report.live === version);
    },
    async refused() {
      await told(child, (report) => "refused" in report);
    },
    async close() {
      const exited = once(child, "exit");
      child.kill();
      await exited;
      place.close();
    },
  };
}

/** The next report of that kind. Rejects when the child ends, or says nothing for ten seconds. */
function told(child: ChildProcess, wanted: (report: LoadReport) => boolean): Promise<LoadReport> {
  return new Promise((resolve, reject) => {
    const done = (error?: Error, report?: LoadReport) => {
      clearTimeout(timer);
      child.off("message", hear);
      child.off("exit", exit);
      if (report) resolve(report);
      else reject(error);
    };
    const hear = (report: LoadReport) => wanted(report) && done(undefined, report);
    const exit = (code: number | null) => done(new Error(`${child.spawnargs.at(1)} ended with ${code}`));
    const timer = setTimeout(() => done(new Error(`${child.spawnargs.at(1)} said nothing for ten seconds`)), 10_000);
    child.on("message", hear);
    child.on("exit", exit);
  });
}
