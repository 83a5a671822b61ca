/**
 * Where a key falls for a route: a number from 0 up to, not including, 1. The same route and key give the same number always, in
 * every process; other routes deal the same keys anew. FNV-1a with the finalizer of MurmurHash3, whose bits are even.
 */
export function bucketOf(route: string, key: string): number {
  let hash = 0x811c9dc5;
  for (const text of [route, "\u0000", key]) {
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}

/** The arm that a bucket falls to; weights in any unit. */
export function armFor<Arm extends { weight: number }>(arms: readonly Arm[], bucket: number): Arm | undefined {
  const total = arms.reduce((sum, { weight }) => sum + weight, 0);
  let edge = 0;
  for (const arm of arms) {
    edge += arm.weight / total;
    if (bucket < edge) return arm;
  }
  // The weights may add up to a hair less than 1.
  return arms.findLast(({ weight }) => weight > 0);
}

/** True when a bucket is within the percent of a rollout: raising it never moves anyone out. */
export function isInRollout(bucket: number, percent: number): boolean {
  return bucket * 100 < percent;
}
