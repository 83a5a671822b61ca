import { expect, test } from "vitest";
import type { Host, Outcome } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { type Provider, startProvider } from "../support/provider.ts";
import { poster } from "../support/vendor.ts";

test("a provider that is killed with messages in flight: those say so, the others are delivered by the second, and it gets its calls back", async () => {
  const { clock, host, first, second } = await twoProviders();
  const before = await sendAll(host, "before", 20);

  first.hold();
  const inFlight = sendAll(host, "in flight", 8);
  await first.holds(8);
  await first.kill();
  const lost = await inFlight;
  const meanwhile = await sendAll(host, "meanwhile", 30);
  const circuitMeanwhile = host.instance("first").circuit;
  await first.start();
  const early = await sendAll(host, "early", 5);
  clock.advance(10_000);
  first.hold();
  const probing = sendAll(host, "probing", 6);
  await first.holds(1);
  const circuitInProbe = host.instance("first").circuit;
  first.release();
  const probed = await probing;
  const after = await sendAll(host, "after", 20);

  expect(answeredBy(before)).toEqual({ first: 20 });
  expect(lost.map(({ status, error }) => [status, error?.code, error?.dispatched])).toEqual(
    lost.map(() => ["failed", "unavailable", "maybe"]),
  );
  expect(answeredBy(meanwhile)).toEqual({ second: 30 });
  expect(meanwhile.flatMap(({ attempts }) => attempts).filter(({ instance }) => instance === "first")).toEqual([]);
  expect(circuitMeanwhile).toMatchObject({ state: "open", retry_in_ms: 10_000, reason: "unavailable" });
  expect(answeredBy(early)).toEqual({ second: 5 });
  expect(circuitInProbe).toMatchObject({ state: "half_open" });
  expect(answeredBy(probed)).toEqual({ first: 1, second: 5 });
  expect(answeredBy(after)).toEqual({ first: 20 });
  expect(host.instance("first").circuit).toEqual({ state: "closed", retry_in_ms: 0 });
  expectDeliveredOnce([...before, ...lost, ...meanwhile, ...early, ...probed, ...after], first, second);
});

test("a provider that is not there is asked five times, each call is delivered by the second, and then nobody asks it", async () => {
  const { host, first, second } = await twoProviders();
  await first.kill();

  const outcomes: Sent[] = [];
  for (let call = 0; call < 40; call++) outcomes.push(...(await sendAll(host, `call ${call}`, 1)));

  expect(answeredBy(outcomes)).toEqual({ second: 40 });
  const asked = outcomes.flatMap(({ attempts }) => attempts).filter(({ instance }) => instance === "first");
  expect(asked.map(({ error }) => error?.dispatched)).toEqual(["no", "no", "no", "no", "no"]);
  expect(outcomes.filter(({ warnings }) => warnings.join().includes("first was left out"))).toHaveLength(35);
  expectDeliveredOnce(outcomes, first, second);
});

test("a probe that fails opens the circuit again, and costs no call its delivery", async () => {
  const { clock, host, first, second } = await twoProviders();
  await first.kill();
  const outcomes = await sendAll(host, "before", 10);

  for (let probe = 0; probe < 3; probe++) {
    clock.advance(10_000);
    outcomes.push(...(await sendAll(host, `probe ${probe}`, 10)));
  }

  expect(answeredBy(outcomes)).toEqual({ second: 40 });
  const asked = outcomes
    .slice(10)
    .flatMap(({ attempts }) => attempts)
    .filter(({ instance }) => instance === "first");
  expect(asked).toHaveLength(3);
  expect(host.instance("first").circuit).toMatchObject({ state: "open", retry_in_ms: 10_000 });
  expectDeliveredOnce(outcomes, first, second);
});

test("whenever it is killed under load: every call has its outcome, and no message is delivered twice", async () => {
  const { clock, host, first, second } = await twoProviders();
  const total = 600;
  const outcomes: Sent[] = [];
  let next = 0;

  await Promise.all(
    Array.from({ length: 30 }, async () => {
      while (next < total) {
        const number = next++;
        if (number === 200) await first.kill();
        if (number === 400) {
          await first.start();
          clock.advance(10_000);
        }
        outcomes.push(...(await sendAll(host, `message ${number}`, 1)));
      }
    }),
  );
  // The probe, unless one of the calls above has been it.
  outcomes.push(...(await sendAll(host, "probe", 1)));
  const after = await sendAll(host, "after", 10);

  expect(outcomes).toHaveLength(total + 1);
  const failed = outcomes.filter(({ status }) => status !== "ok");
  expect(failed.map(({ error }) => error?.dispatched)).toEqual(failed.map(() => "maybe"));
  // At most those that were in flight when it was killed.
  expect(failed.length).toBeLessThanOrEqual(30);
  expect(answeredBy(after)).toEqual({ first: 10 });
  expectDeliveredOnce([...outcomes, ...after], first, second);
});

type Sent = Outcome<{ message_id: string }> & { text: string };

async function twoProviders() {
  const clock = createFakeClock();
  const [first, second] = await Promise.all([startProvider(), startProvider()]);
  const host = await openOn(clock, {
    plugins: [poster("first"), poster("second")],
    config: {
      enabled_plugins: [
        { plugin_id: "first", config: { url: first.url } },
        { plugin_id: "second", config: { url: second.url } },
      ],
    },
  });
  return { clock, host, first, second };
}

/** Sends so many messages at the same time. */
function sendAll(host: Host, what: string, count: number): Promise<Sent[]> {
  const texts = Array.from({ length: count }, (_, index) => `${what}, ${index}`);
  return Promise.all(
    texts.map(async (text) => ({ ...(await host.call("send_message", { channel: "chat", to: "anna", content: text })), text })),
  );
}

/** How many of the calls each instance answered. */
function answeredBy(outcomes: readonly Sent[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, route, error } of outcomes) {
    const who = status === "ok" ? String(route.instance) : `${status}: ${error?.code}`;
    counts[who] = (counts[who] ?? 0) + 1;
  }
  return counts;
}

/** What was reported delivered arrived exactly once; what says "maybe" arrived at most once. */
function expectDeliveredOnce(outcomes: readonly Sent[], first: Provider, second: Provider): void {
  const arrived = Map.groupBy([...first.received(), ...second.received()], (text) => text);
  const times = (text: string) => arrived.get(text)?.length ?? 0;
  expect(outcomes.filter(({ status, text }) => status === "ok" && times(text) !== 1)).toEqual([]);
  expect(outcomes.filter(({ status, text }) => status !== "ok" && times(text) > 1)).toEqual([]);
}
