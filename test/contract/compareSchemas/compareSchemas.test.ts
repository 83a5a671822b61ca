import { expect, test } from "vitest";
import { compareSchemas } from "../../../core/contract/compareSchemas/compareSchemas.ts";

const closed = (properties: object, more: object = {}) => ({ type: "object", additionalProperties: false, properties, ...more });
const open = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });
const text = { type: "string" };
const tls = (more: object) => closed({ tls: closed(more) });
const linked = (more: object) => ({ $ref: "#/$defs/node", $defs: { node: closed({ next: { $ref: "#/$defs/node" }, ...more }) } });
const event = (kind: string, more: object) => open({ kind: { const: kind }, ...more }, { required: ["kind"] });

/** What changes, and then `backward forward`. */
const rows: [what: string, old: unknown, next: unknown, verdicts: string][] = [
  ["a setting is added to closed settings", closed({ a: text }), closed({ a: text, b: text }), "compatible incompatible"],
  ["a setting is added inside a setting", tls({ ca: text }), tls({ ca: text, key: text }), "compatible incompatible"],
  ["a setting is renamed", closed({ a: text }), closed({ b: text }), "incompatible incompatible"],
  ["a setting becomes required", closed({ a: text }), closed({ a: text }, { required: ["a"] }), "incompatible compatible"],
  [
    "a required setting gets a default",
    closed({ a: text }, { required: ["a"] }),
    closed({ a: { ...text, default: "x" } }),
    "compatible incompatible",
  ],
  [
    "titles, examples and unknown keywords",
    open({ a: text }),
    open({ a: { ...text, title: "A", examples: ["x"], "x-order": 1 } }, { $comment: "b" }),
    "compatible compatible",
  ],
  [
    "the order of keywords and of lists",
    { type: ["string", "null"], required: ["b", "a"] },
    { required: ["a", "b"], type: ["null", "string"] },
    "compatible compatible",
  ],
  [
    "keywords without an effect",
    text,
    { ...text, minLength: 0, uniqueItems: false, minimum: 5, properties: { a: false } },
    "compatible compatible",
  ],
  ["null is allowed too", text, { type: ["string", "null"] }, "compatible incompatible"],
  ["null is allowed too, as an alternative", text, { anyOf: [text, { type: "null" }] }, "compatible incompatible"],
  [
    "a list of types written as alternatives",
    { type: ["string", "null"] },
    { anyOf: [text, { type: "null" }] },
    "compatible compatible",
  ],
  [
    "a list of values written as alternatives",
    { enum: ["a", 1] },
    { oneOf: [{ const: "a" }, { const: 1 }] },
    "compatible compatible",
  ],
  ["boolean written as its two values", { type: "boolean" }, { enum: [true, false] }, "compatible compatible"],
  ["a value of a list gets another type", { enum: ["1", "2"] }, { enum: ["1", 2] }, "incompatible incompatible"],
  [
    "a limit becomes exclusive",
    { type: "number", minimum: 0 },
    { type: "number", exclusiveMinimum: 0 },
    "incompatible compatible",
  ],
  [
    "the same limit of whole numbers, written differently",
    { type: "integer", exclusiveMinimum: 0 },
    { type: "integer", minimum: 1 },
    "compatible compatible",
  ],
  ["a multiple of a multiple", { type: "integer", multipleOf: 6 }, { type: "integer", multipleOf: 3 }, "compatible incompatible"],
  [
    "multiples that have nothing to do with each other",
    { type: "integer", multipleOf: 4 },
    { type: "integer", multipleOf: 6 },
    "incompatible incompatible",
  ],
  ["a text must not be empty", text, { ...text, minLength: 1 }, "incompatible compatible"],
  ["a pattern is added", text, { ...text, pattern: "^[a-z]+$" }, "unknown compatible"],
  ["a pattern is changed", { ...text, pattern: "^a+$" }, { ...text, pattern: "^[ab]+$" }, "unknown unknown"],
  ["a plain pattern is changed", { ...text, pattern: "^sk_" }, { ...text, pattern: "^pk_" }, "incompatible incompatible"],
  [
    "a required setting is added beside one with a pattern",
    closed({ url: { ...text, pattern: "^https?://" } }),
    closed({ url: { ...text, pattern: "^https?://" }, key: text }, { required: ["key"] }),
    "incompatible incompatible",
  ],
  [
    "a required setting is added beside a required one with a pattern",
    open({ u: { ...text, pattern: "^https?://[a-z]+" } }, { required: ["u"] }),
    open({ u: { ...text, pattern: "^https?://[a-z]+" } }, { required: ["u", "k"] }),
    "incompatible compatible",
  ],
  ["a format is added", text, { ...text, format: "uri" }, "unknown compatible"],
  ["a format that no validator checks", text, { ...text, format: "password" }, "compatible compatible"],
  ["a list gets a longest length", { type: "array" }, { type: "array", maxItems: 3 }, "incompatible compatible"],
  ["items must differ", { type: "array" }, { type: "array", uniqueItems: true }, "incompatible compatible"],
  [
    "at most one item always differs",
    { type: "array", maxItems: 1 },
    { type: "array", maxItems: 1, uniqueItems: true },
    "compatible compatible",
  ],
  [
    "one item of a tuple changes",
    { prefixItems: [text, text] },
    { prefixItems: [text, { type: "number" }] },
    "incompatible incompatible",
  ],
  ["what follows a tuple is closed", { prefixItems: [text] }, { prefixItems: [text], items: false }, "incompatible compatible"],
  ["one item must be a number", { type: "array" }, { type: "array", contains: { type: "number" } }, "incompatible compatible"],
  [
    "all items are numbers, so one is",
    { type: "array", minItems: 1, items: { type: "integer" } },
    { type: "array", contains: { type: "number" } },
    "compatible incompatible",
  ],
  [
    "values of a map change",
    { additionalProperties: text },
    { additionalProperties: { type: ["string", "number"] } },
    "compatible incompatible",
  ],
  [
    "a key is named that the map held to the same",
    { additionalProperties: text },
    { properties: { a: text }, additionalProperties: text },
    "compatible compatible",
  ],
  [
    "keys by a pattern that stays",
    { patternProperties: { "^x-": text } },
    { patternProperties: { "^x-": { ...text, minLength: 1 } } },
    "incompatible compatible",
  ],
  [
    "keys by a pattern that is opened",
    { patternProperties: { "^x-": text }, additionalProperties: false },
    { patternProperties: { "^x-": text } },
    "compatible incompatible",
  ],
  [
    "a pattern that a named key may match",
    closed({ ab: { type: "number" } }),
    closed({ ab: { type: "number" } }, { patternProperties: { "^[ab]+$": text } }),
    "unknown incompatible",
  ],
  [
    "a pattern that a named key matches",
    closed({ ab: { type: "number" } }),
    closed({ ab: { type: "number" } }, { patternProperties: { "^a": text } }),
    "incompatible incompatible",
  ],
  ["names of keys get a limit", open({}), open({}, { propertyNames: { maxLength: 3 } }), "incompatible compatible"],
  [
    "names of keys that closed settings keep anyway",
    closed({ abc: text }),
    closed({ abc: text }, { propertyNames: { maxLength: 3 } }),
    "compatible compatible",
  ],
  ["fewer keys are allowed", open({}), open({}, { maxProperties: 2 }), "incompatible compatible"],
  [
    "a union gets a branch",
    { anyOf: [event("a", {}), event("b", {})] },
    { anyOf: [event("a", {}), event("b", {}), event("c", {})] },
    "compatible incompatible",
  ],
  [
    "a union of distinct kinds gets a branch",
    { oneOf: [event("a", {}), event("b", {})] },
    { oneOf: [event("a", {}), event("b", {}), event("c", {})] },
    "compatible incompatible",
  ],
  [
    "a branch of a union takes a new required field",
    { oneOf: [event("a", {}), event("b", {})] },
    { oneOf: [event("a", {}), open({ kind: { const: "b" }, id: text }, { required: ["kind", "id"] })] },
    "incompatible compatible",
  ],
  ["exactly one of two equal branches is none", text, { oneOf: [text, text] }, "incompatible compatible"],
  [
    "at least one of two, instead of exactly one",
    { oneOf: [{ required: ["a"] }, { required: ["b"] }] },
    { anyOf: [{ required: ["a"] }, { required: ["b"] }] },
    "compatible incompatible",
  ],
  ["a thing is forbidden", {}, { not: { const: "admin" } }, "incompatible compatible"],
  ["less is forbidden", { not: { type: ["string", "number"] } }, { not: text }, "compatible incompatible"],
  [
    "allOf written out",
    { allOf: [open({ a: text }), { required: ["a"] }] },
    open({ a: text }, { required: ["a"] }),
    "compatible compatible",
  ],
  [
    "closed twice with different keys",
    { allOf: [closed({ a: text }), closed({ b: text })] },
    closed({}),
    "compatible compatible",
  ],
  [
    "a key that needs another, written as a condition",
    { dependentRequired: { user: ["password"] } },
    { if: { type: "object", required: ["user"] }, then: { required: ["password"] } },
    "compatible compatible",
  ],
  [
    "a key needs another",
    open({ user: text }),
    open({ user: text }, { dependentRequired: { user: ["password"] } }),
    "incompatible compatible",
  ],
  [
    "both keys are required anyway",
    open({}, { required: ["user", "password"] }),
    open({}, { dependentRequired: { user: ["password"] } }),
    "compatible incompatible",
  ],
  [
    "a condition is added",
    open({ a: text }),
    open({ a: text }, { if: { required: ["a"] }, then: { required: ["b"] }, else: false }),
    "incompatible compatible",
  ],
  [
    "a definition is inlined",
    { $ref: "#/$defs/port", $defs: { port: { type: "integer" } } },
    { type: "integer" },
    "compatible compatible",
  ],
  [
    "a definition moves",
    { $ref: "#/$defs/a~1b", $defs: { "a/b": text } },
    { $ref: "#/definitions/x%20y", definitions: { "x y": text } },
    "compatible compatible",
  ],
  [
    "a definition that nobody uses changes",
    { ...text, $defs: { a: text } },
    { ...text, $defs: { a: { type: "number" } } },
    "compatible compatible",
  ],
  ["a schema that holds itself takes a new key", linked({}), linked({ v: text }), "compatible incompatible"],
  [
    "a schema that holds itself is written out once",
    linked({ v: text }),
    { ...linked({ v: text }), $ref: undefined, ...closed({ v: text, next: { $ref: "#/$defs/node" } }) },
    "compatible compatible",
  ],
  ["a schema that nothing satisfies", { allOf: [text, { type: "number" }] }, { type: "boolean" }, "compatible incompatible"],
  [
    "a key whose value nothing satisfies is no key",
    closed({ a: text, b: { allOf: [text, { type: "number" }] } }),
    closed({ a: text }),
    "compatible compatible",
  ],
  ["true becomes an object", true, { type: "object" }, "incompatible compatible"],
  ["nothing is accepted any more", {}, false, "incompatible compatible"],
  ["a $ref that leads out of the document", text, { $ref: "https://acme.test/port.json" }, "unknown unknown"],
  ["a $ref that leads nowhere", text, { $ref: "#/$defs/none" }, "unknown unknown"],
  ["the same outer $ref, and a new title", { $ref: "other.json" }, { $ref: "other.json", title: "x" }, "unknown unknown"],
  [
    "unevaluatedProperties beside something else that changes",
    { unevaluatedProperties: false },
    { unevaluatedProperties: false, required: ["a"] },
    "unknown unknown",
  ],
  [
    "unevaluatedProperties, and a new title inside",
    { unevaluatedProperties: false, properties: { a: text } },
    { unevaluatedProperties: false, properties: { a: { ...text, title: "x" } } },
    "compatible compatible",
  ],
  ["a schema that is none", { type: "strnig" }, text, "unknown unknown"],
  ["no schema at all", undefined, text, "unknown unknown"],
  ["another draft", { $schema: "http://json-schema.org/draft-04/schema#" }, text, "unknown unknown"],
];

test.each(rows)("%s", (_, old, next, verdicts) => {
  const { backward, forward, full } = compareSchemas(old, next);

  expect(`${backward} ${forward}`).toBe(verdicts);
  expect(full).toBe(verdicts.includes("incompatible") ? "incompatible" : verdicts.includes("unknown") ? "unknown" : "compatible");
});

test.each(rows)("%s: back again, with the verdicts changed over", (_, old, next, verdicts) => {
  const { backward, forward } = compareSchemas(next, old);

  expect(`${forward} ${backward}`).toBe(verdicts);
});

test("draft-07: tuples, dependencies, and nothing said of keywords beside a $ref", () => {
  const draft7 = (schema: object) => ({ $schema: "http://json-schema.org/draft-07/schema#", ...schema });
  const verdicts = (old: object, next: object) => {
    const { backward, forward } = compareSchemas(draft7(old), draft7(next));
    return `${backward} ${forward}`;
  };

  expect(verdicts({ items: [text] }, { items: [text], additionalItems: false })).toBe("incompatible compatible");
  expect(verdicts({}, { dependencies: { a: ["b"] } })).toBe("incompatible compatible");
  expect(verdicts({ dependencies: { a: ["b"] } }, { dependencies: { a: { required: ["b"] } } })).toBe("compatible compatible");
  expect(verdicts({ $ref: "#/definitions/a", definitions: { a: text } }, text)).toBe("compatible compatible");
  expect(verdicts({ $ref: "#/definitions/a", definitions: { a: text }, minLength: 1 }, text)).toBe("compatible unknown");
  expect(verdicts({ dependentRequired: { a: ["b"] } }, {})).toBe("compatible unknown");
});

test("a text has as many characters as people count, not as many halves", () => {
  const { backward } = compareSchemas({ enum: ["😀😀"] }, { type: "string", maxLength: 2 });

  expect(backward).toBe("compatible");
});

test("keys that every object answers to are keys like any other", () => {
  const withKey = (key: string) =>
    JSON.parse(`{"type":"object","properties":{"${key}":{"type":"string"}},"additionalProperties":false}`);

  for (const key of ["__proto__", "constructor", "toString", "hasOwnProperty"]) {
    expect(compareSchemas(closed({}), withKey(key))).toMatchObject({ backward: "compatible", forward: "incompatible" });
    expect(compareSchemas(closed({}, { required: [key] }), true).backward).toBe("compatible");
  }
});
