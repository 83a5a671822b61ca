import fc from "fast-check";
import { expect, test } from "vitest";
import { compilePattern, patternProblem } from "../../core/config/pattern.ts";

test.each([
  ["^\\+33", "+33612345678", true],
  ["^\\+33", "+49151", false],
  ["@acme\\.com$", "anna@acme.com", true],
  ["(?i)^ANNA", "anna@x", true],
  ["^(\\+33|\\+32)\\d+$", "+3212", true],
  ["[(?=]", "a=b", true],
  ["^\\\\1$", "\\1", true],
  ["é|ß", "Straße", true],
])("the pattern %j on %j: %s", (source, text, fits) => {
  expect(patternProblem(source)).toBeUndefined();
  expect(compilePattern(source).test(text)).toBe(fits);
});

test.each([
  ["(a)\\1", "has a back-reference, which patterns here cannot have"],
  ["(?<n>a)\\k<n>", "has a back-reference, which patterns here cannot have"],
  ["a(?=b)", "looks ahead or behind, which patterns here cannot do"],
  ["a(?!b)", "looks ahead or behind, which patterns here cannot do"],
  ["(?<=a)b", "looks ahead or behind, which patterns here cannot do"],
  ["(?<!a)b", "looks ahead or behind, which patterns here cannot do"],
  ["x".repeat(501), "is 501 characters long; a pattern may have 500"],
])("%j is refused: it %s", (source, problem) => {
  expect(patternProblem(source)).toBe(problem);
});

test.each(["(", "[a", "*a", "a{2,1}", "a{1001}", "((a{100}){100}){100}"])(
  "%j is no pattern, and the reason is told",
  (source) => {
    expect(patternProblem(source)).toMatch(/^is no regular expression \(.+\)$/);
  },
);

// A backtracking engine takes longer than the age of the universe for these: that the test ends is what it shows.
test.each(["(a+)+$", "(a|aa)+$", "(a*)*b", "(.*)*x", "^(\\w+\\s?)*$", "(a{1,30}){1,30}$"])(
  "%s ends on a text that it nearly fits",
  (source) => {
    expect(patternProblem(source)).toBeUndefined();
    expect(compilePattern(source).test(`${"a".repeat(5_000)}!`)).toBe(false);
  },
);

test("what is refused and what can be compiled are the same thing", () => {
  const piece = fc.constantFrom(
    "a",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "2",
    ",",
    "*",
    "+",
    "?",
    "|",
    "\\",
    "^",
    "$",
    ".",
    "<",
    "=",
    "!",
    ":",
    "P",
    "k",
  );

  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const source = pieces.join("");
      if (patternProblem(source) === undefined) compilePattern(source).test("aaa2");
      else expect(() => compilePattern(source)).toThrow();
    }),
  );
});
