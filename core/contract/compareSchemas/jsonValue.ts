/** Any value of JSON. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** The types of JSON Schema, with `number` in two halves that have nothing in common: whole numbers and the others. */
export type TypeAtom = "null" | "boolean" | "integer" | "fraction" | "string" | "array" | "object";

/** All of them, in a fixed order. */
export const typeAtoms: readonly TypeAtom[] = ["null", "boolean", "integer", "fraction", "string", "array", "object"];

/** Which of the seven a value is. */
export function typeAtomOf(value: JsonValue): TypeAtom {
  if (value === null) return "null";
  if (isList(value)) return "array";
  if (typeof value === "object") return "object";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "fraction";
  return typeof value === "boolean" ? "boolean" : "string";
}

/** `Array.isArray` does not know lists that cannot be changed. */
export function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The value as text with sorted keys: the same text means the same value. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
