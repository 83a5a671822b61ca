import fc from "fast-check";
import { expect, test } from "vitest";
import { armFor, bucketOf, isInRollout } from "../../core/gateway/buckets.ts";

// Written down once: a change of the hash would move everybody, so that these must never change.
test.each([
  ["email-ab", "user-1", 0.30026074312627316],
  ["email-ab", "user-2", 0.13551699253730476],
  ["new-bot", "guild-1", 0.43030230328440666],
  ["", "", 0.02137250336818397],
  ["ä", "日本語", 0.31206415640190244],
  ["email-ab", "+4915112345678", 0.5177831435576081],
])("the bucket of route %s and key %j is the same in every process and version", (route, key, bucket) => {
  expect(bucketOf(route, key)).toBe(bucket);
});

test("a bucket is at least 0 and less than 1", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (route, key) => {
      const bucket = bucketOf(route, key);
      expect(bucket).toBeGreaterThanOrEqual(0);
      expect(bucket).toBeLessThan(1);
    }),
  );
});

test("route and key do not run into each other", () => {
  expect(bucketOf("ab", "c")).not.toBe(bucketOf("a", "bc"));
});

test("another route deals the same keys anew", () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => `user-${index}`);

  const both = keys.filter((key) => bucketOf("first", key) < 0.5 && bucketOf("second", key) < 0.5).length;

  expect(both / keys.length).toBeCloseTo(0.25, 1);
});

test("arms share the buckets by weight, in any unit, and an arm of weight 0 gets nobody", () => {
  const arms = [
    { name: "none", weight: 0 },
    { name: "a", weight: 0.3 },
    { name: "b", weight: 0.1 },
    { name: "never", weight: 0 },
  ];
  const armAt = (bucket: number) => armFor(arms, bucket)?.name;

  expect([0, 0.74, 0.76, 1 - 2 ** -32].map(armAt)).toEqual(["a", "a", "b", "b"]);
});

test("every bucket has an arm with a weight, whatever the weights add up to", () => {
  const weights = fc
    .array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 })
    .filter((all) => all.some((weight) => weight > 1e-9));

  fc.assert(
    fc.property(weights, fc.double({ min: 0, max: 1 - 2 ** -32, noNaN: true }), (all, bucket) => {
      expect(
        armFor(
          all.map((weight) => ({ weight })),
          bucket,
        )?.weight,
      ).toBeGreaterThan(0);
    }),
  );
});

test("a rollout of 0 % has nobody, one of 100 % everybody, and raising it moves nobody out", () => {
  const bucket = fc.double({ min: 0, max: 1 - 2 ** -32, noNaN: true });
  const percent = fc.double({ min: 0, max: 100, noNaN: true });

  fc.assert(
    fc.property(bucket, percent, percent, (place, one, other) => {
      expect(isInRollout(place, 0)).toBe(false);
      expect(isInRollout(place, 100)).toBe(true);
      expect(isInRollout(place, Math.min(one, other)) && !isInRollout(place, Math.max(one, other))).toBe(false);
    }),
  );
});
