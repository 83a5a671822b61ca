import { expect, test } from "vitest";
import { retryAfter } from "../../core/plugins/retryAfter.ts";

const now = Date.UTC(2026, 0, 15, 12, 0, 0);

test.each([
  ["120", 120_000],
  [" 3 ", 3_000],
  ["0", 0],
  ["1.5", 1_500],
  ["Thu, 15 Jan 2026 12:00:30 GMT", 30_000],
  ["Thursday, 15-Jan-26 12:00:30 GMT", 30_000],
  ["Thu Jan 15 12:00:30 2026", 30_000],
])("Retry-After: %s is a wait of %i ms", (header, wait) => {
  expect(retryAfter(header, now)).toBe(wait);
});

test("a date that has passed is no wait", () => {
  expect(retryAfter("Thu, 15 Jan 2026 11:59:00 GMT", now)).toBe(0);
});

test.each([undefined, "", "soon", "-5", "in 5 minutes", "2026-01-15T12:00:30Z", "Thu, 99 Foo 2026 12:00:30 GMT"])(
  "Retry-After: %s says nothing",
  (header) => {
    expect(retryAfter(header, now)).toBeUndefined();
  },
);
