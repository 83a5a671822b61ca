import { expect, test } from "vitest";
import { HooklineError } from "../../core/errors.ts";
import { type Breaker, createBreaker } from "../../core/gateway/breaker.ts";
import { createFakeClock } from "../support/fakeClock.ts";

type Code = ConstructorParameters<typeof HooklineError>[0];
type Details = ConstructorParameters<typeof HooklineError>[1];

const error = (code: Code, details: Details = {}) => new HooklineError(code, { reason: "no", ...details });

/** So many calls that end so; false when one of them may not go. */
function calls(breaker: Breaker, count: number, outcome?: HooklineError): boolean {
  return Array.from({ length: count }, () => {
    const report = breaker.enter();
    report?.(outcome);
    return report !== undefined;
  }).every(Boolean);
}

function opened(code: Code = "unavailable") {
  const clock = createFakeClock();
  const breaker = createBreaker(clock);
  calls(breaker, 5, error(code));
  return { clock, breaker };
}

test("five failures in a row open the circuit, and four with a success between do not", () => {
  const breaker = createBreaker(createFakeClock());

  calls(breaker, 4, error("timeout"));
  calls(breaker, 1);
  calls(breaker, 4, error("timeout"));
  const before = breaker.circuit();
  calls(breaker, 1, error("timeout"));

  expect(before).toEqual({ state: "closed", retry_in_ms: 0 });
  expect(breaker.circuit()).toEqual({ state: "open", retry_in_ms: 10_000, reason: "timeout" });
  expect([breaker.isReady(), breaker.enter()]).toEqual([false, undefined]);
});

test("half of twenty calls opens it, half of eighteen does not", () => {
  const breaker = createBreaker(createFakeClock());
  const pair = () => calls(breaker, 1) && calls(breaker, 1, error("unavailable"));

  for (let pairs = 0; pairs < 9; pairs++) pair();
  const afterEighteen = breaker.isReady();
  pair();

  expect([afterEighteen, breaker.isReady()]).toEqual([true, false]);
});

test("what is older than half a minute does not count", () => {
  const clock = createFakeClock();
  const breaker = createBreaker(clock);
  for (let pairs = 0; pairs < 9; pairs++) calls(breaker, 1) && calls(breaker, 1, error("unavailable"));

  clock.advance(31_000);
  calls(breaker, 1);
  calls(breaker, 1, error("unavailable"));

  expect(breaker.isReady()).toBe(true);
});

test("after ten seconds one call probes, the others wait for what becomes of it", () => {
  const { clock, breaker } = opened();

  clock.advance(9_999);
  const early = breaker.isReady();
  clock.advance(1);
  const { state } = breaker.circuit();
  const probe = breaker.enter();
  const others = breaker.enter();
  probe?.(undefined);

  expect({ early, state, others }).toEqual({ early: false, state: "half_open", others: undefined });
  expect(breaker.circuit()).toEqual({ state: "closed", retry_in_ms: 0 });
  expect(calls(breaker, 4, error("unavailable"))).toBe(true);
  expect(breaker.isReady()).toBe(true);
});

test("a probe that fails opens it again, a probe that says nothing of the platform leaves the next call to probe", () => {
  const { clock, breaker } = opened();
  clock.advance(10_000);

  breaker.enter()?.(error("cancelled"));
  const isReady = breaker.isReady();
  breaker.enter()?.(error("unavailable"));

  expect(isReady).toBe(true);
  expect(breaker.circuit()).toEqual({ state: "open", retry_in_ms: 10_000, reason: "unavailable" });
});

test("a probe that is refused its recipient has reached a platform that lives", () => {
  const { clock, breaker } = opened();
  clock.advance(10_000);

  breaker.enter()?.(error("invalid_recipient"));

  expect(breaker.circuit().state).toBe("closed");
});

test.each([
  "invalid_recipient",
  "recipient_blocked",
  "invalid_request",
  "not_found",
  "permission",
  "cancelled",
  "plugin_unavailable",
] as const)("%s never counts against an instance", (code) => {
  const breaker = createBreaker(createFakeClock());

  expect(calls(breaker, 1_000, error(code))).toBe(true);
});

test.each(["auth", "quota_exceeded"] as const)("%s opens it at once and for five minutes", (code) => {
  const breaker = createBreaker(createFakeClock());

  calls(breaker, 1, error(code));

  expect(breaker.circuit()).toEqual({ state: "open", retry_in_ms: 300_000, reason: code });
});

test("a short rest never cuts a long one short", () => {
  const breaker = createBreaker(createFakeClock());
  const late = Array.from({ length: 6 }, () => breaker.enter());

  calls(breaker, 1, error("auth"));
  for (const report of late) report?.(error("timeout"));
  breaker.enter();

  expect(breaker.circuit()).toEqual({ state: "open", retry_in_ms: 300_000, reason: "auth" });
});

test("a platform that says when to come back is left alone until then; after that all may go, not one", () => {
  const clock = createFakeClock();
  const breaker = createBreaker(clock);

  calls(breaker, 1, error("rate_limited", { retry_after_ms: 2_000 }));
  const { state, retry_in_ms } = breaker.circuit();
  const ready = [breaker.isReady()];
  clock.advance(2_000);
  const both = [breaker.enter(), breaker.enter()];

  expect({ state, retry_in_ms, ready }).toEqual({ state: "open", retry_in_ms: 2_000, ready: [false] });
  expect(both.every((report) => report !== undefined)).toBe(true);
  expect(breaker.circuit().state).toBe("closed");
});

test("our own limit says nothing of the platform", () => {
  const breaker = createBreaker(createFakeClock());

  expect(calls(breaker, 100, error("rate_limited", { penalize: "no", retry_after_ms: 1_000 }))).toBe(true);
});

test("what a call tells twice counts once", () => {
  const breaker = createBreaker(createFakeClock());

  const report = breaker.enter();
  for (let times = 0; times < 10; times++) report?.(error("unavailable"));

  expect(breaker.isReady()).toBe(true);
});

test("a circuit that opens says so once, with its reason and how long it rests", () => {
  const clock = createFakeClock();
  const told: [string, number][] = [];
  const breaker = createBreaker(clock, (reason, ms) => void told.push([reason, ms]));

  for (let call = 0; call < 8; call++) breaker.enter()?.(new HooklineError("unavailable", { reason: "refused" }));

  expect(told).toEqual([["unavailable", 10_000]]);
});
