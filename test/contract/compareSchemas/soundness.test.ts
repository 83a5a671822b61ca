import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createAccepts } from "../../../core/contract/compareSchemas/accepts.ts";
import { compareSchemas } from "../../../core/contract/compareSchemas/compareSchemas.ts";
import { readSchema } from "../../../core/contract/compareSchemas/readSchema.ts";
import { createSchemas } from "../../../core/contract/compareSchemas/schema.ts";
import { type RandomSchema, randomChange, randomValue } from "./randomSchemas.ts";

// As many as fit into the time, so that a slow machine checks less instead of failing.
// The seed is fixed: a new one may find something, and then somebody has to have time for it.
const runs = { numRuns: 400, interruptAfterTimeLimit: 10_000, seed: 20_261_121 };
const values = fc.array(randomValue, { minLength: 30, maxLength: 60 });

test("a change that is called compatible breaks no value that ajv accepted", { timeout: 120_000 }, () => {
  const verdicts = new Map<string, number>();

  fc.assert(
    fc.property(randomChange, values, ({ old, next }, samples) => {
      const { backward, forward } = compareSchemas(old, next);
      verdicts.set(backward, (verdicts.get(backward) ?? 0) + 1);
      const [was, is] = [validator(old), validator(next)];
      for (const value of samples) {
        const [before, after] = [was(value), is(value)];
        if (before === undefined || after === undefined) continue;
        if (backward === "compatible" && before) expect(after, JSON.stringify(value)).toBe(true);
        if (forward === "compatible" && after) expect(before, JSON.stringify(value)).toBe(true);
      }
    }),
    runs,
  );

  const checked = [...verdicts.values()].reduce((sum, count) => sum + count, 0);
  // Otherwise it would be easy: "unknown" is never wrong.
  expect(verdicts.get("compatible")).toBeGreaterThan(checked / 5);
  expect(verdicts.get("incompatible")).toBeGreaterThan(checked / 5);
  expect(verdicts.get("unknown") ?? 0).toBeLessThan(checked / 5);
});

// "incompatible" rests on a value that the one schema certainly accepts and the other certainly refuses.
test("a value that is certainly accepted or refused is so by ajv too", { timeout: 120_000 }, () => {
  fc.assert(
    fc.property(randomChange, values, ({ old }, samples) => {
      const schema = readSchema(old, "old", createSchemas());
      const validate = validator(old);
      for (const value of samples) {
        const answer = createAccepts()(schema, JSON.parse(JSON.stringify(value)));
        const expected = validate(value);
        if (answer !== "maybe" && expected !== undefined) expect(answer, JSON.stringify(value)).toBe(expected ? "yes" : "no");
      }
    }),
    runs,
  );
});

/** What ajv says of a value; undefined where a schema is itself and nothing else, which ends in an overflow. */
function validator(schema: RandomSchema): (value: unknown) => boolean | undefined {
  const validate = unlessOverflow(() => {
    const ajv = new Ajv2020({ strict: false, logger: false });
    // A random change may make a schema that is none, such as one with `multipleOf: 0`.
    return ajv.validateSchema(schema) === true ? ajv.compile(schema) : undefined;
  });
  return (value) => unlessOverflow(() => validate?.(value));
}

function unlessOverflow<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
