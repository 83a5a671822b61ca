import { HooklineError } from "../../errors.ts";
import { parseTypeId, type TypeId } from "./parseTypeId.ts";
import { readTypeId } from "./readTypeId.ts";

/** What a text is among type ids: one of the three kinds of id, a pattern with its `*`, or undefined for neither. */
export function typeIdKind(text: string): TypeId["kind"] | "pattern" | undefined {
  return unlessInvalid(() => (readTypeId(text, "pattern").open ? "pattern" : parseTypeId(text).kind));
}

/** True for the id of a type or of an instance; a pattern is none. */
export function isTypeId(text: string): boolean {
  const kind = typeIdKind(text);
  return kind !== undefined && kind !== "pattern";
}

/** True for what `matchTypeId` takes as a pattern: one with a `*` at its end, or an id, which selects itself and what derives from it. */
export function isTypePattern(text: string): boolean {
  return typeIdKind(text) !== undefined;
}

function unlessInvalid<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (HooklineError.is(error) && error.code === "type_id_invalid") return undefined;
    throw error;
  }
}
