import { importCosts } from "./support/importCosts.ts";
import { installCosts } from "./support/installCosts.ts";
import type { BenchResult } from "./support/report.ts";

/** What it costs to have `hookline`: to import it, and to install it. */
export async function run({ rounds = 15 } = {}): Promise<BenchResult[]> {
  return [await importCosts(rounds), installCosts()];
}
