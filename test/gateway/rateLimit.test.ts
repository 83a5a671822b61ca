import { expect, test } from "vitest";
import { createRateLimit } from "../../core/gateway/rateLimit.ts";
import { createFakeClock } from "../support/fakeClock.ts";

const takes = (count: number, take: () => number) => Array.from({ length: count }, take);

test("no limit lets everybody go at once", () => {
  const { take, delay } = createRateLimit(0, createFakeClock());

  expect(takes(1_000, take)).toEqual(Array(1_000).fill(0));
  expect(delay()).toBe(0);
});

test("after a quiet time ten seconds' worth may go at once, the next ones each in their turn", () => {
  const { take } = createRateLimit(60, createFakeClock());

  expect(takes(10, take)).toEqual(Array(10).fill(0));
  expect(takes(3, take)).toEqual([1_000, 2_000, 3_000]);
});

test("the delay says what a turn would cost, and takes none", () => {
  const { take, delay } = createRateLimit(6, createFakeClock());

  expect([delay(), delay(), take(), delay(), take(), delay()]).toEqual([0, 0, 0, 10_000, 10_000, 20_000]);
});

test("turns come back with the time, and never more than ten seconds' worth", () => {
  const clock = createFakeClock();
  const { take } = createRateLimit(60, clock);
  takes(10, take);

  clock.advance(2_000);
  const afterTwoSeconds = takes(3, take);
  clock.advance(3_600_000);
  const afterAnHour = takes(11, take);

  expect(afterTwoSeconds).toEqual([0, 0, 1_000]);
  expect(afterAnHour).toEqual([...Array(10).fill(0), 1_000]);
});

test("over a minute no more go than the rate and the burst allow", () => {
  const clock = createFakeClock();
  const { take } = createRateLimit(120, clock);
  let gone = 0;

  for (let ms = 0; ms < 60_000; ms += 10) {
    if (take() <= 0) gone += 1;
    clock.advance(10);
  }

  expect(gone).toBeLessThanOrEqual(140);
});

test("another rate holds from now on, and a limit that is new begins with a full bucket", () => {
  const clock = createFakeClock();
  const { take, resize } = createRateLimit(600, clock);

  resize(60);
  const slower = takes(11, take);
  resize(0);
  const without = takes(5, take);
  resize(6);
  const anew = takes(2, take);

  expect(slower).toEqual([...Array(10).fill(0), 1_000]);
  expect(without).toEqual([0, 0, 0, 0, 0]);
  expect(anew).toEqual([0, 10_000]);
});
