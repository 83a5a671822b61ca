import { type Facts, itemAt } from "./facts.ts";
import type { InnerSamples } from "./findCounterexample.ts";
import { type JsonValue, jsonText } from "./jsonValue.ts";

const longest = 40;

/** Makes arrays that the facts may allow and the hints may not: of the lengths at their limits, and with one item different in each. */
export function createListSamples({ samples, differing }: InnerSamples) {
  return function* listSamples(facts: Facts, hints: readonly Facts[]): Generator<JsonValue> {
    const all = [facts, ...hints];
    const contained = facts.contains.flatMap(({ item, min }) => repeated(samples([item])[0], min));
    const lengths = all.flatMap(({ minItems, maxItems }) => [minItems - 1, minItems, maxItems, maxItems + 1]);
    for (const length of new Set([0, 1, 2, ...lengths])) {
      if (length >= facts.minItems && length <= longest) yield* ofLength(facts, contained, length);
    }
    const settled = Math.min(longest, Math.max(0, ...all.flatMap(({ items }) => items.map(({ prefix }) => prefix.length))));
    for (let index = 0; index <= settled; index++) {
      const wanted = hints.map((hint) => itemAt(hint, index));
      for (const value of differing(itemAt(facts, index), wanted)) {
        for (const list of ofLength(facts, contained, Math.max(facts.minItems, index + 1))) yield list.with(index, value);
      }
    }
    yield* ofLength(facts, repeated(samples(itemAt(facts, settled))[0], 2), Math.max(2, facts.minItems));
    const wanted = hints.flatMap(({ contains }) => contains);
    for (const { item, min } of facts.contains) {
      const others = wanted.map((hint) => [hint.item]);
      for (const value of differing([item, ...itemAt(facts, settled)], others))
        yield repeated(value, Math.max(min, facts.minItems));
    }
    for (const { item, max = 0 } of wanted) {
      for (const value of samples([item])) yield repeated(value, max + 1);
    }
  };

  /** A list of that length which begins so; none when an item has no sample. */
  function ofLength(facts: Facts, first: readonly JsonValue[], length: number): JsonValue[][] {
    if (length > longest) return [];
    const list = [...first];
    while (list.length < length) {
      const used = new Set(facts.unique ? list.map(jsonText) : []);
      const next = samples(itemAt(facts, list.length)).find((value) => !used.has(jsonText(value)));
      if (next === undefined) return [];
      list.push(next);
    }
    return [list];
  }
}

function repeated(value: JsonValue | undefined, count: number): JsonValue[] {
  return value === undefined ? [] : Array.from({ length: Math.min(count, longest) }, () => value);
}
