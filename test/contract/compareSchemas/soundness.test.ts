import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareSchemas } from "../../../core/contract/compareSchemas/compareSchemas.ts";
import { type RandomSchema, randomChange, randomValue } from "./randomSchemas.ts";

const numRuns = Number(process.env.HOOKLINE_PROPERTY_RUNS ?? 600);
const tally: Record<string, number> = {};

test("a change that is called compatible breaks no value that is found", { timeout: 300_000 }, () => {
  fc.assert(
    fc.property(randomChange, fc.array(randomValue, { minLength: 30, maxLength: 60 }), ({ old, next }, values) => {
      const was = validator(old);
      const is = validator(next);
      fc.pre(was !== undefined && is !== undefined);
      const { backward, forward } = compareSchemas(old, next);
      tally[backward] = (tally[backward] ?? 0) + 1;
      for (const value of values) {
        const [accepted, accepts] = [was(value), is(value)];
        if (accepted === undefined || accepts === undefined) continue;
        if (backward === "compatible" && accepted) expect(accepts, JSON.stringify(value)).toBe(true);
        if (forward === "compatible" && accepts) expect(accepted, JSON.stringify(value)).toBe(true);
      }
    }),
    { numRuns },
  );
  console.log(tally);
});

function validator(schema: RandomSchema): ((value: unknown) => boolean | undefined) | undefined {
  try {
    const validate = new Ajv2020({ strict: false, logger: false }).compile(schema);
    return (value) => {
      try {
        return validate(value) as boolean;
      } catch {
        return undefined;
      }
    };
  } catch {
    return undefined;
  }
}
