import { tighter } from "./bounds.ts";
import { type JsonValue, jsonText, type TypeAtom, typeAtoms } from "./jsonValue.ts";
import type { Bound, Rules } from "./schema.ts";

type RawSchema = Readonly<Record<string, unknown>>;

/** What `type`, `enum` and `const` say. What is malformed says nothing. */
export function valueRules(raw: RawSchema): Rules {
  const types = atomsOf(raw.type);
  const allowed = Array.isArray(raw.enum) ? raw.enum : undefined;
  const constant = raw.const !== undefined ? [raw.const] : undefined;
  const values =
    constant && allowed ? constant.filter((value) => allowed.some((other) => isSame(value, other))) : (constant ?? allowed);
  return { ...(types && { types }), ...(values && { values: distinct(values) }) };
}

/** What the keywords with a number or a text say, and `uniqueItems` and `required`. What is malformed says nothing. */
export function limitRules(raw: RawSchema): Rules {
  const rules: Rules = {};
  for (const name of countKeywords) {
    const count = raw[name];
    if (Number.isSafeInteger(count) && Number(count) >= 0) rules[name] = Number(count);
  }
  const lower = tighter(boundOf(raw.minimum, false), boundOf(raw.exclusiveMinimum, true), 1);
  const upper = tighter(boundOf(raw.maximum, false), boundOf(raw.exclusiveMaximum, true), -1);
  if (lower) rules.lower = lower;
  if (upper) rules.upper = upper;
  if (typeof raw.multipleOf === "number" && Number.isFinite(raw.multipleOf) && raw.multipleOf > 0)
    rules.multipleOf = raw.multipleOf;
  if (typeof raw.pattern === "string") rules.pattern = raw.pattern;
  if (typeof raw.format === "string" && !notesOnly.has(raw.format)) rules.format = raw.format;
  if (raw.uniqueItems === true) rules.unique = true;
  const { required } = raw;
  if (Array.isArray(required) && required.length > 0 && required.every((name) => typeof name === "string")) {
    rules.required = [...new Set<string>(required)].sort();
  }
  return rules;
}

/** Formats that say how to show or carry a text, and that no validator checks. */
const notesOnly = new Set(["password", "binary"]);

const countKeywords = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"] as const;

function boundOf(value: unknown, exclusive: boolean): Bound | undefined {
  return typeof value === "number" && Number.isFinite(value) ? { value, exclusive } : undefined;
}

function atomsOf(type: unknown): TypeAtom[] | undefined {
  const names: unknown[] = Array.isArray(type) ? type : [type];
  const atoms = names.map((name) => (typeof name === "string" ? atomsByName.get(name) : undefined));
  if (atoms.length === 0 || atoms.includes(undefined)) return undefined;
  const allowed = new Set(atoms.flatMap((some) => some ?? []));
  return typeAtoms.filter((atom) => allowed.has(atom));
}

const atomsByName = new Map<string, readonly TypeAtom[]>([
  ["null", ["null"]],
  ["boolean", ["boolean"]],
  ["integer", ["integer"]],
  ["number", ["integer", "fraction"]],
  ["string", ["string"]],
  ["array", ["array"]],
  ["object", ["object"]],
]);

function isSame(a: unknown, b: unknown): boolean {
  return jsonText(a) === jsonText(b);
}

/** In a fixed order, so that the same set of values is the same rule. */
function distinct(values: readonly unknown[]): JsonValue[] {
  return [...new Set(values.map(jsonText))].sort().map((text) => JSON.parse(text));
}
