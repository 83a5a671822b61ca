import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Report } from "./subjects/serve.ts";

/** A program under test in a process of its own. */
export interface Subject {
  /** Has it call until `version` answers; resolves when it has begun. */
  call(version: number): Promise<void>;
  /** When the version that was asked for last answered, in milliseconds of `now()`; undefined when it has not after `patience` ms. */
  live(patience?: number): Promise<{ at: number; calls: number; failed: number } | undefined>;
  close(): Promise<void>;
}

/** Milliseconds of the monotonic clock that all processes of the machine share. */
export function now(): number {
  return milliseconds(process.hrtime.bigint());
}

/** Starts `subjects/<program>`; resolves when it is up. */
export async function startSubject(
  program: string,
  args: readonly string[],
  options: { cwd?: string; execArgv?: string[] } = {},
): Promise<Subject> {
  const file = fileURLToPath(new URL(`./subjects/${program}`, import.meta.url));
  const child = fork(file, args, { ...options, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const reports = reportsOf(child);
  await reports.next((report) => "ready" in report);
  let asked = 0;
  return {
    async call(version) {
      asked = version;
      const calling = reports.next((report) => "calling" in report);
      child.send({ until: version });
      await calling;
    },
    async live(patience = 10_000) {
      const report = await reports.next((report) => "live" in report && report.live === asked, patience);
      if (!report || !("live" in report)) {
        child.send({ until: 0 });
        return undefined;
      }
      return { at: milliseconds(BigInt(report.at)), calls: report.calls, failed: report.failed };
    },
    async close() {
      const exited = once(child, "exit");
      child.kill();
      await exited;
    },
  };
}

function milliseconds(nanoseconds: bigint): number {
  return Number(nanoseconds) / 1e6;
}

/** The reports of a child, none lost between two questions. Rejects when the child ends instead. */
function reportsOf(child: ChildProcess) {
  const unread: Report[] = [];
  let look = () => {};
  let failure: Error | undefined;
  child.on("message", (report: Report) => {
    unread.push(report);
    look();
  });
  child.on("exit", (code, signal) => {
    failure = new Error(`${child.spawnargs.slice(1).join(" ")} ended with ${code ?? signal}`);
    look();
  });
  return {
    next(wanted: (report: Report) => boolean, patience?: number): Promise<Report | undefined> {
      return new Promise((resolve, reject) => {
        const timer = patience === undefined ? undefined : setTimeout(() => resolve(undefined), patience);
        look = () => {
          const index = unread.findIndex(wanted);
          if (index < 0 && !failure) return;
          clearTimeout(timer);
          if (index < 0) return reject(failure);
          const [found] = unread.splice(0, index + 1).slice(-1);
          resolve(found);
        };
        look();
      });
    },
  };
}
