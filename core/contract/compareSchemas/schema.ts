import type { JsonValue, TypeAtom } from "./jsonValue.ts";

/** A limit of a number. */
export interface Bound {
  value: number;
  exclusive: boolean;
}

/** `if`, `then`, `else`; also what `dependentRequired` and `dependentSchemas` say. */
export interface Condition {
  premise: Schema;
  consequence?: Schema;
  otherwise?: Schema;
}

/** How many items of an array a schema must accept. */
export interface Containing {
  item: Schema;
  min: number;
  max?: number;
}

/** What one schema object says, without annotations; what is absent says nothing. */
export interface Rules {
  never?: true;
  types?: readonly TypeAtom[];
  values?: readonly JsonValue[];
  lower?: Bound;
  upper?: Bound;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  format?: string;
  minItems?: number;
  maxItems?: number;
  unique?: true;
  prefix?: readonly Schema[];
  rest?: Schema;
  contains?: Containing;
  required?: readonly string[];
  minProperties?: number;
  maxProperties?: number;
  properties?: readonly (readonly [name: string, Schema])[];
  patternProperties?: readonly (readonly [pattern: string, Schema])[];
  additional?: Schema;
  names?: Schema;
  all?: readonly Schema[];
  any?: readonly Schema[];
  one?: readonly Schema[];
  not?: Schema;
  when?: readonly Condition[];
  ref?: Reference;
  /** What cannot be decided, as text: only the very same schema is known to mean the same. */
  opaque?: readonly string[];
}

/** A `$ref`; looked up when it is needed, so that schemas may refer to themselves. */
export interface Reference {
  name: string;
  target(): Schema;
}

/** A schema that has been read. Schemas that say the same are the same object, of the old document and of the new one. */
export interface Schema {
  readonly key: string;
  readonly rules: Rules;
}

/** Makes schemas, each once. */
export type MakeSchema = (rules: Rules) => Schema;

/** Makes a maker of schemas; a comparison has one. */
export function createSchemas(): MakeSchema {
  const made = new Map<string, Schema>();
  const keys = new WeakMap<object, string>();
  return (rules) => {
    const text = textOf(rules, keys);
    const known = made.get(text);
    if (known) return known;
    const schema: Schema = { key: `${made.size}`, rules };
    made.set(text, schema);
    keys.set(schema, schema.key);
    return schema;
  };
}

/** Schemas inside stand in the text by their key: they have been made before. */
function textOf(rules: Rules, keys: WeakMap<object, string>): string {
  const sorted = Object.entries(rules)
    .filter(([, rule]) => rule !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(sorted, (_, inner: unknown) =>
    typeof inner === "object" && inner !== null && keys.has(inner) ? { schema: keys.get(inner) } : inner,
  );
}
