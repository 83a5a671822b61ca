import { tighter } from "./bounds.ts";
import { type JsonValue, jsonText, type TypeAtom, typeAtomOf, typeAtoms } from "./jsonValue.ts";
import type { Bound, Condition, Containing, MakeSchema, Schema } from "./schema.ts";

/** The properties of one schema object: what a key is held to depends on all three. */
export interface PropertyGroup {
  properties: ReadonlyMap<string, Schema>;
  patterns: readonly (readonly [pattern: string, Schema])[];
  additional?: Schema;
}

/** The items of one schema object. */
export interface ItemGroup {
  prefix: readonly Schema[];
  rest?: Schema;
}

/** What several schemas say together of one value, `allOf` and `$ref` followed. */
export interface Facts {
  /** All schemas that hold. */
  parts: ReadonlySet<Schema>;
  never: boolean;
  types: ReadonlySet<TypeAtom>;
  values?: readonly JsonValue[];
  lower?: Bound;
  upper?: Bound;
  multiples: number[];
  minLength: number;
  maxLength: number;
  patterns: Set<string>;
  formats: Set<string>;
  minItems: number;
  maxItems: number;
  unique: boolean;
  items: ItemGroup[];
  contains: Containing[];
  required: Set<string>;
  minProperties: number;
  maxProperties: number;
  groups: PropertyGroup[];
  names: Schema[];
  /** Of each list at least one holds. */
  choices: (readonly Schema[])[];
  nots: Schema[];
  when: Condition[];
  opaque: string[];
}

/** Puts together what the schemas say. */
export function factsOf(schemas: readonly Schema[]): Facts {
  const parts = new Set<Schema>();
  for (const schema of schemas) addParts(schema, parts);
  const facts: Facts = {
    parts,
    never: false,
    types: new Set(),
    multiples: [],
    minLength: 0,
    maxLength: Number.POSITIVE_INFINITY,
    patterns: new Set(),
    formats: new Set(),
    minItems: 0,
    maxItems: Number.POSITIVE_INFINITY,
    unique: false,
    items: [],
    contains: [],
    required: new Set(),
    minProperties: 0,
    maxProperties: Number.POSITIVE_INFINITY,
    groups: [],
    names: [],
    choices: [],
    nots: [],
    when: [],
    opaque: [],
  };
  for (const part of parts) addRules(part, facts);
  decideTypes(facts);
  return facts;
}

function addParts(schema: Schema, parts: Set<Schema>): void {
  const waiting = [schema];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (parts.has(next)) continue;
    parts.add(next);
    waiting.push(...(next.rules.all ?? []), ...(next.rules.ref ? [next.rules.ref.target()] : []));
  }
}

function addRules({ rules }: Schema, facts: Facts): void {
  if (rules.never) facts.never = true;
  if (rules.values) {
    const texts = new Set(rules.values.map(jsonText));
    facts.values = facts.values?.filter((value) => texts.has(jsonText(value))) ?? rules.values;
  }
  facts.lower = tighter(facts.lower, rules.lower, 1);
  facts.upper = tighter(facts.upper, rules.upper, -1);
  if (rules.multipleOf !== undefined) facts.multiples.push(rules.multipleOf);
  for (const least of ["minLength", "minItems", "minProperties"] as const)
    facts[least] = Math.max(facts[least], rules[least] ?? 0);
  for (const most of ["maxLength", "maxItems", "maxProperties"] as const) {
    facts[most] = Math.min(facts[most], rules[most] ?? Number.POSITIVE_INFINITY);
  }
  if (rules.pattern !== undefined) facts.patterns.add(rules.pattern);
  if (rules.format !== undefined) facts.formats.add(rules.format);
  if (rules.unique) facts.unique = true;
  if (rules.prefix || rules.rest) facts.items.push({ prefix: rules.prefix ?? [], rest: rules.rest });
  if (rules.contains) facts.contains.push(rules.contains);
  for (const name of rules.required ?? []) facts.required.add(name);
  const group = propertyGroupOf(rules);
  if (group) facts.groups.push(group);
  if (rules.names) facts.names.push(rules.names);
  if (rules.any) facts.choices.push(rules.any);
  if (rules.one) facts.choices.push(rules.one);
  if (rules.not) facts.nots.push(rules.not);
  facts.when.push(...(rules.when ?? []));
  facts.opaque.push(...(rules.opaque ?? []));
}

/** The properties of one schema object as a group; undefined when it says nothing of them. */
export function propertyGroupOf({ properties, patternProperties, additional }: Schema["rules"]): PropertyGroup | undefined {
  if (!properties && !patternProperties && !additional) return undefined;
  return { properties: new Map(properties), patterns: patternProperties ?? [], additional };
}

function decideTypes(facts: Facts): void {
  const types = new Set(typeAtoms);
  const keepOnly = (allowed: ReadonlySet<TypeAtom>) => {
    for (const atom of types) if (!allowed.has(atom)) types.delete(atom);
  };
  for (const { rules } of facts.parts) if (rules.types) keepOnly(new Set(rules.types));
  for (const { rules } of facts.nots) {
    if (rules.types && Object.keys(rules).length === 1) for (const atom of rules.types) types.delete(atom);
  }
  const small: JsonValue[] = [...(types.has("null") ? [null] : []), ...(types.has("boolean") ? [false, true] : [])];
  if (!facts.values && [...types].every((atom) => atom === "null" || atom === "boolean")) facts.values = small;
  facts.values = facts.values?.filter((value) => types.has(typeAtomOf(value)));
  if (facts.values) keepOnly(new Set(facts.values.map(typeAtomOf)));
  facts.types = types;
}

/** What holds the value at one key. `holds`: patterns that the key is known to match; `fails`: those it is known not to match. */
export function valueAt(
  { groups }: Facts,
  key: string | undefined,
  make: MakeSchema,
  { holds, fails = [] }: { holds?: string; fails?: readonly string[] } = {},
): Schema[] {
  return groups.flatMap(({ properties, patterns, additional = make({}) }) => {
    const own = key === undefined ? undefined : properties.get(key);
    const matched = patterns.find(([pattern]) => pattern === holds)?.[1];
    if (own || matched) return [own, matched].filter((schema) => schema !== undefined);
    // It matches one of the patterns, or none and is additional.
    const possible = [additional, ...patterns.filter(([pattern]) => !fails.includes(pattern)).map(([, schema]) => schema)];
    const alternatives = [...new Set(possible)];
    return alternatives.length === 1 ? alternatives : [make({ any: alternatives })];
  });
}

/** What holds the item at one index. */
export function itemAt({ items }: Facts, index: number): Schema[] {
  return items.flatMap(({ prefix, rest }) => prefix[index] ?? rest ?? []);
}
