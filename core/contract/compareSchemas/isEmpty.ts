import type { Accepts } from "./accepts.ts";
import { wholeBound } from "./bounds.ts";
import { casesOf } from "./casesOf.ts";
import type { Effort } from "./effort.ts";
import { type Facts, factsOf, itemAt, valueAt } from "./facts.ts";
import type { TypeAtom } from "./jsonValue.ts";
import type { MakeSchema, Schema } from "./schema.ts";

/** True when it is certain that no value satisfies all the schemas. */
export type IsEmpty = (schemas: readonly Schema[]) => boolean;

/** Makes a proof of emptiness; false says only that none was found. */
export function createIsEmpty(make: MakeSchema, accepts: Accepts, effort: Effort): IsEmpty {
  const found = new Map<string, boolean>();
  return isEmpty;

  function isEmpty(schemas: readonly Schema[]): boolean {
    const key = keyOf(schemas);
    const known = found.get(key);
    if (known !== undefined) return known;
    // A schema that holds itself is not known to be empty while that is being found out.
    found.set(key, false);
    const result = effort.step(false, () => prove(schemas));
    found.set(key, result);
    return result;
  }

  function prove(schemas: readonly Schema[]): boolean {
    const facts = factsOf(schemas);
    if (facts.never || facts.types.size === 0) return true;
    if (facts.nots.some((schema) => holdsAnyway(schema, facts))) return true;
    if (facts.values?.every((value) => schemas.some((schema) => accepts(schema, value) === "no"))) return true;
    if ([...facts.types].every((atom) => isImpossible(atom, facts))) return true;
    return casesOf(facts, make)?.every((more) => isEmpty([...schemas, ...more])) ?? false;
  }

  function isImpossible(atom: TypeAtom, facts: Facts): boolean {
    if (atom === "string") return facts.minLength > facts.maxLength;
    if (atom === "integer") return hasNoInteger(facts);
    if (atom === "fraction") return hasNoFraction(facts);
    if (atom === "array") return isImpossibleArray(facts);
    return atom === "object" && isImpossibleObject(facts);
  }

  function isImpossibleArray(facts: Facts): boolean {
    if (facts.minItems > facts.maxItems) return true;
    // Beyond the longest prefix all items are held to the same.
    const distinct = Math.min(facts.minItems, Math.max(0, ...facts.items.map(({ prefix }) => prefix.length)) + 1);
    return Array.from({ length: distinct }, (_, index) => itemAt(facts, index)).some(isEmpty);
  }

  function isImpossibleObject(facts: Facts): boolean {
    if (Math.max(facts.minProperties, facts.required.size) > facts.maxProperties) return true;
    return [...facts.required].some((name) => isEmpty(valueAt(facts, name, make)));
  }
}

/** The same for the same schemas in any order. */
export function keyOf(schemas: readonly Schema[]): string {
  return [...new Set(schemas.map(({ key }) => key))].sort().join(" ");
}

/** True when a schema that must not hold does: it is one of those that hold, or says only of types and keys what they say. */
function holdsAnyway(schema: Schema, { parts, types, required }: Facts): boolean {
  if (parts.has(schema)) return true;
  const { types: allowed, required: needed = [], ...more } = schema.rules;
  if (Object.keys(more).length > 0) return false;
  // `required` says nothing of what is no object.
  const hasNeeded = needed.every((name) => required.has(name)) || !types.has("object");
  return hasNeeded && [...types].every((atom) => allowed?.includes(atom) ?? true);
}

function hasNoInteger({ lower, upper }: Facts): boolean {
  return lower !== undefined && upper !== undefined && wholeBound(lower, 1).value > wholeBound(upper, -1).value;
}

function hasNoFraction({ lower, upper, multiples }: Facts): boolean {
  if (multiples.some(Number.isInteger)) return true;
  if (!lower || !upper) return false;
  return (
    lower.value > upper.value ||
    (lower.value === upper.value && (lower.exclusive || upper.exclusive || Number.isInteger(lower.value)))
  );
}
