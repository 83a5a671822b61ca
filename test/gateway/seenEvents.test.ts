import { expect, test } from "vitest";
import { createSeenEvents } from "../../core/gateway/seenEvents.ts";
import { createFakeClock } from "../support/fakeClock.ts";

const day = 24 * 3_600_000;

test("an event is remembered for 24 hours, by instance", () => {
  const clock = createFakeClock();
  const seen = createSeenEvents(clock);

  seen.add("one", "e");

  expect([seen.has("one", "e"), seen.has("one", "f"), seen.has("two", "e")]).toEqual([true, false, false]);
  clock.advance(day - 1);
  expect(seen.has("one", "e")).toBe(true);
  clock.advance(1);
  expect(seen.has("one", "e")).toBe(false);
});

test("of each instance the last 10,000 are remembered; a busy one does not push the others out", () => {
  const seen = createSeenEvents(createFakeClock());
  seen.add("quiet", "e");

  for (let n = 0; n < 10_001; n++) seen.add("busy", `e${n}`);

  expect(seen.size).toBe(10_001);
  expect([seen.has("busy", "e0"), seen.has("busy", "e1"), seen.has("quiet", "e")]).toEqual([false, true, true]);
});

test("of instances that are gone nothing stays for ever", () => {
  const clock = createFakeClock();
  const seen = createSeenEvents(clock);
  for (let n = 0; n < 100; n++) seen.add("gone", `e${n}`);
  clock.advance(day);

  seen.add("new", "e");

  expect(seen.size).toBe(1);
});
