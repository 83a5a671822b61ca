import { expect, test } from "vitest";
import { backoff } from "../../core/gateway/backoff.ts";

const longest = (n: number) => backoff(n, { retryAfter: undefined, random: () => 1 });

test("a wait doubles from 200 ms with every retry, up to 30 s", () => {
  expect([1, 2, 3, 4, 8, 9, 50].map(longest)).toEqual([200, 400, 800, 1_600, 25_600, 30_000, 30_000]);
});

test("the jitter is full: anything from nothing to the whole wait", () => {
  const waits = [0, 0.25, 0.5, 0.999].map((share) => backoff(3, { retryAfter: undefined, random: () => share }));

  expect(waits).toEqual([0, 200, 400, 799]);
});

test("what the platform asked for is waited exactly, however often it is tried", () => {
  const random = () => 0.5;

  expect([1, 2, 9].map((n) => backoff(n, { retryAfter: 1_234, random }))).toEqual([1_234, 1_234, 1_234]);
  expect(backoff(1, { retryAfter: 0, random })).toBe(0);
});
