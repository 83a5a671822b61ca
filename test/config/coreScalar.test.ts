import { expect, test } from "vitest";
import { coreScalar } from "../../core/config/coreScalar.ts";

test.each<[string, unknown]>([
  ["", null],
  ["~", null],
  ["Null", null],
  ["nUll", "nUll"],
  ["TRUE", true],
  ["False", false],
  ["tRUE", "tRUE"],
  ["no", "no"],
  ["+7", 7],
  ["-007", -7],
  ["5.", 5],
  ["+.5e-1", 0.05],
  ["0o17", 15],
  ["-0o17", "-0o17"],
  ["0xfF", 255],
  ["0b1", "0b1"],
  ["1_000", "1_000"],
  [".inf", Number.POSITIVE_INFINITY],
  ["-.INF", Number.NEGATIVE_INFINITY],
  [".nan", Number.NaN],
  ["+", "+"],
  [".", "."],
  ["1.2.3", "1.2.3"],
  ["1e", "1e"],
  [" 1", " 1"],
  ["1\n", "1\n"],
  ["Infinity", "Infinity"],
])("%j means %j", (text, value) => {
  expect(coreScalar(text)).toBe(value);
});
