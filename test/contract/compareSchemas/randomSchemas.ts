import fc from "fast-check";

/** A JSON Schema as plain data. */
export type RandomSchema = boolean | { [keyword: string]: unknown };

const name = fc.constantFrom("a", "b", "x-c");
const number = fc.constantFrom(-1, 0, 0.5, 1, 2, 3, 4);
const count = fc.constantFrom(0, 1, 2, 3);
const pattern = fc.constantFrom("^a", "^x-", "^[ab]+$", "b", "^[0-9]{2}$");

/** A value near the limits that random schemas have. */
export const randomValue: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom<unknown>(null, true, false, -1, 0, 0.5, 1, 2, 3, 4, 6, "", "a", "ab", "b", "12", "aaaa", "x-c"),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.oneof(name, fc.constantFrom("ab", "z")), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

const types = fc.constantFrom("null", "boolean", "integer", "number", "string", "array", "object");

/** A small schema of all the keywords that are compared, with `$ref`s to the two definitions of `randomDocument`. */
const randomSchema: fc.Arbitrary<RandomSchema> = fc.letrec<{ schema: RandomSchema }>((tie) => {
  const inner = tie("schema");
  // Three at most: with more, nearly all schemas contradict themselves, and everything follows from that.
  const some = (keywords: Record<string, fc.Arbitrary<unknown>>) =>
    fc
      .subarray(Object.entries(keywords), { minLength: 1, maxLength: Math.min(3, Object.keys(keywords).length) })
      .chain((chosen) => fc.record<Record<string, unknown>>(Object.fromEntries(chosen)));
  const map = (keys: fc.Arbitrary<string>) => fc.dictionary(keys, inner, { maxKeys: 2, noNullPrototype: true });
  const few = fc.array(inner, { minLength: 1, maxLength: 3 });
  const type = fc.oneof(types, fc.uniqueArray(types, { minLength: 1, maxLength: 3 }));
  const leaf = fc.oneof(
    { arbitrary: fc.boolean(), weight: 1 },
    { arbitrary: fc.record({ type }), weight: 4 },
    { arbitrary: fc.record({ const: randomValue }), weight: 1 },
    {
      arbitrary: fc.record({
        enum: fc.uniqueArray(randomValue, { minLength: 1, maxLength: 3, selector: (one) => JSON.stringify(one) }),
      }),
      weight: 2,
    },
    {
      arbitrary: some({
        type,
        minimum: number,
        maximum: number,
        exclusiveMinimum: number,
        exclusiveMaximum: number,
        multipleOf: fc.constantFrom(1, 2, 3, 4),
      }),
      weight: 3,
    },
    { arbitrary: some({ type, minLength: count, maxLength: count, pattern }), weight: 3 },
    { arbitrary: fc.record({ $ref: fc.constantFrom("#/$defs/one", "#/$defs/two") }), weight: 2 },
  );
  return {
    schema: fc.oneof(
      { depthSize: "small", maxDepth: 4, withCrossShrink: true },
      { arbitrary: leaf, weight: 3 },
      {
        arbitrary: some({
          type: fc.constant("object"),
          properties: map(name),
          required: fc.uniqueArray(name, { maxLength: 2 }),
          additionalProperties: inner,
          patternProperties: map(pattern),
        }),
        weight: 4,
      },
      {
        arbitrary: some({
          properties: map(name),
          propertyNames: inner,
          minProperties: count,
          maxProperties: count,
          dependentRequired: fc.dictionary(name, fc.uniqueArray(name, { maxLength: 1 }), { maxKeys: 2, noNullPrototype: true }),
          dependentSchemas: map(name),
        }),
        weight: 2,
      },
      {
        arbitrary: some({
          type: fc.constant("array"),
          items: inner,
          prefixItems: few,
          minItems: count,
          maxItems: count,
        }),
        weight: 2,
      },
      // Not beside prefixItems: there ajv looks at the type of `items` only.
      { arbitrary: some({ items: inner, minItems: count, uniqueItems: fc.boolean() }), weight: 2 },
      {
        arbitrary: some({ contains: inner, minContains: count, maxContains: count }).map((rules) => ({ ...rules, minItems: 1 })),
        weight: 1,
      },
      { arbitrary: some({ anyOf: few, type, required: fc.uniqueArray(name, { maxLength: 1 }) }), weight: 3 },
      { arbitrary: some({ oneOf: few, type }), weight: 2 },
      { arbitrary: some({ allOf: few }), weight: 1 },
      { arbitrary: some({ not: inner, type }), weight: 1 },
      { arbitrary: some({ if: inner, then: inner, else: inner }), weight: 2 },
    ),
  };
}).schema;

/** Removes, adds or replaces something somewhere in the schema: most changes of real schemas are small. */
function mutations(schema: RandomSchema): fc.Arbitrary<RandomSchema> {
  if (typeof schema === "boolean") return randomSchema;
  const keywords = Object.keys(schema);
  if (keywords.length === 0) return randomSchema;
  const without = fc
    .constantFrom(...keywords)
    .map((keyword) => Object.fromEntries(Object.entries(schema).filter(([key]) => key !== keyword)));
  const withMore = randomSchema.map((more) => (typeof more === "boolean" ? more : { ...schema, ...more }));
  const deeper = fc
    .constantFrom(...keywords)
    .chain((keyword) => mutatedInside(schema[keyword]).map((value) => ({ ...schema, [keyword]: value })));
  const wrapped = randomSchema.map((other) => ({ anyOf: [schema, other] }));
  return fc.oneof(without, withMore, { arbitrary: deeper, weight: 4 }, wrapped, randomSchema);
}

function mutatedInside(value: unknown): fc.Arbitrary<unknown> {
  if (typeof value === "number") return count;
  if (Array.isArray(value)) {
    if (value.every((one) => typeof one === "object" && one !== null)) {
      return value.length === 0
        ? fc.constant(value)
        : fc.nat({ max: value.length - 1 }).chain((at) => mutations(value[at]).map((one) => value.with(at, one)));
    }
    return fc.subarray(value, { minLength: Math.min(1, value.length) });
  }
  if (typeof value !== "object" || value === null) return fc.constant(value);
  const keys = Object.keys(value);
  const isMap = keys.every((key) => ["a", "b", "x-c", "^a", "^x-", "^[ab]+$", "^[0-9]{2}$"].includes(key));
  if (!isMap) return mutations(value as RandomSchema);
  if (keys.length === 0) return fc.constant(value);
  return fc.constantFrom(...keys).chain((key) => {
    const one: unknown = Reflect.get(value, key);
    return Array.isArray(one)
      ? fc.constant(value)
      : mutations(one as RandomSchema).map((changed) => ({ ...value, [key]: changed }));
  });
}

/** A schema and a change of it, each with its two definitions, which may lead to each other. */
export const randomChange: fc.Arbitrary<{ old: RandomSchema; next: RandomSchema }> = fc
  .record({ root: randomSchema, one: randomSchema, two: randomSchema })
  .chain(({ root, one, two }) =>
    fc.oneof(mutations(root), { arbitrary: randomSchema, weight: 1 }).chain((changed) =>
      fc.oneof({ arbitrary: fc.constant(one), weight: 3 }, mutations(one)).map((other) => ({
        old: withDefinitions(root, one, two),
        next: withDefinitions(changed, other, two),
      })),
    ),
  );

function withDefinitions(root: RandomSchema, one: RandomSchema, two: RandomSchema): RandomSchema {
  const schema = typeof root === "boolean" ? { allOf: [root] } : root;
  return { ...schema, $defs: { one, two } };
}
