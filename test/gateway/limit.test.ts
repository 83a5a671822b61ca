import { expect, test } from "vitest";
import { createLimit } from "../../core/gateway/limit.ts";
import { createFakeClock } from "../support/fakeClock.ts";

const forever = Number.POSITIVE_INFINITY;

test("as many enter as there is room for, and the way out makes room", () => {
  const { enter } = createLimit(2, createFakeClock());

  const leave = enter();
  const second = enter();
  const third = enter();
  leave?.();
  const fourth = enter();

  expect([second, third, fourth].map((way) => way !== undefined)).toEqual([true, false, true]);
});

test("who waits enters in the order of arrival", async () => {
  const { enter, wait } = createLimit(1, createFakeClock());
  const leave = enter();
  const order: string[] = [];
  const first = wait(forever).then((out) => {
    order.push("first");
    out();
  });
  const second = wait(forever).then(() => order.push("second"));

  leave?.();
  await Promise.all([first, second]);

  expect(order).toEqual(["first", "second"]);
});

test("who waits beyond its deadline is turned away, and the platform is not to blame", async () => {
  const clock = createFakeClock();
  const { enter, wait } = createLimit(1, clock);
  const leave = enter();
  const waiting = wait(clock.now() + 500);

  clock.advance(500);

  await expect(waiting).rejects.toMatchObject({ code: "rate_limited", penalize: "no", dispatched: "no" });
  leave?.();
  expect(enter()).toBeDefined();
  expect(clock.timers()).toBe(0);
});

test("who is cancelled leaves the queue at once, and takes nobody's place", async () => {
  const clock = createFakeClock();
  const { enter, wait } = createLimit(1, clock);
  const leave = enter();
  const gone = new AbortController();
  const waiting = wait(clock.now() + 500, gone.signal);
  const patient = wait(forever);

  gone.abort(new Error("gone"));

  await expect(waiting).rejects.toThrow("gone");
  leave?.();
  expect(await patient).toBeTypeOf("function");
  expect(clock.timers()).toBe(0);
  await expect(wait(forever, AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
});

test("more room lets those in who wait; less room holds with the next", async () => {
  const { enter, wait, resize } = createLimit(1, createFakeClock());
  enter();
  const waiting = wait(forever);

  resize(2);
  const leave = await waiting;
  resize(1);
  leave();

  expect(enter()).toBeUndefined();
});
