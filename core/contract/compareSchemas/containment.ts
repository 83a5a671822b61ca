import type { Accepts } from "./accepts.ts";
import { type Facts, itemAt, type PropertyGroup, propertyGroupOf, valueAt } from "./facts.ts";
import type { IsEmpty } from "./isEmpty.ts";
import type { IsSubset } from "./isSubset.ts";
import type { Containing, MakeSchema, Rules, Schema } from "./schema.ts";
import { patternMatches } from "./textMatches.ts";

/** What the inside of a value proves about the value. */
export interface Containment {
  /** True when every array that the facts allow keeps the rules for arrays. */
  impliesList(facts: Facts, rules: Rules): boolean;
  /** True when every object that the facts allow keeps the rules for objects. */
  impliesObject(facts: Facts, rules: Rules): boolean;
}

/** What the proof of a value needs of the proof of its parts: `isInnerSubset` goes one level into the value. */
interface Proofs {
  isEmpty: IsEmpty;
  isInnerSubset: IsSubset;
}

/** Makes the part of the proof that looks inside arrays and objects. */
export function createContainment(make: MakeSchema, accepts: Accepts, { isEmpty, isInnerSubset }: Proofs): Containment {
  return { impliesList, impliesObject };

  function impliesList(facts: Facts, rules: Rules): boolean {
    if (!facts.types.has("array")) return true;
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, unique, contains } = rules;
    return (
      facts.minItems >= minItems &&
      facts.maxItems <= maxItems &&
      (!unique || facts.unique || facts.maxItems <= 1) &&
      impliesItems(facts, rules) &&
      (!contains || impliesContains(facts, contains))
    );
  }

  function impliesItems(facts: Facts, { prefix = [], rest }: Rules): boolean {
    // From here on both sides hold all items to the same.
    const settled = Math.max(prefix.length, ...facts.items.map((group) => group.prefix.length));
    return Array.from({ length: settled + 1 }, (_, index) => index).every((index) => {
      const wanted = prefix[index] ?? rest;
      return !wanted || index >= facts.maxItems || isInnerSubset(itemAt(facts, index), wanted);
    });
  }

  function impliesContains(facts: Facts, { item, min, max = Number.POSITIVE_INFINITY }: Containing): boolean {
    const hasEnough =
      min === 0 ||
      facts.contains.some((known) => known.min >= min && isInnerSubset([known.item], item)) ||
      (facts.minItems >= min && impliesItems(facts, { rest: item }));
    const hasNoneTooMany =
      facts.maxItems <= max ||
      facts.contains.some((known) => (known.max ?? Number.POSITIVE_INFINITY) <= max && isInnerSubset([item], known.item));
    return hasEnough && hasNoneTooMany;
  }

  function impliesObject(facts: Facts, rules: Rules): boolean {
    if (!facts.types.has("object")) return true;
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY, required = [], names } = rules;
    const group = propertyGroupOf(rules);
    return (
      required.every((name) => facts.required.has(name)) &&
      Math.max(facts.minProperties, facts.required.size) >= minProperties &&
      Math.min(facts.maxProperties, closedNames(facts)?.length ?? Number.POSITIVE_INFINITY) <= maxProperties &&
      (!names || impliesNames(facts, names)) &&
      (!group || impliesGroup(facts, group))
    );
  }

  function impliesNames(facts: Facts, names: Schema): boolean {
    if (closedNames(facts)?.every((name) => accepts(names, name) === "yes")) return true;
    return isInnerSubset([make({ types: ["string"] }), ...facts.names], names);
  }

  /** The keys that can be there at all, when the facts allow no others. */
  function closedNames(facts: Facts): string[] | undefined {
    const closed = facts.groups.find(({ patterns, additional }) => patterns.length === 0 && additional && isEmpty([additional]));
    return closed && [...closed.properties.keys()].filter((name) => !isEmpty(valueAt(facts, name, make)));
  }

  function impliesGroup(facts: Facts, group: PropertyGroup): boolean {
    const { properties, patterns, additional } = group;
    const named = new Set([...properties.keys(), ...facts.groups.flatMap((known) => [...known.properties.keys()])]);
    const fails = patterns.map(([pattern]) => pattern);
    return (
      [...named].every((name) => impliesProperty(facts, group, name)) &&
      patterns.every(([holds, schema]) => isInnerSubset(valueAt(facts, undefined, make, { holds }), schema)) &&
      (!additional || isInnerSubset(valueAt(facts, undefined, make, { fails }), additional))
    );
  }

  /** Which patterns a name matches is not always known: then it has to fit either way. */
  function impliesProperty(facts: Facts, { properties, patterns, additional }: PropertyGroup, name: string): boolean {
    if (isEmpty(valueAt(facts, name, make))) return true;
    const own = properties.get(name);
    if (own && !isInnerSubset(valueAt(facts, name, make), own)) return false;
    const possible = patterns.filter(([pattern]) => patternMatches(pattern, name) !== "no");
    if (!possible.every(([holds, schema]) => isInnerSubset(valueAt(facts, name, make, { holds }), schema))) return false;
    if (own || !additional || possible.some(([pattern]) => patternMatches(pattern, name) === "yes")) return true;
    return isInnerSubset(valueAt(facts, name, make, { fails: patterns.map(([pattern]) => pattern) }), additional);
  }
}
