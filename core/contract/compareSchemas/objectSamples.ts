import { type Facts, valueAt } from "./facts.ts";
import type { InnerSamples } from "./findCounterexample.ts";
import type { JsonValue } from "./jsonValue.ts";
import { samplePattern } from "./samplePattern.ts";
import type { MakeSchema } from "./schema.ts";

/** A key, and a pattern that it is known to match. */
interface Key {
  name: string;
  holds?: string;
}

type JsonObject = { readonly [key: string]: JsonValue };

const mostKeys = 40;

/** Makes objects that the facts may allow and the hints may not: with as little as is required, and one thing different in each. */
export function createObjectSamples({ samples, differing }: InnerSamples, make: MakeSchema) {
  return function* objectSamples(facts: Facts, hints: readonly Facts[]): Generator<JsonValue> {
    const required: JsonObject[] = [];
    for (const name of facts.required) {
      const [value] = at(facts, { name });
      if (value === undefined) return;
      required.push(only(name, value));
    }
    const keys = keysOf(facts, hints);
    const others = keys.filter(({ name }) => !facts.required.has(name));
    const possible = others.flatMap((key) =>
      at(facts, key)
        .slice(0, 1)
        .map((value) => only(key.name, value)),
    );
    const ofSize = (size: number): JsonObject =>
      Object.assign({}, ...required, ...possible.slice(0, Math.max(0, size - required.length)));
    const least = ofSize(facts.minProperties);

    yield least;
    for (const { name, holds } of keys) {
      const wanted = hints.map((hint) => valueAt(hint, name, make, { holds }));
      for (const value of differing(valueAt(facts, name, make, { holds }), wanted)) yield { ...least, ...only(name, value) };
    }
    for (const one of possible) yield { ...least, ...one };
    yield ofSize(keys.length);
    for (const { minProperties, maxProperties } of [facts, ...hints]) {
      for (const size of [minProperties - 1, maxProperties, maxProperties + 1])
        if (size >= 0 && size <= mostKeys) yield ofSize(size);
    }
  };

  function at(facts: Facts, { name, holds }: Key): readonly JsonValue[] {
    return samples(valueAt(facts, name, make, { holds }));
  }

  /** Every key that one of them names, one for each pattern, some at the limits of `propertyNames`, and some that no one names. */
  function keysOf(facts: Facts, hints: readonly Facts[]): Key[] {
    const all = [facts, ...hints];
    const named = all.flatMap(({ groups, required }) => [
      ...groups.flatMap(({ properties }) => [...properties.keys()]),
      ...required,
    ]);
    const patterns = all.flatMap(({ groups }) => groups.flatMap((group) => group.patterns.map(([pattern]) => pattern)));
    const matching = patterns.map((holds) => ({ name: samplePattern(holds, 1), holds }));
    const texts = [make({ types: ["string"] }), ...facts.names];
    const refused = differing(
      texts,
      hints.map(({ names }) => names),
    );
    const limited = facts.names.length > 0 ? samples(texts) : [];
    const sizes = all.flatMap(({ minProperties, maxProperties }) => [minProperties, maxProperties]).filter(Number.isFinite);
    const fresh = Array.from({ length: Math.min(mostKeys, 2 + Math.max(...sizes)) }, (_, index) => `other_${index + 1}`);
    // What nobody names comes first: objects are filled up with it, and it breaks the fewest rules.
    const keys = [...[...fresh, ...named, ...refused, ...limited].map((name) => ({ name })), ...matching];
    const usable = keys.filter((key): key is Key => typeof key.name === "string");
    return [...new Map(usable.map((key) => [key.name, key])).values()];
  }
}

/** An object with one key, also when that is `__proto__`. */
function only(name: string, value: JsonValue): JsonObject {
  return Object.fromEntries([[name, value]]);
}
