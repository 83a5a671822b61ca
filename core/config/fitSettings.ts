import { coreScalar } from "./coreScalar.ts";
import { isRecord } from "./isRecord.ts";
import type { Path } from "./readYaml.ts";

type Schema = Record<string, unknown>;
type Text = (path: Path) => string | undefined;

/**
 * Gives settings the types that their JSON Schema asks for, from the text in the file: a phone number, an id or a version stays
 * the text it is, and what `${PORT}` left as text becomes the number it is. A number is never rounded: where it would be, the
 * text stays. What does not fit is left for the schema's own check.
 */
export function fitSettings(settings: Record<string, unknown>, schema: object | undefined, text: Text): Record<string, unknown> {
  const root = isRecord(schema) ? schema : {};
  return fitRecord(settings, applying([root], root), { root, text, path: [] });
}

interface Place {
  readonly root: Schema;
  readonly text: Text;
  readonly path: (string | number)[];
}

function fitRecord(record: Record<string, unknown>, schemas: Schema[], place: Place): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [key, fitAt(key, value, ofProperty(key, schemas), place)]),
  );
}

function fitAt(step: string | number, value: unknown, schemas: unknown[], place: Place): unknown {
  const schemasHere = applying(schemas, place.root);
  place.path.push(step);
  const fitted = fit(value, schemasHere, place);
  place.path.pop();
  return fitted;
}

function fit(value: unknown, schemas: Schema[], place: Place): unknown {
  if (Array.isArray(value)) return value.map((item, index) => fitAt(index, item, ofItem(index, schemas), place));
  if (isRecord(value)) return fitRecord(value, schemas, place);
  const types = typesOf(schemas);
  if (isOneOf(types, value) && !mayBeRounded(value)) return value;
  if (types.size === 0 && typeof value === "string") return value;
  const source = place.text(place.path);
  return source === undefined ? value : fitScalar(value, source, types);
}

function fitScalar(value: unknown, source: string, types: ReadonlySet<string>): unknown {
  if (typeof value === "string") {
    const parsed = coreScalar(source);
    return isOneOf(types, parsed) && !isRounded(parsed, source) ? parsed : value;
  }
  // An empty place in the file is null, whatever the type.
  if (source === "") return value;
  if (isRounded(value, source)) return source;
  if (types.size === 0) return /^(?:\+|0)\d+$/.test(source) ? source : value;
  return types.has("string") && !isOneOf(types, value) ? source : value;
}

function isOneOf(types: ReadonlySet<string>, value: unknown): boolean {
  if (value === null) return types.has("null");
  if (typeof value === "number") return types.has("number") || (types.has("integer") && Number.isInteger(value));
  return types.has(typeof value);
}

function mayBeRounded(value: unknown): boolean {
  return typeof value === "number" && !(Math.abs(value) <= Number.MAX_SAFE_INTEGER);
}

/** True when the number is not the one that the text writes: too many digits, or an exponent beyond all numbers. */
function isRounded(value: unknown, source: string): boolean {
  if (typeof value !== "number") return false;
  if (!Number.isFinite(value)) return /\d/.test(source);
  return !Number.isSafeInteger(value) && /^(?:[-+]?\d+|0[xo][\da-fA-F]+)$/.test(source);
}

/** The schemas and all that they refer to or combine: every one that may have something to say about the same value. */
function applying(schemas: readonly unknown[], root: Schema): Schema[] {
  const found = new Set<Schema>();
  const waiting = [...schemas];
  for (const schema of waiting) {
    if (!isRecord(schema) || found.has(schema)) continue;
    found.add(schema);
    if (typeof schema.$ref === "string") waiting.push(pointedAt(schema.$ref, root));
    for (const word of ["allOf", "anyOf", "oneOf"]) if (Array.isArray(schema[word])) waiting.push(...schema[word]);
    waiting.push(schema.if, schema.then, schema.else);
  }
  return [...found];
}

function pointedAt(ref: string, root: Schema): unknown {
  if (!ref.startsWith("#")) return undefined;
  const steps = ref.split("/").slice(1);
  return steps.reduce<unknown>((at, step) => {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    return Array.isArray(at) ? at[Number(key)] : isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }, root);
}

function ofProperty(key: string, schemas: Schema[]): unknown[] {
  return schemas.flatMap(({ properties, patternProperties, additionalProperties }) => {
    const own = isRecord(properties) && Object.hasOwn(properties, key) ? [properties[key]] : [];
    const byPattern = isRecord(patternProperties)
      ? Object.entries(patternProperties).filter(([pattern]) => matches(pattern, key))
      : [];
    const all = [...own, ...byPattern.map(([, schema]) => schema)];
    return all.length > 0 ? all : [additionalProperties];
  });
}

function matches(pattern: string, key: string): boolean {
  try {
    return new RegExp(pattern, "u").test(key);
  } catch {
    return false; // The schema's own check says what is wrong with the pattern.
  }
}

function ofItem(index: number, schemas: Schema[]): unknown[] {
  return schemas.map(({ prefixItems, items }) => {
    const fixed = Array.isArray(prefixItems) ? prefixItems : Array.isArray(items) ? items : [];
    return fixed[index] ?? items;
  });
}

function typesOf(schemas: Schema[]): Set<string> {
  const types = new Set<string>();
  for (const { type, const: constant, enum: options } of schemas) {
    if (type !== undefined) for (const one of [type].flat()) types.add(String(one));
    else
      for (const option of [...(constant === undefined ? [] : [constant]), ...(Array.isArray(options) ? options : [])])
        types.add(typeOf(option));
  }
  return types;
}

function typeOf(value: unknown): string {
  return value === null ? "null" : typeof value;
}
