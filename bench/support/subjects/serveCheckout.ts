import { setImmediate as nextTurn } from "node:timers/promises";

/** The lowest and the highest version of a plugin's files; undefined when the call failed. */
export type Versions = [low: number, high: number] | undefined;

export type CheckoutOrder = { until: number; plugins: number };

/** When the last of the plugins answered with the new version; what was seen since the version before. */
export interface CheckoutReport {
  live: number;
  at: string;
  calls: number;
  torn: number;
  failed: number;
}

export type CheckoutMessage =
  | { ready: true }
  | { calling: number }
  | { checkout: CheckoutReport }
  | { builds: Record<number, number> };

/** How often the entry of each plugin was evaluated. */
const builds: Record<number, number> = {};
Object.assign(globalThis, { builds });

/** The child's side of the checkout bench: calls all plugins in turn until each answers with the version that was named. */
export function serve(call: (until: number, plugin: number) => Promise<Versions> | Versions): void {
  const tell = (message: CheckoutMessage) => process.send?.(message);
  process.on("message", (order: CheckoutOrder | { builds: true }) => {
    if ("until" in order) void callUntil(order);
    else tell({ builds });
  });
  process.on("disconnect", () => process.exit());
  tell({ ready: true });

  async function callUntil({ until, plugins }: CheckoutOrder): Promise<void> {
    const report = { live: until, at: "", calls: 0, torn: 0, failed: 0 };
    const old = new Set(Array.from({ length: plugins }, (_, plugin) => plugin));
    tell({ calling: until });
    while (old.size > 0) {
      // Those that are live already are called on: they may be torn later.
      for (let plugin = 0; plugin < plugins; plugin++) {
        const versions = await call(until, plugin);
        report.calls += 1;
        if (versions === undefined) report.failed += 1;
        else if (versions[0] !== versions[1]) report.torn += 1;
        else if (versions[0] === until) old.delete(plugin);
        await nextTurn();
      }
    }
    tell({ checkout: { ...report, at: String(process.hrtime.bigint()) } });
  }
}
