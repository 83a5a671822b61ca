import fc from "fast-check";
import { expect, test } from "vitest";
import { openHost } from "../../core/host.ts";
import { type ErrorCode, errorTable, HooklineError, type Outcome } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { failing, hanging, type Scripted, scripted, sending } from "../support/scripted.ts";

const message = { channel: "chat", to: "anna", content: "hello" } as const;

function pool(members: readonly Scripted[], more: object = {}) {
  const plugins = members.map(({ plugin }) => plugin);
  const enabled_plugins = plugins.map(({ manifest }) => ({ plugin_id: manifest?.plugin_id }));
  return openOn(createFakeClock(), { plugins, config: { enabled_plugins, defaults: { max_retries: 0 }, ...more } });
}

test("one invalid recipient between two good messages leaves both good ones delivered by the first provider", async () => {
  const first = scripted("first", [sending, failing("invalid_recipient"), sending]);
  const second = scripted("second");
  const host = await pool([first, second]);

  const outcomes = [];
  for (const to of ["anna", "nobody", "bert"]) outcomes.push(await host.call("send_message", { ...message, to }));

  expect(outcomes.map(({ status, route }) => [status, route.instance])).toEqual([
    ["ok", "first"],
    ["failed", "first"],
    ["ok", "first"],
  ]);
  expect(outcomes[1]?.error).toMatchObject({ code: "invalid_recipient", penalize: "never" });
  expect(second.asked).toEqual([]);
  expect(host.instance("first").circuit?.state).toBe("closed");
});

test("a hundred bad recipients do not open a circuit", async () => {
  const first = scripted("first", (request) => {
    if (JSON.stringify(request.to).includes("bad")) throw new HooklineError("invalid_recipient", { reason: "no" });
    return { message_id: "1" };
  });
  const host = await pool([first, scripted("second")]);

  for (let index = 0; index < 100; index++) await host.call("send_message", { ...message, to: `bad${index}` });
  const outcome = await host.call("send_message", message);

  expect(outcome).toMatchObject({ status: "ok", route: { instance: "first" } });
});

test("a pool of which every member is dead ends with an outcome, also when every circuit is open", async () => {
  const members = ["a", "b", "c"].map((id) => scripted(id, failing("unavailable")));
  const host = await pool(members);

  const outcomes = [];
  for (let calls = 0; calls < 7; calls++) outcomes.push(await host.call("send_message", message));

  expect(outcomes.map(({ status, attempts }) => [status, attempts.length])).toEqual([
    ...Array(5).fill(["failed", 3]),
    ...Array(2).fill(["failed", 0]),
  ]);
  expect(outcomes.map(({ error }) => error?.code)).toEqual([...Array(5).fill("unavailable"), ...Array(2).fill("circuit_open")]);
  expect(outcomes[6]?.error?.message).toContain("a: its circuit is open after unavailable, for 10 s more; b:");
  expect(members.map(({ asked }) => asked.length)).toEqual([5, 5, 5]);
});

test("a pool of which half serves another kind of recipient ends with an outcome", async () => {
  const phone = ["a", "b"].map((id) => scripted(id, failing("unsupported")));
  const mail = ["c", "d"].map((id) => scripted(id, failing("unsupported")));
  const host = await pool([...phone, ...mail]);
  const served = await pool([...["a", "b"].map((id) => scripted(id, failing("unsupported"))), scripted("c")]);

  const nobody = await host.call("send_message", message);
  const somebody = await served.call("send_message", message);

  expect(nobody).toMatchObject({ status: "failed", error: { code: "unsupported", instance: "d" } });
  expect(nobody.attempts.map(({ instance }) => instance)).toEqual(["a", "b", "c", "d"]);
  expect(somebody).toMatchObject({ status: "ok", route: { instance: "c" } });
});

test("a member whose plugin could not be loaded is left out with a warning, and a pool of such ends with an outcome", async () => {
  const broken = scripted("broken", sending, { hookline: "^9" });
  const one = await pool([broken, scripted("good")]);
  const none = await pool([scripted("broken", sending, { hookline: "^9" })]);

  const outcome = await one.call("send_message", message);
  const nothing = await none.call("send_message", message);

  expect(outcome).toMatchObject({
    status: "ok",
    route: { instance: "good" },
    warnings: [expect.stringContaining("broken was left out")],
  });
  expect(nothing).toMatchObject({ status: "failed", attempts: [], error: { code: "plugin_unavailable", dispatched: "no" } });
});

const codes = Object.keys(errorTable) as ErrorCode[];
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      code: fc.constantFrom(...codes),
      dispatched: fc.option(fc.constantFrom("no", "maybe", "yes"), { nil: undefined }),
      retryable: fc.option(fc.boolean(), { nil: undefined }),
      failover: fc.option(fc.boolean(), { nil: undefined }),
      retry_after_ms: fc.option(fc.nat(3_000), { nil: undefined }),
      ms: fc.nat(200),
    }),
  },
  { weight: 2, arbitrary: fc.constantFrom("hang", "throw", "garbage") },
  { weight: 1, arbitrary: fc.constant("ok") },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const member = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 5 }),
  max_retries: fc.nat(3),
  timeout_seconds: fc.constantFrom(0.5, 2, 30),
  rate_limit_per_minute: fc.constantFrom(0, 0, 6),
  max_concurrent_sends: fc.constantFrom(1, 100),
  idempotent: fc.boolean(),
  isOther: fc.boolean(),
});
const policy = fc.record({
  on_maybe: fc.constantFrom("stop", "resend"),
  failover_on: fc.subarray(["invalid_recipient", "not_found", "conflict", "invalid_request", "payload_too_large"]),
});

type Clock = ReturnType<typeof createFakeClock>;

/** What a plugin does at one call. */
async function play(step: Step, clock: Clock, signal: AbortSignal): Promise<unknown> {
  if (step === "ok") return { message_id: "1" };
  if (step === "hang") return hanging({ hook: "send_message" }, signal);
  if (step === "throw") throw new TypeError("x is not a function");
  if (step === "garbage") return { id: 7 };
  if (typeof step === "string") throw new Error(`no step ${step}`);
  const { code, ms, ...details } = step;
  if (ms > 0) await new Promise<void>((resolve) => clock.after(ms, resolve));
  throw new HooklineError(code, { reason: "no", ...details });
}

/** What is wrong with an outcome, given who was asked in fact; empty when nothing is. */
function wrongs(
  { status, attempts, error, value, warnings }: Outcome,
  asked: readonly string[],
  resend: boolean,
  isIdempotent: (id: string) => boolean,
) {
  const wrong: string[] = [];
  const reached = attempts.filter((attempt) => !isOurs(attempt.error));
  if (reached.map(({ instance }) => instance).join() !== asked.join())
    wrong.push(`asked ${asked}, attempts ${reached.map(({ instance }) => instance)}`);
  attempts.forEach((attempt, index) => {
    const { instance, error: reason } = attempt;
    const next = attempts[index + 1];
    if (attempt.n !== index + 1) wrong.push("attempts are numbered");
    if ((attempt.outcome === "ok") !== (reason === undefined)) wrong.push("an attempt fails with an error");
    if (!next) return;
    if (!reason) wrong.push("asked after success");
    if (reason?.code === "recipient_blocked") wrong.push("asked after recipient_blocked");
    if (reason?.code === "cancelled") wrong.push("asked after cancelled");
    const doubts = attempts.slice(0, index + 1).filter((one) => one.error?.dispatched !== "no");
    const sure = doubts.filter((one) => one.error?.dispatched === "yes");
    if (sure.length > 0 && !isSame(sure, next.instance)) wrong.push("asked another after it surely happened");
    if (!resend && doubts.length > 0 && !isSame(doubts, next.instance))
      wrong.push(`asked ${next.instance} although ${instance} may have acted`);
  });
  const isOk = attempts.at(-1)?.outcome === "ok";
  if (isOk !== (status === "ok")) wrong.push("the status is what the last attempt says");
  if (isOk !== (value !== undefined)) wrong.push("a success has a value");
  if (isOk === (error !== undefined)) wrong.push("a failure has an error");
  const mayHaveActed = attempts.filter((attempt) => attempt.error && attempt.error.dispatched !== "no");
  if (error && mayHaveActed.length > 0 && error.dispatched === "no") wrong.push("the outcome forgets what may have happened");
  const answered = attempts.at(-1)?.instance ?? "";
  const isTwice = isOk && mayHaveActed.some(({ instance }) => instance !== answered || !isIdempotent(answered));
  if (isTwice !== warnings.some((warning) => warning.includes("may have acted")))
    wrong.push("a possible second delivery is told, and nothing else");
  return wrong;

  function isSame(doubts: readonly { instance: string }[], next: string): boolean {
    return doubts.every((one) => one.instance === next) && isIdempotent(next);
  }
}

/** An error that the core made before the plugin was reached. */
function isOurs(error: { message: string } | undefined): boolean {
  return error !== undefined && /rate_limit_per_minute|max_concurrent_sends|its circuit is open/.test(error.message);
}

test("every call ends within its deadline, every attempt is told, nobody is asked who must not be", async () => {
  const calls = fc.array(
    fc.record({ deadline_ms: fc.integer({ min: 1, max: 60_000 }), pause: fc.constantFrom(0, 1_000, 20_000) }),
    { minLength: 1, maxLength: 6 },
  );

  await fc.assert(
    fc.asyncProperty(fc.array(member, { maxLength: 4 }), policy, calls, async (members, { on_maybe, failover_on }, requests) => {
      const clock = createFakeClock();
      const asked: string[] = [];
      const plugins = members.map(({ steps, idempotent, isOther }, index) => {
        let turn = 0;
        const run = (_: object, signal: AbortSignal) => {
          asked.push(`m${index}`);
          return play(steps[turn++ % steps.length] ?? "ok", clock, signal);
        };
        const hooks = [isOther ? "edit_message" : "send_message"];
        return scripted(`m${index}`, run, { hooks, ...(idempotent && { idempotent: ["send_message"] }) }).plugin;
      });
      const enabled_plugins = members.map(({ steps: _, idempotent: __, isOther: ___, ...config }, index) => ({
        plugin_id: `m${index}`,
        ...config,
      }));
      const use = members.map((_, index) => `m${index}`);
      const routes = [
        {
          name: "pool",
          match: { channel: "pool" },
          ...(use.length > 0 ? { use } : { channels: ["nobody"] }),
          on_maybe,
          failover_on,
        },
      ];
      await using host = await openHost(
        { plugins, config: { enabled_plugins, routes, settings: { health_check_interval: 0 } }, logger: false },
        { hostModules: {}, clock },
      );

      for (const { deadline_ms, pause } of requests) {
        asked.length = 0;
        const began = clock.now();
        const outcome = await clock.settle(
          host.call("send_message", { channel: "pool", to: "anna", content: "hello", deadline_ms }),
        );

        expect(clock.now() - began).toBeLessThanOrEqual(deadline_ms);
        expect(wrongs(outcome, asked, on_maybe === "resend", (id) => members[Number(id.slice(1))]?.idempotent === true)).toEqual(
          [],
        );
        clock.advance(pause);
      }
    }),
    { numRuns: 300 },
  );
}, 60_000);

test("calls at the same time share circuits, rates and room, and every one of them ends", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(member, { minLength: 1, maxLength: 3 }),
      fc.integer({ min: 2, max: 20 }),
      async (members, count) => {
        const clock = createFakeClock();
        let turns = 0;
        const plugins = members.map(
          ({ steps }, index) =>
            scripted(`m${index}`, (_, signal) => play(steps[turns++ % steps.length] ?? "ok", clock, signal)).plugin,
        );
        const enabled_plugins = members.map(({ steps: _, idempotent: __, isOther: ___, ...config }, index) => ({
          plugin_id: `m${index}`,
          ...config,
        }));
        await using host = await openHost(
          { plugins, config: { enabled_plugins, settings: { health_check_interval: 0 } }, logger: false },
          { hostModules: {}, clock },
        );
        const began = clock.now();

        const calls = Array.from({ length: count }, (_, index) =>
          host.call("send_message", { ...message, deadline_ms: 1_000 * (index + 1) }),
        );
        const ended = await clock.settle(
          Promise.all(calls.map(async (call) => ({ outcome: await call, at: clock.now() - began }))),
        );

        ended.forEach(({ outcome, at }, index) => {
          expect(["ok", "failed"]).toContain(outcome.status);
          expect(at).toBeLessThanOrEqual(1_000 * (index + 1));
        });
        expect(Object.values(host.status().instances).map(({ in_flight }) => in_flight)).toEqual(members.map(() => 0));
      },
    ),
    { numRuns: 100 },
  );
}, 60_000);
