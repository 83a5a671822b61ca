/** How the implementations of a vector are written; every vector must hold in all of them. */
export const mixtures = ["sync", "async", "mixed"] as const;

/** One of them. */
export type Mixture = (typeof mixtures)[number];

/** Settles after a few turns of the microtask queue, a different number each time, or at once, as the mixture says. */
export function createPace(mixture: Mixture) {
  let count = 0;
  return function pace<T>(make: () => T): T | Promise<T> {
    count += 1;
    const isAsync = mixture === "async" || (mixture === "mixed" && count % 2 === 0);
    return isAsync ? later(count % 4, make) : make();
  };
}

async function later<T>(turns: number, make: () => T): Promise<T> {
  for (let turn = 0; turn <= turns; turn++) await undefined;
  return make();
}
