import type { Accepts } from "./accepts.ts";
import { casesOf } from "./casesOf.ts";
import type { Effort } from "./effort.ts";
import { type Facts, factsOf, itemAt, valueAt } from "./facts.ts";
import { keyOf } from "./isEmpty.ts";
import type { IsSubset } from "./isSubset.ts";
import { type JsonValue, jsonText } from "./jsonValue.ts";
import { scalarSamples } from "./scalarSamples.ts";
import type { MakeSchema, Schema } from "./schema.ts";

/** Finds a value that the one schema certainly accepts and the other certainly refuses; undefined when it finds none. */
export type FindCounterexample = (accepted: Schema, refused: Schema) => JsonValue | undefined;

interface Tools {
  make: MakeSchema;
  accepts: Accepts;
  isSubset: IsSubset;
  effort: Effort;
}

type Schemas = readonly Schema[];

const mostBranches = 16;
const mostKept = 6;
const longestList = 40;

/** Makes a search for counterexamples: it builds values at the limits of both schemas, and asks both about each. */
export function createFindCounterexample({ make, accepts, isSubset, effort }: Tools): FindCounterexample {
  const built = new Map<string, readonly JsonValue[]>();
  return (accepted, refused) => breaks([accepted], [refused])[0];

  /** Values that all of `left` accept and one of `right` refuses. */
  function breaks(left: Schemas, right: Schemas): readonly JsonValue[] {
    if (right.every((schema) => isSubset(left, schema))) return [];
    return candidates(left, right)
      .filter((value) => isIn(left, value) && right.some((schema) => accepts(schema, value) === "no"))
      .slice(0, mostKept);
  }

  /** Values that all of `left` accept. */
  function samples(left: Schemas): readonly JsonValue[] {
    return candidates(left, [])
      .filter((value) => isIn(left, value))
      .slice(0, mostKept);
  }

  function isIn(schemas: Schemas, value: JsonValue): boolean {
    return schemas.every((schema) => accepts(schema, value) === "yes");
  }

  /** Values worth asking about. A schema that holds itself adds nothing while it is being built. */
  function candidates(left: Schemas, right: Schemas): readonly JsonValue[] {
    const key = `${keyOf(left)} / ${keyOf(right)}`;
    const known = built.get(key);
    if (known) return known;
    built.set(key, []);
    const found = effort.step<readonly JsonValue[]>([], () => build(left, right));
    built.set(key, found);
    return found;
  }

  function build(left: Schemas, right: Schemas): JsonValue[] {
    const hints = branchesOf(right);
    const found = branchesOf(left).flatMap((facts) => [
      ...scalarSamples(facts, hints),
      ...(facts.types.has("array") ? listCandidates(facts, hints) : []),
      ...(facts.types.has("object") ? objectCandidates(facts, hints) : []),
    ]);
    return [...new Map(found.map((value) => [jsonText(value), value])).values()];
  }

  /** What the schemas say, once for each way to decide their alternatives, up to a limit. */
  function branchesOf(schemas: Schemas): Facts[] {
    const decided: Facts[] = [];
    const waiting: Schemas[] = [schemas];
    for (let next = waiting.shift(); next && decided.length < mostBranches; next = waiting.shift()) {
      const facts = factsOf(next);
      const base = next;
      const cases = casesOf(facts, make);
      if (cases && waiting.length < mostBranches) waiting.push(...cases.map((more) => [...base, ...more]));
      else decided.push(facts);
    }
    return decided;
  }

  function objectCandidates(facts: Facts, hints: readonly Facts[]): JsonValue[] {
    const names = namesOf([facts, ...hints]);
    const at = (name: string) => valueAt(facts, name, make);
    const base: Record<string, JsonValue> = {};
    for (const name of facts.required) {
      const [value] = samples(at(name));
      if (value === undefined) return [];
      Object.assign(base, own(name, value));
    }
    const others = names.filter((name) => !facts.required.has(name)).map((name) => ({ name, value: samples(at(name))[0] }));
    const possible = others.flatMap(({ name, value }) => (value === undefined ? [] : own(name, value)));
    const filled = (size: number): JsonValue =>
      Object.assign({}, base, ...possible.slice(0, Math.max(0, size - Object.keys(base).length)));
    const least: JsonValue = filled(facts.minProperties);
    const sizes = [
      facts.maxProperties,
      ...hints.flatMap((hint) => [hint.minProperties - 1, hint.maxProperties, hint.maxProperties + 1]),
    ];
    return [
      least,
      ...possible.map((one) => Object.assign({}, least, one)),
      ...names.flatMap((name) =>
        differing(
          at(name),
          hints.map((hint) => valueAt(hint, name, make)),
        ).map((value) => Object.assign({}, least, own(name, value))),
      ),
      filled(possible.length + facts.required.size),
      ...sizes.filter((size) => size >= 0 && size < longestList).map(filled),
    ];
  }

  /** Values that one side of the hints refuses. */
  function differing(left: Schemas, rights: readonly Schemas[]): JsonValue[] {
    const unique = new Map(rights.filter((right) => right.length > 0).map((right) => [keyOf(right), right]));
    return [...unique.values()].flatMap((right) => breaks(left, right));
  }

  /** Every key that one of them names, keys that no one names, and keys at the limits of `propertyNames`. */
  function namesOf(all: readonly Facts[]): string[] {
    const named = all.flatMap(({ groups, required }) => [
      ...groups.flatMap(({ properties }) => [...properties.keys()]),
      ...required,
    ]);
    const count = Math.min(
      longestList,
      Math.max(
        2,
        ...all
          .flatMap((one) => [one.minProperties, one.maxProperties])
          .filter(Number.isFinite)
          .map((size) => size + 1),
      ),
    );
    const fresh = Array.from({ length: count }, (_, index) => `other_${index + 1}`);
    const [facts, ...hints] = all.map(({ names }) => names);
    const asNames = differing([make({ types: ["string"] }), ...(facts ?? [])], hints).filter((name) => typeof name === "string");
    const allowed =
      facts && facts.length > 0
        ? samples([make({ types: ["string"] }), ...facts]).filter((name) => typeof name === "string")
        : [];
    return [...new Set([...named, ...asNames, ...allowed, ...fresh])];
  }

  function listCandidates(facts: Facts, hints: readonly Facts[]): JsonValue[] {
    const longest = Math.max(0, ...[facts, ...hints].flatMap(({ items }) => items.map(({ prefix }) => prefix.length)));
    const contained = facts.contains.flatMap(({ item, min }) =>
      Array.from({ length: Math.min(min, longestList) }, () => samples([item])[0]).filter((value) => value !== undefined),
    );
    const ofLength = (length: number, first: readonly JsonValue[] = contained): JsonValue[] | undefined =>
      filledList(facts, first, length);
    const lengths = [facts, ...hints].flatMap(({ minItems, maxItems, contains }) => [
      minItems - 1,
      minItems,
      maxItems,
      maxItems + 1,
      ...contains.flatMap(({ min, max = min }) => [min - 1, max + 1]),
    ]);
    const lists = [0, 1, 2, ...lengths]
      .filter((length) => length >= 0 && length < longestList)
      .map((length) => ofLength(Math.max(length, facts.minItems)));
    const positions = Array.from({ length: Math.min(longest, longestList) + 1 }, (_, index) => index);
    const changed = positions.flatMap((index) =>
      differing(
        itemAt(facts, index),
        hints.map((hint) => itemAt(hint, index)),
      ).map((value) => {
        const list = ofLength(Math.max(facts.minItems, index + 1));
        return list?.with(index, value);
      }),
    );
    const [item] = samples(itemAt(facts, longest));
    const twins = item === undefined ? [] : [filledList(facts, [item, item], Math.max(2, facts.minItems))];
    const surplus = hints.flatMap(({ contains }) =>
      contains.flatMap(({ item: wanted, max = 0 }) =>
        samples([wanted]).map((value) => Array.from({ length: Math.min(max + 1, longestList) }, () => value)),
      ),
    );
    return [...lists, ...changed, ...twins, ...surplus].filter((list) => list !== undefined);
  }

  /** A list of that length which begins so; undefined when an item has no sample. */
  function filledList(facts: Facts, first: readonly JsonValue[], length: number): JsonValue[] | undefined {
    if (length > longestList * 2) return undefined;
    const list = [...first];
    while (list.length < length) {
      const possible = samples(itemAt(facts, list.length));
      const used = new Set(facts.unique ? list.map(jsonText) : []);
      const next = possible.find((value) => !used.has(jsonText(value)));
      if (next === undefined) return undefined;
      list.push(next);
    }
    return list;
  }
}

/** `{ [name]: value }`, also for a name like `__proto__`. */
function own(name: string, value: JsonValue): { [name: string]: JsonValue } {
  return Object.fromEntries([[name, value]]);
}
