const first = 200;
const longest = 30_000;

/** How long to wait before the `n`th retry (from 1), in milliseconds: exponential with full jitter, or what the platform asked for. */
export function backoff(n: number, { retryAfter, random }: { retryAfter: number | undefined; random: () => number }): number {
  if (retryAfter !== undefined) return retryAfter;
  return Math.round(random() * Math.min(longest, first * 2 ** (n - 1)));
}
