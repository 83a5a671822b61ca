import { type Facts, valueAt } from "./facts.ts";
import type { InnerSamples } from "./findCounterexample.ts";
import type { JsonValue } from "./jsonValue.ts";
import type { MakeSchema } from "./schema.ts";

type JsonObject = { readonly [key: string]: JsonValue };

const mostKeys = 40;

/** Makes objects that the facts may allow and the hints may not: with as little as is required, and one thing different in each. */
export function createObjectSamples({ samples, differing }: InnerSamples, make: MakeSchema) {
  return function* objectSamples(facts: Facts, hints: readonly Facts[]): Generator<JsonValue> {
    const required: JsonObject[] = [];
    for (const name of facts.required) {
      const [value] = samples(valueAt(facts, name, make));
      if (value === undefined) return;
      required.push(only(name, value));
    }
    const names = namesOf(facts, hints);
    const others = names.filter((name) => !facts.required.has(name));
    const possible = others.flatMap((name) =>
      samples(valueAt(facts, name, make))
        .slice(0, 1)
        .map((value) => only(name, value)),
    );
    const ofSize = (size: number): JsonObject =>
      Object.assign({}, ...required, ...possible.slice(0, Math.max(0, size - required.length)));
    const least = ofSize(facts.minProperties);

    yield least;
    for (const name of names) {
      const wanted = hints.map((hint) => valueAt(hint, name, make));
      for (const value of differing(valueAt(facts, name, make), wanted)) yield { ...least, ...only(name, value) };
    }
    for (const one of possible) yield { ...least, ...one };
    yield ofSize(names.length);
    for (const { minProperties, maxProperties } of [facts, ...hints]) {
      for (const size of [minProperties - 1, maxProperties, maxProperties + 1])
        if (size >= 0 && size <= mostKeys) yield ofSize(size);
    }
  };

  /** Every key that one of them names, keys at the limits of `propertyNames`, and keys that no one names. */
  function namesOf(facts: Facts, hints: readonly Facts[]): string[] {
    const all = [facts, ...hints];
    const named = all.flatMap(({ groups, required }) => [
      ...groups.flatMap(({ properties }) => [...properties.keys()]),
      ...required,
    ]);
    const texts = [make({ types: ["string"] }), ...facts.names];
    const limited = facts.names.length > 0 ? samples(texts) : [];
    const refused = differing(
      texts,
      hints.map((hint) => hint.names),
    );
    const sizes = all.flatMap(({ minProperties, maxProperties }) => [minProperties, maxProperties]).filter(Number.isFinite);
    const fresh = Array.from({ length: Math.min(mostKeys, 2 + Math.max(...sizes)) }, (_, index) => `other_${index + 1}`);
    const asNames = [...refused, ...limited].filter((name) => typeof name === "string");
    return [...new Set([...named, ...asNames, ...fresh])];
  }
}

/** An object with one key, also when that is `__proto__`. */
function only(name: string, value: JsonValue): JsonObject {
  return Object.fromEntries([[name, value]]);
}
