import { expect, test } from "vitest";
import { isInRange, isRange, isVersion } from "../../core/contract/versions.ts";

test.each(["1.0.0", "0.0.1", "2.1.0-beta.1", "1.0.0+build.5"])("%s is a version", (version) => {
  expect(isVersion(version)).toBe(true);
});

test.each(["", "1", "1.0", "v1.0.0", " 1.0.0", "one", "1.0.0.0"])("%j is no version", (version) => {
  expect(isVersion(version)).toBe(false);
});

test.each(["^1.0", "~2.3.1", ">=1.2 <3", "1.x", "*", "1 || 2"])("%s is a range", (range) => {
  expect(isRange(range)).toBe(true);
});

test.each(["", "  ", "latest", "^", "one"])("%j is no range", (range) => {
  expect(isRange(range)).toBe(false);
});

test("a version is in a range or it is not", () => {
  expect(isInRange("1.4.0", "^1.0")).toBe(true);
  expect(isInRange("2.0.0", "^1.0")).toBe(false);
});

test("a pre-release is in the range that it is a pre-release for", () => {
  expect(isInRange("1.1.0-rc.1", "^1.0")).toBe(true);
  expect(isInRange("1.1.0-rc.1", "^1.1.0")).toBe(false);
  expect(isInRange("2.0.0-rc.1", "^1.0")).toBe(false);
});

test("what is no version or no range fits nothing, and does not throw", () => {
  expect(isInRange("one", "*")).toBe(false);
  expect(isInRange("1.0.0", "latest")).toBe(false);
});
