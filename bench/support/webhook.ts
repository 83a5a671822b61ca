import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A receiver of webhooks in a process of its own. */
export interface Webhook {
  readonly url: string;
  /** Ends it as a crash does. */
  kill(): Promise<void>;
  /** Starts it again in the same place; resolves when it listens. */
  start(): Promise<void>;
}

/** Starts a receiver; with a file it writes there what it received. */
export async function startWebhook(log?: string): Promise<Webhook> {
  const program = fileURLToPath(new URL("./subjects/webhook.ts", import.meta.url));
  let child: ChildProcess | undefined;
  let port = 0;

  async function start(): Promise<void> {
    child = fork(program, [String(port), ...(log === undefined ? [] : [log])], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
    const [report]: { port: number }[] = await once(child, "message");
    port = report?.port ?? 0;
  }

  await start();
  return {
    url: `http://127.0.0.1:${port}`,
    start,
    async kill() {
      if (!child) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}
