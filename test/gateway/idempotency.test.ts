import { expect, test } from "vitest";
import { HooklineError } from "../../core/errors.ts";
import { createIdempotencyStore } from "../../core/gateway/idempotency.ts";
import type { Outcome } from "../../core/gateway/outcome.ts";
import { createFakeClock } from "../support/fakeClock.ts";

const outcome = (more: Partial<Outcome> = {}): Outcome => ({
  status: "ok",
  attempts: [],
  route: { name: "priority" },
  warnings: [],
  request_id: "r",
  timing: { ms: 0 },
  ...more,
});
const failed = (dispatched: "no" | "maybe"): Outcome =>
  outcome({ status: "failed", error: new HooklineError("unavailable", { reason: "no", dispatched }).toJSON() });

function opened() {
  const clock = createFakeClock();
  const store = createIdempotencyStore(clock);
  const runs: (Outcome | undefined)[] = [];
  /** A call whose run gives these outcomes, one after the other. */
  const call = (
    key: string,
    body: unknown,
    give: Outcome | Promise<Outcome>,
    deadline = Number.POSITIVE_INFINITY,
    signal?: AbortSignal,
  ) => {
    const run = async (before: Outcome | undefined) => {
      runs.push(before);
      return give;
    };
    return store.once(key, body, run, { deadline, signal, late: () => outcome({ status: "failed", request_id: "late" }) });
  };
  return { clock, store, runs, call };
}

test("the first call is fresh, a repeat gets the same outcome and runs nothing", async () => {
  const { call, runs } = opened();

  const first = await call("k", { a: 1 }, outcome({ value: "sent" }));
  const again = await call("k", { a: 1 }, outcome({ value: "never" }));

  expect([first, again]).toMatchObject([
    { value: "sent", idempotent: "fresh" },
    { value: "sent", idempotent: "replayed" },
  ]);
  expect(runs).toHaveLength(1);
});

test("the same facts in another order are the same body, other facts are a conflict", async () => {
  const { call } = opened();
  await call("k", { a: 1, b: [{ c: 2, d: 3 }] }, outcome());

  const same = await call("k", { b: [{ d: 3, c: 2 }], a: 1 }, outcome());

  expect(same.idempotent).toBe("replayed");
  await expect(call("k", { a: 1, b: [] }, outcome())).rejects.toMatchObject({ code: "idempotency_conflict" });
  await expect(call("k", { a: "1", b: [{ c: 2, d: 3 }] }, outcome())).rejects.toMatchObject({ code: "idempotency_conflict" });
});

test("two at the same time run once", async () => {
  const { call, runs } = opened();
  const { promise, resolve } = Promise.withResolvers<Outcome>();

  const both = [call("k", 1, promise), call("k", 1, outcome()), call("k", 1, outcome())];
  resolve(outcome({ value: "one" }));

  expect((await Promise.all(both)).map(({ value, idempotent }) => [value, idempotent])).toEqual([
    ["one", "fresh"],
    ["one", "replayed"],
    ["one", "replayed"],
  ]);
  expect(runs).toHaveLength(1);
});

test("of those who wait for a call that fails without having sent, one tries again and the others get its outcome", async () => {
  const { call, runs } = opened();
  const { promise, resolve } = Promise.withResolvers<Outcome>();

  const all = [call("k", 1, promise), call("k", 1, outcome({ value: "second" })), call("k", 1, outcome({ value: "third" }))];
  resolve(failed("no"));

  expect((await Promise.all(all)).map(({ value, status, idempotent }) => value ?? [status, idempotent])).toEqual([
    ["failed", "fresh"],
    "second",
    "second",
  ]);
  expect(runs).toHaveLength(2);
});

test("what failed before anything was sent runs again; what may have been sent does not", async () => {
  const { call, runs } = opened();

  await call("no", 1, failed("no"));
  await call("maybe", 1, failed("maybe"));
  const [no, maybe] = [await call("no", 1, outcome()), await call("maybe", 1, outcome())];

  expect(no).toMatchObject({ status: "ok", idempotent: "fresh" });
  expect(maybe).toMatchObject({ status: "failed", idempotent: "replayed" });
  expect(runs).toHaveLength(3);
});

test("a partial outcome is given to the next run, until nothing is left", async () => {
  const { call, runs } = opened();
  const partial = outcome({ status: "partial", items: [{ index: 0, subject: "a", status: "failed" }] });

  await call("k", 1, partial);
  await call("k", 1, outcome({ value: "whole" }));
  const third = await call("k", 1, outcome());

  expect(runs).toMatchObject([undefined, { status: "partial" }]);
  expect(third).toMatchObject({ value: "whole", idempotent: "replayed" });
});

test("a run that throws is forgotten, but not what was done before it", async () => {
  const { call, runs } = opened();
  const thrown = () => Promise.reject(new Error("no"));
  const partial = outcome({ status: "partial", items: [{ index: 0, subject: "a", status: "failed" }] });

  await expect(call("new", 1, thrown())).rejects.toThrow("no");
  const anew = await call("new", 2, outcome());
  await call("old", 1, partial);
  await expect(call("old", 1, thrown())).rejects.toThrow("no");
  await call("old", 1, outcome());

  expect(anew.idempotent).toBe("fresh");
  expect(runs.at(-1)).toMatchObject({ status: "partial" });
});

test("a key is remembered for 24 hours", async () => {
  const { clock, call } = opened();
  await call("k", 1, outcome());

  clock.advance(24 * 3_600_000 - 1);
  const before = await call("k", 1, outcome());
  clock.advance(1);
  const after = await call("k", "something else", outcome());

  expect([before.idempotent, after.idempotent]).toEqual(["replayed", "fresh"]);
});

test("no more than 10,000 keys are remembered, the oldest go first, and none that still runs", async () => {
  const { store, call } = opened();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const running = call("running", 1, promise);

  for (let index = 0; index < 10_001; index++) await call(`k${index}`, 1, outcome());
  const [oldest, newest] = [await call("k1", 1, outcome()), await call("k10000", 1, outcome())];
  resolve(outcome({ value: "it ran" }));

  expect(store.size).toBeLessThanOrEqual(10_000);
  expect([oldest.idempotent, newest.idempotent]).toEqual(["fresh", "replayed"]);
  expect((await running).value).toBe("it ran");
  expect((await call("running", 1, outcome())).idempotent).toBe("replayed");
});

test("what expired is forgotten when something new comes, without being asked for", async () => {
  const { clock, store, call } = opened();
  for (let index = 0; index < 100; index++) await call(`k${index}`, 1, outcome());

  clock.advance(24 * 3_600_000);
  await call("new", 1, outcome());

  expect(store.size).toBe(1);
});

test("a call waits for another with its key no longer than its own deadline or signal", async () => {
  const { clock, call } = opened();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const gone = new AbortController();
  const running = call("k", 1, promise);
  const late = call("k", 1, outcome(), clock.now() + 1_000);
  const cancelled = call("k", 1, outcome(), Number.POSITIVE_INFINITY, gone.signal);

  clock.advance(1_000);
  gone.abort();

  expect((await late).request_id).toBe("late");
  expect((await cancelled).request_id).toBe("late");
  resolve(outcome({ value: "sent" }));
  expect((await running).value).toBe("sent");
  expect(clock.timers()).toBe(0);
});
