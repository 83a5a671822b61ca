import { createAccepts } from "./accepts.ts";
import { describeChanges } from "./describeChanges.ts";
import { createEffort } from "./effort.ts";
import { createFindCounterexample } from "./findCounterexample.ts";
import { createIsSubset } from "./isSubset.ts";
import { jsonText } from "./jsonValue.ts";
import { readSchema } from "./readSchema.ts";
import { createSchemas, type MakeSchema, type Schema } from "./schema.ts";

/** `unknown` where it cannot be decided; `compatible` and `incompatible` are certain. */
export type Verdict = "compatible" | "incompatible" | "unknown";

/** What a change of a JSON Schema means. */
export interface SchemaComparison {
  /** Is everything that the old schema accepted still accepted? */
  backward: Verdict;
  /** Did the old schema accept everything that the new one accepts? */
  forward: Verdict;
  /** Both. */
  full: Verdict;
  /** One sentence for each change, with its path. */
  changes: string[];
}

const mostParts = 20_000;
const deepest = 150;
const steps = 4_000;

/**
 * Compares two JSON Schemas (2020-12 or draft-07) by the values that they accept. `$ref`s inside each are followed; annotations and
 * `default` never matter. Ends after a bounded effort, however large, deep or cyclic the schemas are, and then says `unknown`.
 */
export function compareSchemas(old: unknown, next: unknown): SchemaComparison {
  if (old === next) return nothingChanged();
  if (isTooLarge(old) || isTooLarge(next)) {
    const reason = `The schemas are too large to compare: more than ${mostParts} parts, or more than ${deepest} levels.`;
    return { backward: "unknown", forward: "unknown", full: "unknown", changes: [reason] };
  }
  if (jsonText(old) === jsonText(next)) return nothingChanged();
  const make = createSchemas();
  const before = readSchema(old, "old", make);
  const after = readSchema(next, "new", make);
  const backward = verdictOf(before, after, make);
  const forward = verdictOf(after, before, make);
  const full = fullVerdict(backward, forward);
  // The same written differently is no change to anybody.
  return full === "compatible" ? nothingChanged() : { backward, forward, full, changes: describeChanges(before, after, make) };
}

function nothingChanged(): SchemaComparison {
  return { backward: "compatible", forward: "compatible", full: "compatible", changes: [] };
}

/** Is every value that `accepted` accepts accepted by `by`? */
function verdictOf(accepted: Schema, by: Schema, make: MakeSchema): Verdict {
  const accepts = createAccepts(createEffort(10 * steps));
  const isSubset = createIsSubset(make, accepts, createEffort(steps));
  if (isSubset([accepted], by)) return "compatible";
  const search = { make, isSubset, accepts: createAccepts(createEffort(50 * steps)), effort: createEffort(steps) };
  const findCounterexample = createFindCounterexample(search);
  return findCounterexample(accepted, by) === undefined ? "unknown" : "incompatible";
}

function fullVerdict(backward: Verdict, forward: Verdict): Verdict {
  if (backward === "incompatible" || forward === "incompatible") return "incompatible";
  return backward === "unknown" || forward === "unknown" ? "unknown" : "compatible";
}

/** Counts without recursion: what is too deep must not end in an overflow here either. */
function isTooLarge(schema: unknown): boolean {
  const waiting = [{ value: schema, depth: 0 }];
  let parts = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { value, depth } = next;
    if (++parts + waiting.length > mostParts || depth > deepest) return true;
    if (typeof value !== "object" || value === null) continue;
    for (const inner of Object.values(value)) waiting.push({ value: inner, depth: depth + 1 });
  }
  return false;
}
