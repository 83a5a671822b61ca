import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import type { Order, Report } from "../gateway/fixtures/provider.ts";

/** A platform in a process of its own, which can be killed and started again in the same place. */
export interface Provider {
  readonly url: string;
  /** Keeps its answers back from now on. */
  hold(): void;
  /** Gives the answers that it keeps back. */
  release(): void;
  /** Resolves when so many requests wait for their answers. */
  holds(count: number): Promise<void>;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  start(): Promise<void>;
  /** The texts of all messages that arrived, killed or not. */
  received(): string[];
}

/** Starts a provider; it ends with the test. */
export async function startProvider(): Promise<Provider> {
  const folder = mkdtempSync(join(tmpdir(), "hookline-provider-"));
  const log = join(folder, "received.txt");
  writeFileSync(log, "");
  let child: ChildProcess | undefined;
  let port = 0;
  let held = 0;
  let look = (): void => undefined;

  async function start(): Promise<void> {
    const program = fileURLToPath(new URL("../gateway/fixtures/provider.ts", import.meta.url));
    held = 0;
    child = fork(program, [String(port), log], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] });
    const { promise, resolve } = Promise.withResolvers<void>();
    child.on("message", (report: Report) => {
      if ("port" in report) {
        port = report.port;
        resolve();
      } else {
        held = report.held;
        look();
      }
    });
    await promise;
  }

  async function kill(): Promise<void> {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  const tell = (order: Order) => void child?.send(order);
  onTestFinished(async () => {
    await kill();
    rmSync(folder, { recursive: true, force: true });
  });
  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    hold: () => tell("hold"),
    release: () => tell("release"),
    holds: (count) =>
      new Promise((resolve) => {
        look = () => {
          if (held >= count) resolve();
        };
        look();
      }),
    kill,
    start,
    received: () => readFileSync(log, "utf8").split("\n").slice(0, -1),
  };
}
