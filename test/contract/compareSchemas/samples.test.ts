import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern } from "../../../core/config/pattern.ts";
import { samplePattern } from "../../../core/contract/compareSchemas/samplePattern.ts";
import { patternMatches, sampleOfFormat } from "../../../core/contract/compareSchemas/textMatches.ts";
import { settingsFormats } from "../../../core/plugins/settingsFormats.ts";

const piece: fc.Arbitrary<string> = fc.letrec<{ piece: string }>((tie) => {
  const atom = fc.constantFrom("a", "-", "é", "\\.", "\\d", "\\w", "\\s", ".", "[a-z0-9]", "[_-]", "[\\d.]", "\\+");
  const count = fc.constantFrom("", "*", "+", "?", "{2}", "{1,}", "{0,3}", "+?", "{2}?");
  // No endless count of endless counts: the check below runs the expression, and that could take forever.
  const few = fc.constantFrom("", "?", "{2}", "{0,3}");
  const group = fc.tuple(
    fc.array(tie("piece"), { minLength: 1, maxLength: 3 }),
    fc.constantFrom("(", "(?:"),
    fc.constantFrom("", "|b"),
  );
  return {
    piece: fc.oneof(
      { depthSize: "small" },
      fc.tuple(atom, count).map(([one, times]) => one + times),
      fc.tuple(group, few).map(([[pieces, begin, or], times]) => `${begin}${pieces.join("")}${or})${times}`),
    ),
  };
}).piece;

test("the sample of a regular expression is matched by it, at the shortest and longer", () => {
  const expression = fc.tuple(
    fc.constantFrom("", "^"),
    fc.array(piece, { maxLength: 4 }),
    fc.constantFrom("", "$", "|x", "$|^y"),
  );

  fc.assert(
    fc.property(expression, fc.nat({ max: 12 }), ([start, pieces, end], length) => {
      const pattern = start + pieces.join("") + end;

      const sample = samplePattern(pattern, length);

      // Matched in linear time: backtracking takes forever for some of these.
      expect({ pattern, sample, isMatched: sample !== undefined && compilePattern(pattern).test(sample) }).toMatchObject({
        isMatched: true,
      });
    }),
    { numRuns: 300, seed: 20_261_121 },
  );
});

test.each([
  ["^https?://", "http://"],
  ["^whsec_[A-Za-z0-9+/]+={0,2}$", "whsec_A"],
  ["^\\+[1-9]\\d{1,14}$", "+10"],
  ["^(a|b)c", "ac"],
])("%s has the sample %s", (pattern, sample) => {
  expect(samplePattern(pattern)).toBe(sample);
});

test.each(["(?=a)", "(?<name>a)", "\\1", "\\b", "\\p{L}", "[^a]", "a^", "$a", "a**", "(", "[a", "a{1,2", "(a{1000}){1000}"])(
  "%s is left alone",
  (pattern) => {
    expect(samplePattern(pattern)).toBeUndefined();
  },
);

test("a sample grows to a length where a count allows it", () => {
  expect(samplePattern("^sk_[a-z]+$", 8)).toBe("sk_aaaaa");
  expect(samplePattern("^[a-z]{2,4}$", 8)).toBe("aa");
});

test("a plain expression is decided, any other only for its samples", () => {
  expect([patternMatches("^x-", "x-a"), patternMatches("^x-", "a"), patternMatches("^ab$", "abc")]).toEqual(["yes", "no", "no"]);
  expect([patternMatches("^[a-z]+$", "a"), patternMatches("^[a-z]+$", "b"), patternMatches("^[a-z]+$", "1")]).toEqual([
    "yes",
    "maybe",
    "maybe",
  ]);
});

test.each([...sampleOfFormat])("%s has a sample that validators accept", (format, sample) => {
  const ajv = new Ajv2020({ strict: false, logger: false });
  addFormats.default(ajv);

  expect(ajv.validate({ type: "string", format }, sample)).toBe(true);
  expect(settingsFormats[format]?.(sample) ?? true).toBe(true);
});
