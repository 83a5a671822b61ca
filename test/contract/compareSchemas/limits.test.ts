import { expect, test } from "vitest";
import { compareSchemas } from "../../../core/contract/compareSchemas/compareSchemas.ts";

/** `levels` objects inside each other, and then `leaf`. */
function nested(levels: number, leaf: object): object {
  let schema = leaf;
  for (let level = 0; level < levels; level++) schema = { type: "object", properties: { a: schema }, required: ["a"] };
  return schema;
}

/** The same by `$ref`: as flat as can be, and as deep. Each level holds the next one `width` times. */
function chained(levels: number, width: number, leaf: object): object {
  const names = Array.from({ length: width }, (_, index) => `k${index}`);
  const level = (index: number) => ({
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, { $ref: `#/$defs/d${index + 1}` }])),
    required: names,
  });
  const defs = Array.from({ length: levels + 1 }, (_, index) => [`d${index}`, index === levels ? leaf : level(index)]);
  return { $ref: "#/$defs/d0", $defs: Object.fromEntries(defs) };
}

const long = { type: "string" };
const short = { type: "string", maxLength: 3 };

test("a difference sixty levels down is found, written out or by $ref", () => {
  const verdicts = { backward: "incompatible", forward: "compatible" };

  expect(compareSchemas(nested(60, long), nested(60, short))).toMatchObject(verdicts);
  expect(compareSchemas(chained(60, 1, long), chained(60, 1, short))).toMatchObject(verdicts);
});

test("what is deeper than anybody can follow ends as unknown, without an overflow", () => {
  const unknown = { backward: "unknown", forward: "unknown", full: "unknown" };

  expect(compareSchemas(nested(100_000, long), nested(100_000, short))).toMatchObject(unknown);
  expect(compareSchemas(chained(1500, 1, long), chained(1500, 1, short))).toMatchObject({ backward: "unknown" });
});

test("what is larger than anybody can read ends as unknown, and says why", () => {
  const many = (type: string) => ({ anyOf: Array.from({ length: 30_000 }, () => ({ type })) });

  const { full, changes } = compareSchemas(many("string"), many("number"));

  expect(full).toBe("unknown");
  expect(changes).toEqual(["The schemas are too large to compare: more than 20000 parts, or more than 150 levels."]);
});

test("a schema that holds itself as an object, not by $ref, ends as unknown", () => {
  const self: Record<string, unknown> = { type: "object" };
  self.properties = { self };

  expect(compareSchemas(self, { type: "object" }).full).toBe("unknown");
  expect(compareSchemas(self, self).full).toBe("compatible");
});

test("a schema that is itself, and nothing else, is not decided", () => {
  const itself = (more: object) => ({ anyOf: [{ $ref: "#" }, more] });

  expect(compareSchemas({ $ref: "#" }, { type: "string" }).backward).not.toBe("incompatible");
  expect(compareSchemas(itself({ type: "string" }), itself({ type: "number" })).backward).not.toBe("compatible");
  expect(compareSchemas({ not: { $ref: "#" } }, { type: "string" }).full).toBe("unknown");
});

test("effort is bounded where possibilities multiply: the answer is unknown or right, and comes", () => {
  const pairs = (shift: number) => ({
    allOf: Array.from({ length: 20 }, (_, index) => ({
      anyOf: [{ required: [`a${index}`] }, { required: [`b${index + shift}`] }, { minProperties: index }],
    })),
  });

  expect(compareSchemas(pairs(0), pairs(1)).backward).not.toBe("compatible");
  expect(compareSchemas(chained(40, 2, long), chained(40, 2, short))).toMatchObject({ backward: "unknown" });
  expect(compareSchemas(chained(8, 2, long), chained(8, 2, short))).toMatchObject({ backward: "incompatible" });
});

test("limits beyond any value that could be built do not build it", () => {
  const list = (maxItems: number) => ({ type: "array", maxItems });
  const word = (minLength: number) => ({ type: "string", minLength });

  expect(compareSchemas(list(1e9), list(1e8))).toMatchObject({ backward: "unknown", forward: "compatible" });
  expect(compareSchemas(word(1e9), word(1e10))).toMatchObject({ backward: "unknown", forward: "compatible" });
});

test("a regular expression that takes forever is never run", () => {
  const evil = (more: object) => ({
    type: "object",
    required: ["a"],
    properties: { a: { type: "string", pattern: "^(a+)+$", minLength: 60 } },
    ...more,
  });

  const { backward } = compareSchemas(evil({}), evil({ required: ["a", "b"] }));

  expect(backward).not.toBe("compatible");
});

test("long lists of values are compared value by value", () => {
  const values = Array.from({ length: 5000 }, (_, index) => `value ${index}`);

  expect(compareSchemas({ enum: values }, { enum: [...values, "more"] })).toMatchObject({
    backward: "compatible",
    forward: "incompatible",
    changes: ['The value: also takes "more" now.'],
  });
});
