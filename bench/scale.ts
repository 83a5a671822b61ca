import { checkouts } from "./support/checkouts.ts";
import type { BenchResult } from "./support/report.ts";
import { starts } from "./support/starts.ts";

/** Many plugins: one git checkout that changes all of them, and a start-up with 1 to 1,000. */
export async function run({ rounds = 10, startRounds = 5, sizes = [1, 10, 100, 1_000] } = {}): Promise<BenchResult[]> {
  return [await checkouts(rounds), ...(await starts(sizes, startRounds))];
}
