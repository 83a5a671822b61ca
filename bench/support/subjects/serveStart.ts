import type { Versions } from "./serveCheckout.ts";

/** What a process needed until its plugins answered. */
export interface StartReport {
  /** From the start of the process, in milliseconds. */
  ms: number;
  rss: number;
  heap: number;
}

const plugins = Number(process.env.PLUGINS);

/** The child's side of the start-up bench: the last plugin answers once, then the process says what it needed, and ends. */
export async function serve(call: (until: number, plugin: number) => Promise<Versions> | Versions): Promise<void> {
  const versions = await call(0, plugins - 1);
  const ms = performance.now();
  globalThis.gc?.({ type: "major", execution: "sync" });
  const { rss, heapUsed } = process.memoryUsage();
  if (versions?.[0] !== 0) throw new Error(`plugin ${plugins - 1} answered ${versions}`);
  process.send?.({ ms, rss, heap: heapUsed } satisfies StartReport, () => process.exit());
}
