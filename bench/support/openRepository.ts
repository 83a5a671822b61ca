import { execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { ManyPlugins } from "./manyPlugins.ts";
import { now } from "./subject.ts";
import type { CheckoutMessage, CheckoutReport } from "./subjects/serveCheckout.ts";
import { createWorkspace, type Workspace } from "./workspace.ts";

/** A git repository of plugins, and a host in a process of its own that watches it. */
export interface Repository {
  /** What was seen so far: how long git took, and how long after it the last plugin answered with the new version. */
  readonly checkouts: (Pick<CheckoutReport, "calls" | "torn" | "failed"> & { git: number; wait: number })[];
  /** Waits so many milliseconds, then checks the next version out and waits until all plugins answer with it. */
  checkout(rest?: number): Promise<void>;
  /** How often the plugins were built since the start, all together. */
  builds(): Promise<number>;
  close(): Promise<void>;
}

/** Commits the plugins in so many versions, checks the first one out, and starts the host; resolves when it is up. */
export async function openRepository(
  many: ManyPlugins,
  { plugins, parts, versions }: { plugins: number; parts: number; versions: number },
  program: string,
  args: (place: Workspace) => string[],
): Promise<Repository> {
  const place = createWorkspace();
  const identity = ["-c", "user.name=bench", "-c", "user.email=bench@example.org"];
  const git = (...words: string[]) => execFileSync("git", [...identity, ...words], { cwd: place.folder, stdio: "ignore" });
  git("init", "--quiet");
  for (let version = 0; version <= versions; version++) {
    for (const file of [...many.files(plugins, parts, version), ...many.setting(plugins)]) place.write(...file);
    git("add", "--all");
    git("commit", "--quiet", "--no-gpg-sign", "--message", `version ${version}`);
    git("tag", `v${version}`);
  }
  git("checkout", "--quiet", "v0");

  const file = fileURLToPath(new URL(`./subjects/${program}`, import.meta.url));
  const child = fork(file, args(place), { cwd: place.folder, stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const told = async <Message>(pick: (message: CheckoutMessage) => Message | undefined): Promise<Message> => {
    for (;;) {
      const [message]: CheckoutMessage[] = await once(child, "message", { signal: AbortSignal.timeout(30_000) });
      const picked = message && pick(message);
      if (picked !== undefined) return picked;
    }
  };
  const checkouts: Repository["checkouts"] = [];
  let version = 0;
  await told((message) => ("ready" in message ? true : undefined));

  return {
    checkouts,
    async checkout(rest = 500) {
      version += 1;
      await pause(rest);
      const calling = told((message) => ("calling" in message ? true : undefined));
      child.send({ until: version, plugins });
      await calling;
      const live = told((message) => ("checkout" in message ? message.checkout : undefined));
      const began = now();
      git("checkout", "--quiet", `v${version}`);
      const ended = now();
      const { at, calls, torn, failed } = await live;
      checkouts.push({ calls, torn, failed, git: ended - began, wait: Number(BigInt(at)) / 1e6 - ended });
    },
    async builds() {
      await pause(500);
      const counted = told((message) => ("builds" in message ? message.builds : undefined));
      child.send({ builds: true });
      return Object.values(await counted).reduce((sum, count) => sum + count - 1, 0);
    },
    async close() {
      const exited = once(child, "exit");
      child.kill();
      await exited;
      place.close();
    },
  };
}
