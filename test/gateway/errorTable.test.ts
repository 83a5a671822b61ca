import { expect, test } from "vitest";
import { definePlugin, type ErrorCode, HooklineError, type Host, type HttpAnswer, type Outcome } from "../../core/index.ts";
import type { ManifestInput } from "../../core/plugins/manifest.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { openOn } from "../support/plugins.ts";
import { answering, deadVendor, httpVendor, poster, rawVendor, type Vendor } from "../support/vendor.ts";

// Nobody moves the clock unless a test says so: a call that waited for anything would never end.

/** What the first of two vendors did, and what became of the call. */
interface Row {
  what: string;
  vendor: () => Promise<Vendor>;
  code: ErrorCode;
  dispatched?: "maybe";
  /** True when the second vendor was asked, and delivered. */
  goesOn: boolean;
  /** How many requests the first one got. */
  hits?: number;
}

const anHour = "3600";
const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString();
const junk = JSON.stringify({ id: "x".repeat(4_000) });

const rows: Row[] = [
  { what: "400", vendor: () => answering(400), code: "invalid_request", goesOn: false },
  { what: "401", vendor: () => answering(401), code: "auth", goesOn: true },
  { what: "402", vendor: () => answering(402), code: "quota_exceeded", goesOn: true },
  { what: "403", vendor: () => answering(403), code: "permission", goesOn: true },
  { what: "404", vendor: () => answering(404), code: "not_found", goesOn: false },
  { what: "409", vendor: () => answering(409), code: "conflict", goesOn: false },
  { what: "410", vendor: () => answering(410), code: "not_found", goesOn: false },
  { what: "413", vendor: () => answering(413), code: "payload_too_large", goesOn: false },
  { what: "422", vendor: () => answering(422), code: "invalid_request", goesOn: false },
  { what: "429", vendor: () => answering(429), code: "rate_limited", goesOn: true },
  { what: "429 for an hour", vendor: () => answering(429, "", { "retry-after": anHour }), code: "rate_limited", goesOn: true },
  {
    what: "429 until a date",
    vendor: () => answering(429, "", { "retry-after": inAnHour() }),
    code: "rate_limited",
    goesOn: true,
  },
  { what: "500", vendor: () => answering(500), code: "unavailable", goesOn: true },
  { what: "501", vendor: () => answering(501), code: "unsupported", goesOn: true },
  { what: "502", vendor: () => answering(502), code: "unavailable", dispatched: "maybe", goesOn: false },
  { what: "503", vendor: () => answering(503), code: "unavailable", goesOn: true },
  { what: "504", vendor: () => answering(504), code: "unavailable", dispatched: "maybe", goesOn: false },
  { what: "a redirect", vendor: () => answering(308, "", { location: "/elsewhere" }), code: "unavailable", goesOn: true },
  { what: "a refused connection", vendor: deadVendor, code: "unavailable", goesOn: true, hits: 0 },
  { what: "a hang-up before the request was written", vendor: hangingUpEarly, code: "unavailable", goesOn: true },
  {
    what: "a reset after the request was written",
    vendor: () => rawVendor((socket) => socket.resetAndDestroy()),
    code: "unavailable",
    dispatched: "maybe",
    goesOn: false,
  },
  {
    what: "HTML on a 200",
    vendor: () => answering(200, "<html>Sign in</html>", { "content-type": "text/html" }),
    code: "unavailable",
    dispatched: "maybe",
    goesOn: false,
  },
  {
    what: "half of a JSON on a 200",
    vendor: () => answering(200, '{"id":'),
    code: "unavailable",
    dispatched: "maybe",
    goesOn: false,
  },
  { what: "an empty 200", vendor: () => answering(200), code: "unavailable", dispatched: "maybe", goesOn: false },
  {
    what: "JSON without what the plugin needs",
    vendor: () => answering(200, "null"),
    code: "plugin_error",
    dispatched: "maybe",
    goesOn: false,
  },
  { what: "an answer too large", vendor: () => answering(200, junk), code: "unavailable", dispatched: "maybe", goesOn: false },
];

test.each(rows)("$what is $code", async ({ vendor, code, dispatched = "no", goesOn, hits = 1 }) => {
  const first = await vendor();
  const second = await answering(200, '{"id":"m2"}');
  const host = await twoVendors(first, second);

  const outcome = await send(host);

  expect(first.bodies).toHaveLength(hits);
  expect(second.bodies).toHaveLength(goesOn ? 1 : 0);
  const failure = {
    instance: "first",
    n: 1,
    outcome: "failed",
    reason: "primary",
    error: { code, dispatched, instance: "first" },
  };
  if (goesOn) {
    expect(outcome).toMatchObject({
      status: "ok",
      value: { message_id: "second:m2" },
      route: { name: "priority", instance: "second" },
    });
    expect(outcome.attempts).toMatchObject([failure, { instance: "second", n: 2, outcome: "ok", reason: "failover" }]);
  } else {
    expect(outcome).toMatchObject({ status: "failed", error: { code, dispatched }, route: { instance: "first" } });
    expect(outcome.attempts).toMatchObject([failure]);
  }
  expect(outcome.attempts).toHaveLength(goesOn ? 2 : 1);
});

test("a vendor that never answers is a time-out: what it did is open, and nobody else is asked", async () => {
  const clock = createFakeClock();
  const silent = await httpVendor(() => undefined);
  const second = await answering(200, '{"id":"m2"}');
  const host = await twoVendors(silent, second, { clock, timeout_seconds: 5 });

  const sending = send(host);
  await silent.arrived(1);
  clock.advance(5_000);
  const outcome = await sending;

  expect(outcome).toMatchObject({ status: "failed", error: { code: "timeout", dispatched: "maybe", instance: "first" } });
  expect(outcome.attempts).toMatchObject([{ instance: "first", ms: 5_000 }]);
  expect([silent.bodies.length, second.bodies.length]).toEqual([1, 0]);
});

test.each([
  ["seconds", () => anHour],
  ["a date", inAnHour],
])("a 429 whose Retry-After (%s) exceeds the budget comes back after exactly one request", async (_, retryAfter) => {
  const vendor = await answering(429, "", { "retry-after": retryAfter() });
  const host = await openOn(createFakeClock(), {
    plugins: [poster("first")],
    config: { enabled_plugins: [{ plugin_id: "first", config: { url: vendor.url } }] },
  });

  const outcome = await send(host, { deadline_ms: 60_000 });

  expect(outcome).toMatchObject({ status: "failed", error: { code: "rate_limited", dispatched: "no" } });
  expect(outcome.error?.retry_after_ms).toBeGreaterThan(3_500_000);
  expect(outcome.attempts).toHaveLength(1);
  expect(vendor.bodies).toHaveLength(1);
});

test("a 429 whose Retry-After ends in time is waited for, and nobody else is asked", async () => {
  const clock = createFakeClock();
  const busy = await httpVendor((_, response) => {
    if (busy.bodies.length === 0) response.writeHead(429, { "retry-after": "2" }).end();
    else response.end('{"id":"m1"}');
  });
  const second = await answering(200, '{"id":"m2"}');
  const host = await twoVendors(busy, second, { clock });

  const sending = send(host);
  await passing(clock, 2_000, () => busy.bodies.length === 2);
  const outcome = await sending;

  expect(outcome).toMatchObject({ status: "ok", route: { instance: "first" } });
  expect(outcome.attempts).toMatchObject([
    { error: { code: "rate_limited", retry_after_ms: 2_000 } },
    { outcome: "ok", reason: "retry" },
  ]);
  expect([busy.bodies.length, second.bodies.length]).toEqual([2, 0]);
});

test("a vendor that is down is asked once more for each retry, and no oftener", async () => {
  const clock = createFakeClock();
  const down = await answering(503);
  const host = await openOn(clock, {
    plugins: [poster("first")],
    config: { enabled_plugins: [{ plugin_id: "first", max_retries: 2, config: { url: down.url } }] },
  });

  const sending = send(host);
  await passing(clock, 400, () => down.bodies.length === 3);
  const outcome = await sending;

  expect(outcome).toMatchObject({ status: "failed", error: { code: "unavailable", dispatched: "no" } });
  expect(outcome.attempts.map(({ reason }) => reason)).toEqual(["primary", "retry", "retry"]);
  expect(down.bodies).toHaveLength(3);
});

test("after a 504 a platform that honours idempotency keys is asked again, with the same key, and nobody else", async () => {
  const clock = createFakeClock();
  const unsure = await httpVendor((_, response) => {
    if (unsure.bodies.length === 0) response.writeHead(504).end();
    else response.end('{"id":"m1"}');
  });
  const second = await answering(200, '{"id":"m2"}');
  const host = await twoVendors(unsure, second, { clock, manifest: { idempotent: ["send_message"] } });

  const sending = send(host);
  await passing(clock, 200, () => unsure.bodies.length === 2);
  const outcome = await sending;

  expect(outcome).toMatchObject({ status: "ok", route: { instance: "first" } });
  expect(new Set(unsure.keys)).toEqual(new Set([outcome.request_id]));
  expect([unsure.bodies.length, second.bodies.length]).toEqual([2, 0]);
});

test("after a 504 a route with on_maybe: resend goes on to the next", async () => {
  const first = await answering(504);
  const second = await answering(200, '{"id":"m2"}');
  const host = await twoVendors(first, second, { route: { use: ["first", "second"], on_maybe: "resend" } });

  const outcome = await send(host);

  expect(outcome).toMatchObject({ status: "ok", route: { name: "rule", instance: "second" } });
  expect(outcome.attempts).toMatchObject([{ error: { code: "unavailable", dispatched: "maybe" } }, { outcome: "ok" }]);
  expect([first.bodies.length, second.bodies.length]).toEqual([1, 1]);
});

test.each([
  [{ payload_bytes: 100_000 }, 1],
  [{ payload_bytes: 10 }, 0],
])("a 413 goes on only to a vendor whose limits fit: %j", async (limits, hits) => {
  const first = await answering(413);
  const second = await answering(200, '{"id":"m2"}');
  const host = await openOn(createFakeClock(), {
    plugins: [poster("first"), poster("second", { manifest: { limits } })],
    config: enabled(first, second),
  });

  const outcome = await send(host);

  expect(outcome.status).toBe(hits === 1 ? "ok" : "failed");
  expect([first.bodies.length, second.bodies.length]).toEqual([1, hits]);
});

/** What some platforms say in a body, whatever their status. */
const bodies: { what: string; status: number; body: unknown; code: ErrorCode; goesOn: boolean }[] = [
  {
    what: "throttled on a 200",
    status: 200,
    body: { messages: [{ status: "1", "error-text": "Throttled" }] },
    code: "rate_limited",
    goesOn: true,
  },
  {
    what: "no balance on a 200",
    status: 200,
    body: { messages: [{ status: "9", "error-text": "Quota" }] },
    code: "quota_exceeded",
    goesOn: true,
  },
  { what: "ok: false on a 200", status: 200, body: { ok: false, error: "channel_not_found" }, code: "not_found", goesOn: false },
  { what: "ok: false, bad token", status: 200, body: { ok: false, error: "invalid_auth" }, code: "auth", goesOn: true },
  {
    what: "a rate limit as a 403",
    status: 403,
    body: { error: { errors: [{ reason: "rateLimitExceeded" }] } },
    code: "rate_limited",
    goesOn: true,
  },
  {
    what: "a number that is none",
    status: 400,
    body: { code: 21211, message: "Invalid 'To'" },
    code: "invalid_recipient",
    goesOn: false,
  },
  { what: "a STOP", status: 400, body: { code: 21610, message: "unsubscribed" }, code: "recipient_blocked", goesOn: false },
  { what: "nothing known", status: 418, body: { teapot: true }, code: "plugin_error", goesOn: false },
];

test.each(bodies)("a body that says $what is $code", async ({ status, body, code, goesOn }) => {
  const first = await answering(status, JSON.stringify(body));
  const second = await answering(200, '{"id":"m2"}');
  const host = await openOn(createFakeClock(), {
    plugins: [poster("first", { read: readBody, request: { any_status: true } }), poster("second")],
    config: enabled(first, second),
  });

  const outcome = await send(host);

  expect(outcome.attempts[0]).toMatchObject({ instance: "first", error: { code } });
  expect(outcome.status).toBe(goesOn ? "ok" : "failed");
  expect([first.bodies.length, second.bodies.length]).toEqual([1, goesOn ? 1 : 0]);
});

test("an opt-out never reaches the second vendor, whatever plugin and route say", async () => {
  const first = await answering(400, JSON.stringify({ code: 21610 }));
  const second = await answering(200, '{"id":"m2"}');
  const insistent = (): never => {
    throw new HooklineError("recipient_blocked", { reason: "she said STOP", failover: true, retryable: true });
  };
  const host = await openOn(createFakeClock(), {
    plugins: [poster("first", { read: insistent, request: { any_status: true } }), poster("second")],
    config: {
      ...enabled(first, second),
      routes: [
        {
          name: "rule",
          use: ["first", "second"],
          on_maybe: "resend",
          failover_on: ["invalid_recipient", "not_found", "conflict"],
        },
      ],
    },
  });

  const outcome = await send(host);

  expect(outcome).toMatchObject({ status: "failed", error: { code: "recipient_blocked" } });
  expect([first.bodies.length, second.bodies.length]).toEqual([1, 0]);
});

test("an invalid recipient reaches the second vendor only by a route that says so, and costs the first none of its health", async () => {
  const first = await answering(400, JSON.stringify({ code: 21211 }));
  const second = await answering(200, '{"id":"m2"}');
  const host = await openOn(createFakeClock(), {
    plugins: [poster("first", { read: readBody, request: { any_status: true } }), poster("second")],
    config: {
      ...enabled(first, second),
      routes: [
        { name: "rule", match: { context: { hard: true } }, use: ["first", "second"], failover_on: ["invalid_recipient"] },
      ],
    },
  });

  const plain = await send(host);
  const allowed = await send(host, { context: { hard: true } });
  for (let call = 0; call < 30; call++) await send(host);

  expect([plain.status, allowed.status]).toEqual(["failed", "ok"]);
  expect([first.bodies.length, second.bodies.length]).toEqual([32, 1]);
  expect(host.instance("first").circuit).toMatchObject({ state: "closed" });
});

test("what throws something else is a plugin_error that may have acted", async () => {
  const second = await answering(200, '{"id":"m2"}');
  const buggy = poster("first", {
    read: () => {
      throw new TypeError("cannot read id of undefined");
    },
  });
  const first = await answering(200, "{}");
  const host = await openOn(createFakeClock(), { plugins: [buggy, poster("second")], config: enabled(first, second) });

  const outcome = await send(host);

  expect(outcome).toMatchObject({ status: "failed", error: { code: "plugin_error", dispatched: "maybe" } });
  expect(outcome.error?.message).toContain("cannot read id of undefined");
  expect([first.bodies.length, second.bodies.length]).toEqual([1, 0]);
});

test("a vendor whose credentials were refused gets no further request until its settings change", async () => {
  const locked = await httpVendor((_, response) => response.writeHead(open ? 200 : 401).end('{"id":"m1"}'));
  const second = await answering(200, '{"id":"m2"}');
  let open = false;
  const host = await twoVendors(locked, second);

  const outcomes = [await send(host), await send(host), await send(host)];
  open = true;
  const changed = enabled(locked, second);
  await host.configure({
    enabled_plugins: changed.enabled_plugins.map((one) => ({ ...one, config: { ...one.config, token: "new" } })),
  });
  const after = await send(host);

  expect(outcomes.map(({ route }) => route.instance)).toEqual(["second", "second", "second"]);
  expect(outcomes.map(({ attempts }) => attempts.length)).toEqual([2, 1, 1]);
  expect(outcomes[1]?.warnings.join()).toMatch(/first was left out: its circuit is open after auth/);
  expect(after).toMatchObject({ status: "ok", route: { instance: "first" } });
  expect(locked.bodies).toHaveLength(2);
});

test("an instance that could not be set up is left out, with the reason", async () => {
  const second = await answering(200, '{"id":"m2"}');
  const broken = definePlugin({
    manifest: { plugin_id: "first", channel_type: "chat" },
    setup: () => {
      throw new Error("no such account");
    },
  });
  const host = await openOn(createFakeClock(), { plugins: [broken, poster("second")], config: enabled(second, second) });

  const outcome = await send(host);

  expect(outcome).toMatchObject({ status: "ok", attempts: [{ instance: "second", reason: "primary" }] });
  expect(outcome.warnings.join()).toMatch(/first was left out: .*no such account/);
});

test("a call that is given up in flight is cancelled: what happened is open, and nobody else is asked", async () => {
  const silent = await httpVendor(() => undefined);
  const second = await answering(200, '{"id":"m2"}');
  const host = await twoVendors(silent, second);
  const controller = new AbortController();

  const sending = send(host, { signal: controller.signal });
  await silent.arrived(1);
  controller.abort(new Error("the user closed the page"));
  const outcome = await sending;

  expect(outcome).toMatchObject({ status: "failed", error: { code: "cancelled", dispatched: "maybe" } });
  expect([silent.bodies.length, second.bodies.length]).toEqual([1, 0]);
});

test("after five failures in a row nobody is asked any more, and the outcome says why", async () => {
  const down = await answering(500);
  const host = await openOn(createFakeClock(), {
    plugins: [poster("first")],
    config: { enabled_plugins: [{ plugin_id: "first", max_retries: 0, config: { url: down.url } }] },
  });

  for (let call = 0; call < 5; call++) await send(host);
  const outcome = await send(host);

  expect(outcome).toMatchObject({ status: "failed", error: { code: "circuit_open", dispatched: "no" }, attempts: [] });
  expect(down.bodies).toHaveLength(5);
});

function send(host: Host, more: Record<string, unknown> = {}): Promise<Outcome<{ message_id: string }>> {
  return host.call("send_message", { channel: "chat", to: "anna", content: "hello", ...more });
}

function enabled(first: Vendor, second: Vendor, more: Record<string, unknown> = {}) {
  return {
    enabled_plugins: [
      { plugin_id: "first", ...more, config: { url: first.url } },
      { plugin_id: "second", config: { url: second.url } },
    ],
  };
}

interface Choices {
  clock?: ReturnType<typeof createFakeClock>;
  timeout_seconds?: number;
  manifest?: Partial<ManifestInput>;
  route?: Record<string, unknown>;
}

function twoVendors(
  first: Vendor,
  second: Vendor,
  { clock = createFakeClock(), timeout_seconds = 30, manifest = {}, route }: Choices = {},
): Promise<Host> {
  return openOn(clock, {
    plugins: [poster("first", { manifest, request: { max_bytes: 2_000 } }), poster("second")],
    config: { ...enabled(first, second, { timeout_seconds }), ...(route && { routes: [{ name: "rule", ...route }] }) },
  });
}

/** Lets time pass in small steps until `done`: what is waited for begins only when an answer has arrived. */
async function passing(clock: ReturnType<typeof createFakeClock>, step: number, done: () => boolean): Promise<void> {
  while (!done()) {
    await new Promise((resolve) => setImmediate(resolve));
    if (clock.timers() > 0) clock.advance(step);
  }
}

/** A server that hangs up in the middle of the TLS handshake. */
async function hangingUpEarly(): Promise<Vendor> {
  const vendor = await rawVendor((socket) => socket.destroy());
  return { ...vendor, url: vendor.url.replace("http:", "https:") };
}

/** As a plugin of such a platform reads it. */
function readBody({ status, json }: HttpAnswer): string {
  const refusal = (code: ErrorCode): never => {
    throw new HooklineError(code, { reason: `the platform said ${JSON.stringify(json)} with ${status}` });
  };
  const part = json.messages?.[0]?.status;
  if (part === "1" || json.error?.errors?.[0]?.reason === "rateLimitExceeded") refusal("rate_limited");
  if (part === "9") refusal("quota_exceeded");
  if (json.ok === false) refusal(json.error === "invalid_auth" ? "auth" : "not_found");
  if (json.code === 21211) refusal("invalid_recipient");
  if (json.code === 21610) refusal("recipient_blocked");
  return json.id;
}
