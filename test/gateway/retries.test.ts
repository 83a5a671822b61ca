import { expect, test } from "vitest";
import type { Outcome } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { failing, hanging, type Scripted, scripted, sending } from "../support/scripted.ts";

const message = { channel: "chat", to: "anna", content: "hello" } as const;

/** A host with these plugins, and these settings of `defaults` and rules. */
async function opened(
  members: readonly Scripted[],
  { routes = [], ...defaults }: { routes?: readonly object[]; [key: string]: unknown } = {},
) {
  const clock = createFakeClock();
  const plugins = members.map(({ plugin }) => plugin);
  const enabled_plugins = plugins.map(({ manifest }) => ({ plugin_id: manifest?.plugin_id }));
  const host = await openOn(clock, { plugins, config: { enabled_plugins, defaults, routes } });
  const send = (more: object = {}) => clock.settle(host.call("send_message", { ...message, ...more }));
  return { clock, host, send };
}

const story = ({ attempts }: Outcome) =>
  attempts.map(({ instance, reason, error }) => `${instance} ${reason} ${error?.code ?? "ok"}`);

test("an instance is asked again as often as max_retries says, then the error is the outcome", async () => {
  const down = scripted("down", failing("unavailable"));
  const { send } = await opened([down], { max_retries: 2 });

  const outcome = await send();

  expect(outcome).toMatchObject({ status: "failed", error: { code: "unavailable", instance: "down" } });
  expect(story(outcome)).toEqual(["down primary unavailable", "down retry unavailable", "down retry unavailable"]);
  expect(down.asked).toHaveLength(3);
});

test("a retry that succeeds is the outcome, with the attempts before it", async () => {
  const { send } = await opened([scripted("shaky", [failing("unavailable"), failing("unavailable"), sending])]);

  const outcome = await send();

  expect(outcome).toMatchObject({ status: "ok", warnings: [], route: { instance: "shaky" } });
  expect(story(outcome)).toEqual(["shaky primary unavailable", "shaky retry unavailable", "shaky retry ok"]);
});

test("the next instance is asked before the same one again, and each has its own retries", async () => {
  const members = ["a", "b"].map((id) => scripted(id, failing("unavailable")));
  const { send } = await opened(members, { max_retries: 1 });

  const { attempts } = await send();

  expect(attempts.map(({ instance, reason }) => `${instance} ${reason}`)).toEqual([
    "a primary",
    "b failover",
    "a retry",
    "b retry",
  ]);
});

test.each([
  "auth",
  "permission",
  "invalid_request",
  "not_found",
  "conflict",
  "invalid_recipient",
  "recipient_blocked",
  "quota_exceeded",
] as const)("after %s the same instance is not asked again", async (code) => {
  const one = scripted("one", failing(code));
  const { send, clock } = await opened([one], { max_retries: 5 });
  const began = clock.now();

  const { error } = await send();

  expect(error?.code).toBe(code);
  expect(one.asked).toHaveLength(1);
  expect(clock.now()).toBe(began);
});

test("a 429 that ends within the call is waited for, and the same instance asked again, not the next", async () => {
  const limited = scripted("limited", [failing("rate_limited", { retry_after_ms: 5_000 }), sending]);
  const next = scripted("next");
  const { send, clock } = await opened([limited, next]);
  const began = clock.now();

  const outcome = await send({ deadline_ms: 10_000 });

  expect(story(outcome)).toEqual(["limited primary rate_limited", "limited retry ok"]);
  expect(clock.now() - began).toBe(5_000);
  expect(next.asked).toEqual([]);
});

test("a 429 that ends after the call comes back at once, after exactly one request", async () => {
  const limited = scripted("limited", failing("rate_limited", { retry_after_ms: 60_000 }));
  const { send, clock } = await opened([limited]);
  const began = clock.now();

  const outcome = await send({ deadline_ms: 10_000 });

  expect(outcome.error).toMatchObject({ code: "rate_limited", retry_after_ms: 60_000 });
  expect(limited.asked).toHaveLength(1);
  expect(clock.now()).toBe(began);
});

test("a 429 that ends after the call is a reason to ask the next, and the first is left alone until then", async () => {
  const limited = scripted("limited", [failing("rate_limited", { retry_after_ms: 60_000 }), sending]);
  const { send, clock, host } = await opened([limited, scripted("next")]);

  const first = await send({ deadline_ms: 10_000 });
  const circuit = host.instance("limited").circuit;
  const second = await send();
  clock.advance(60_000);
  const third = await send();

  expect(story(first)).toEqual(["limited primary rate_limited", "next failover ok"]);
  expect(circuit).toEqual({ state: "open", retry_in_ms: 60_000, reason: "rate_limited" });
  expect(second).toMatchObject({ route: { instance: "next" }, warnings: [expect.stringContaining("limited was left out")] });
  expect(third).toMatchObject({ route: { instance: "limited" }, warnings: [] });
});

test("all calls that wait for a 429 to end go on together when it has", async () => {
  const limited = scripted("limited", [...Array(10).fill(failing("rate_limited", { retry_after_ms: 1_000 })), sending]);
  const { clock, host } = await opened([limited]);

  const outcomes = await clock.settle(Promise.all(Array.from({ length: 10 }, () => host.call("send_message", message))));

  expect(outcomes.map(({ status }) => status)).toEqual(Array(10).fill("ok"));
  expect(limited.asked).toHaveLength(20);
});

test("a 503 that says when to come back is asked again then, not earlier", async () => {
  const { send, clock } = await opened([scripted("down", [failing("unavailable", { retry_after_ms: 7_000 }), sending])]);
  const began = clock.now();

  const outcome = await send();

  expect(outcome.status).toBe("ok");
  expect(clock.now() - began).toBe(7_000);
});

test("the waits end with the deadline of the call, and with the time of the instance", async () => {
  const slow = () => failing("unavailable", { retry_after_ms: 3_000 });
  const [one, two] = [scripted("one", slow()), scripted("two", slow())];
  const byDeadline = await opened([one], { max_retries: 100 });
  const byTimeout = await opened([two], { max_retries: 100, timeout_seconds: 5 });
  const began = byDeadline.clock.now();

  const outcome = await byDeadline.send({ deadline_ms: 10_000 });
  await byTimeout.send();

  expect(one.asked).toHaveLength(4);
  expect(byDeadline.clock.now() - began).toBe(9_000);
  expect(outcome.error?.code).toBe("unavailable");
  expect(two.asked).toHaveLength(2);
});

test("an instance that does not answer ends with a timeout; by default nobody is asked after it", async () => {
  const [silent, next] = [scripted("silent", hanging), scripted("next")];
  const { send, clock } = await opened([silent, next], { timeout_seconds: 2 });
  const began = clock.now();

  const outcome = await send();

  expect(outcome).toMatchObject({ status: "failed", error: { code: "timeout", dispatched: "maybe", instance: "silent" } });
  expect(clock.now() - began).toBe(2_000);
  expect([silent.asked.length, next.asked.length]).toEqual([1, 0]);
});

test("with on_maybe: resend the next is asked, and the outcome says that it could have happened twice", async () => {
  const members = [scripted("silent", hanging), scripted("next")];
  const routes = [{ name: "urgent", use: ["silent", "next"], on_maybe: "resend" }];
  const { send } = await opened(members, { routes, timeout_seconds: 2 });

  const outcome = await send();

  expect(story(outcome)).toEqual(["silent primary timeout", "next failover ok"]);
  expect(outcome.warnings).toEqual(["silent may have acted before next answered: it could have happened twice"]);
});

test("what may have happened stays possible, whatever error ends the call", async () => {
  const members = [scripted("silent", hanging), scripted("next", failing("invalid_request"))];
  const routes = [{ name: "urgent", use: ["silent", "next"], on_maybe: "resend" }];
  const { send } = await opened(members, { routes });

  const outcome = await send();

  expect(outcome.error).toMatchObject({ code: "invalid_request", instance: "next", dispatched: "maybe" });
});

test("what surely happened is not asked for again, not even with on_maybe: resend", async () => {
  const members = [scripted("one", failing("unavailable", { dispatched: "yes" })), scripted("next")];
  const { send } = await opened(members, { routes: [{ name: "urgent", use: ["one", "next"], on_maybe: "resend" }] });

  const outcome = await send();

  expect(story(outcome)).toEqual(["one primary unavailable"]);
  expect(outcome.error?.dispatched).toBe("yes");
});

test("a hook that changes nothing is asked again whatever happened", async () => {
  const hooks = ["get_message_status"];
  const answer = () => ({ status: "sent", terminal: false });
  const { clock, host } = await opened([
    scripted("reset", failing("unavailable", { dispatched: "maybe" }), { hooks }),
    scripted("next", answer, { hooks }),
  ]);

  const outcome = await clock.settle(host.call("get_message_status", { channel: "chat", message: "1" }));

  expect(story(outcome)).toEqual(["reset primary unavailable", "next failover ok"]);
  expect(outcome.warnings).toEqual([]);
});

test("a platform that sends once per key is asked again after a reset, with the same key, and no other", async () => {
  const reset = failing("unavailable", { dispatched: "maybe" });
  const once = scripted("once", [reset, reset, sending], { idempotent: ["send_message"] });
  const next = scripted("next");
  const { send } = await opened([once, next]);

  const outcome = await send();

  expect(story(outcome)).toEqual(["once primary unavailable", "once retry unavailable", "once retry ok"]);
  expect(outcome.warnings).toEqual([]);
  expect(new Set(once.asked.map(({ idempotency_key }) => idempotency_key))).toEqual(new Set([outcome.request_id]));
  expect(next.asked).toEqual([]);
});

test("after a doubtful error an error that sends nothing does not open the way to the next", async () => {
  const once = scripted("once", [failing("unavailable", { dispatched: "maybe" }), failing("auth")], {
    idempotent: ["send_message"],
  });
  const next = scripted("next");
  const { send } = await opened([once, next]);

  const outcome = await send();

  expect(story(outcome)).toEqual(["once primary unavailable", "once retry auth"]);
  expect(outcome.error).toMatchObject({ code: "auth", dispatched: "maybe" });
  expect(next.asked).toEqual([]);
});

test("nobody is asked after a STOP, whatever plugin and route say", async () => {
  const blocked = scripted("blocked", failing("recipient_blocked", { failover: true, retryable: true }));
  const next = scripted("next");
  const { send } = await opened([blocked, next], {
    routes: [{ name: "all", use: ["blocked", "next"], on_maybe: "resend", failover_on: ["invalid_recipient"] }],
  });

  const outcome = await send();

  expect(story(outcome)).toEqual(["blocked primary recipient_blocked"]);
  expect(next.asked).toEqual([]);
});

test.each(["invalid_recipient", "not_found", "conflict", "invalid_request", "payload_too_large"] as const)(
  "%s is asked of the next only where a route says so",
  async (code) => {
    const members = () => [scripted("one", failing(code)), scripted("next")];
    const usual = await opened(members());
    const allowed = await opened(members(), { routes: [{ name: "r", use: ["one", "next"], failover_on: [code] }] });

    expect(story(await usual.send())).toEqual([`one primary ${code}`]);
    expect(story(await allowed.send())).toEqual([`one primary ${code}`, "next failover ok"]);
  },
);

test("what is too large for one goes to the next that says it takes so much", async () => {
  const large = failing("payload_too_large");
  const members = [
    scripted("one", large),
    scripted("unknown"),
    scripted("small", sending, { limits: { text_length: 10 } }),
    scripted("bytes", sending, { limits: { payload_bytes: 100 } }),
    scripted("both", sending, { limits: { payload_bytes: 1_000, text_length: 10 } }),
    scripted("enough", sending, { limits: { text_length: 1_000 } }),
  ];
  const { send } = await opened(members);

  const outcome = await send({ content: "x".repeat(200) });

  expect(story(outcome)).toEqual(["one primary payload_too_large", "enough failover ok"]);
});

test("a circuit that opens during a call ends its retries with the error that opened it", async () => {
  const down = scripted("down", failing("unavailable"));
  const { send } = await opened([down], { max_retries: 20 });

  const outcome = await send();

  expect(down.asked).toHaveLength(5);
  expect(story(outcome)).toEqual(["down primary unavailable", ...Array(4).fill("down retry unavailable")]);
  expect(outcome.error?.code).toBe("unavailable");
});

test("after its rest one call probes, and a probe that succeeds brings the traffic back", async () => {
  const down = scripted("down", [...Array(5).fill(failing("unavailable")), sending]);
  const { send, clock } = await opened([down, scripted("next")], { max_retries: 0 });
  for (let calls = 0; calls < 5; calls++) await send();

  const during = await send();
  clock.advance(10_000);
  const after = [await send(), await send()];

  expect(during).toMatchObject({ route: { instance: "next" }, attempts: [{ instance: "next", reason: "primary" }] });
  expect(after.map(({ route }) => route.instance)).toEqual(["down", "down"]);
});

test("calls beyond the rate wait for their turn within their deadline, and go to the next beyond it", async () => {
  const slow = scripted("slow");
  const clock = createFakeClock();
  const plugins = [slow.plugin, scripted("next").plugin];
  const enabled_plugins = [{ plugin_id: "slow", rate_limit_per_minute: 6 }, { plugin_id: "next" }];
  const host = await openOn(clock, { plugins, config: { enabled_plugins } });
  const send = (deadline_ms: number) => clock.settle(host.call("send_message", { ...message, deadline_ms }));

  const outcomes = [await send(1_000), await send(15_000), await send(5_000)];

  expect(outcomes.map((outcome) => [outcome.timing.ms, ...story(outcome)])).toEqual([
    [0, "slow primary ok"],
    [10_000, "slow primary ok"],
    [0, "slow primary rate_limited", "next failover ok"],
  ]);
  expect(outcomes[2]?.attempts[0]?.error).toMatchObject({ penalize: "no", retry_after_ms: 10_000 });
  expect(host.instance("slow").circuit?.state).toBe("closed");
});

test("no more calls than max_concurrent_sends are at an instance, the others wait their turn", async () => {
  const clock = createFakeClock();
  let [inside, most] = [0, 0];
  const busy = scripted("busy", async () => {
    most = Math.max(most, ++inside);
    await new Promise<void>((resolve) => clock.after(1_000, resolve));
    inside -= 1;
    return { message_id: "1" };
  });
  const host = await openOn(clock, {
    plugins: [busy.plugin],
    config: { enabled_plugins: [{ plugin_id: "busy" }], settings: { max_concurrent_sends: 3 } },
  });

  const outcomes = await clock.settle(
    Promise.all(Array.from({ length: 9 }, () => host.call("send_message", { ...message, deadline_ms: 2_500 }))),
  );

  expect(most).toBe(3);
  expect(outcomes.map(({ status, timing, error }) => [status, timing.ms, error?.code])).toEqual([
    ...Array(3).fill(["ok", 1_000, undefined]),
    ...Array(3).fill(["ok", 2_000, undefined]),
    ...Array(3).fill(["failed", 2_500, "timeout"]),
  ]);
  expect(host.instance("busy").circuit?.state).toBe("closed");
});

test("who finds no room before its deadline is told so, and the platform is not to blame", async () => {
  const clock = createFakeClock();
  const busy = scripted("busy", hanging);
  const host = await openOn(clock, {
    plugins: [busy.plugin],
    config: { enabled_plugins: [{ plugin_id: "busy", max_concurrent_sends: 1 }] },
  });

  const first = host.call("send_message", message);
  const outcome = await clock.settle(host.call("send_message", { ...message, deadline_ms: 1_000 }));

  expect(outcome.error).toMatchObject({ code: "rate_limited", penalize: "no", dispatched: "no" });
  expect(busy.asked).toHaveLength(1);
  expect(host.instance("busy").circuit?.state).toBe("closed");
  expect((await clock.settle(first)).error?.code).toBe("timeout");
});
