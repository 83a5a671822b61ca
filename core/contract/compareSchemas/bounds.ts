import type { Bound } from "./schema.ts";

/** The tighter of two limits, the first when both are; `direction` is 1 for lower limits and -1 for upper ones. */
export function tighter(a: Bound | undefined, b: Bound | undefined, direction: 1 | -1): Bound | undefined {
  if (!a || !b) return a ?? b;
  if (a.value === b.value) return b.exclusive && !a.exclusive ? b : a;
  return direction * (a.value - b.value) > 0 ? a : b;
}

/** The same limit for whole numbers, as one that they can reach: more than 1.5 is 2 or more. */
export function wholeBound(bound: Bound, direction: 1 | -1): Bound {
  const reached = direction * Math.ceil(direction * bound.value);
  return { value: bound.exclusive && reached === bound.value ? reached + direction : reached, exclusive: false };
}
