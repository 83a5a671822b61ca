import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { communication, createHost, HooklineError, type RequestOf } from "hookline";
import { Webhook } from "standardwebhooks";
import { expect, onTestFinished, test, vi } from "vitest";
import { createContext } from "../../core/plugins/context.ts";
import { createInstanceMemory, type InstanceMemory } from "../../core/plugins/instanceMemory.ts";
import { readManifest } from "../../core/plugins/readManifest.ts";
import { checkSettings } from "../../core/plugins/settings.ts";
import plugin from "./index.ts";

const secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const older = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const message = { channel: "webhook", to: "ops", content: "Disk is full: 97 % ü", metadata: { ticket: 7 } };

test("a message arrives signed, as the standardwebhooks package confirms, and its id is the message's", async () => {
  const receiver = await receive();
  const hooks = await open({ url: receiver.url, secret, headers: { authorization: "Bearer t" } });

  const answer = await hooks.send_message(message);

  expect(receiver.hits).toMatchObject([
    { method: "POST", headers: { "content-type": "application/json", authorization: "Bearer t" } },
  ]);
  expect(verified(receiver.hits[0], secret)).toEqual({
    type: "message",
    timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    data: {
      message_id: receiver.hits[0]?.headers["webhook-id"],
      channel: "webhook",
      to: [{ kind: "address", value: "ops" }],
      content: { text: "Disk is full: 97 % ü" },
      metadata: { ticket: 7 },
    },
  });
  expect(answer).toEqual({ message_id: receiver.hits[0]?.headers["webhook-id"] });
});

test("format plain posts the message alone, and event_type names the standard one", async () => {
  const receiver = await receive();

  await (await open({ url: receiver.url, secret, format: "plain" })).send_message(message);
  await (await open({ url: receiver.url, secret, event_type: "alert.raised" })).send_message(message);

  expect(receiver.hits.map((hit) => verified(hit, secret))).toMatchObject([
    { content: { text: message.content }, metadata: { ticket: 7 } },
    { type: "alert.raised", data: { content: { text: message.content } } },
  ]);
});

test("the public test vector is signed and verified as published", async () => {
  const vector = {
    method: "POST",
    headers: {
      "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
      "webhook-timestamp": "1614265330",
      "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    },
    raw_body: '{"test": 2432232314}',
  };
  at(1_614_265_330);
  const hooks = await open({ secret: older });

  const answer = await hooks.handle_webhook(vector);

  const time = { at: "2021-02-25T15:02:10.000Z" };
  expect(answer).toEqual({
    events: [{ type: "other", id: "msg_p5jXN8AQM9LWM0D4loKWxJek", ...time, data: { test: 2432232314 } }],
  });
});

test("with two secrets each receiver finds its signature, and either verifies inbound", async () => {
  const receiver = await receive();
  const hooks = await open({ url: receiver.url, secrets: [secret, older] });

  await hooks.send_message(message);
  const inbound = [await hooks.handle_webhook(signed({ n: 1 }, secret)), await hooks.handle_webhook(signed({ n: 2 }, older))];

  expect(verified(receiver.hits[0], secret)).toEqual(verified(receiver.hits[0], older));
  expect(inbound).toMatchObject([{ events: [{ data: { n: 1 } }] }, { events: [{ data: { n: 2 } }] }]);
});

test("the same idempotency key is the same webhook-id, over retries and generations; another key is another one", async () => {
  const receiver = await receive((hit, response) => response.writeHead(receiver.hits.indexOf(hit) === 0 ? 503 : 200).end());
  const settings = { url: receiver.url, secret };
  const first = await open(settings);
  await failing(first.send_message({ ...message, idempotency_key: "order-1" }));

  const sent = [
    await first.send_message({ ...message, idempotency_key: "order-1" }),
    await (await open(settings)).send_message({ ...message, idempotency_key: "order-1" }),
    await first.send_message({ ...message, idempotency_key: "order-2" }),
    await first.send_message(message),
    await first.send_message(message),
  ];

  const ids = receiver.hits.map((hit) => hit.headers["webhook-id"]);
  expect(ids.slice(1)).toEqual(sent.map((answer) => answer.message_id));
  expect(new Set(ids.slice(0, 3)).size).toBe(1);
  expect(new Set(ids).size).toBe(4);
  expect(ids.join("")).not.toContain(".");
});

test("after a 410 nothing more is sent, by a later generation either, until the settings change", async () => {
  const receiver = await receive((_, response) => response.writeHead(410).end());
  const memory = createInstanceMemory();
  const settings = { url: receiver.url, secret };
  const hooks = await open(settings, memory);
  const first = await failing(hooks.send_message(message));

  const second = await failing(hooks.send_message(message));
  const reloaded = await failing((await open(settings, memory)).send_message(message));
  const hitsBefore = receiver.hits.length;
  await failing((await open({ ...settings, timeout_seconds: 20 }, memory)).send_message(message));

  const facts = { code: "not_found", retryable: false, failover: true, penalize: "hard", dispatched: "no" };
  expect([first, second, reloaded]).toMatchObject([facts, facts, facts]);
  expect(first.message).toMatch(/answered 410: .* until the settings of this instance change/);
  expect([hitsBefore, receiver.hits.length]).toEqual([1, 2]);
});

test("a 404 lets the next instance try: it is the endpoint that is missing", async () => {
  const receiver = await receive((_, response) => response.writeHead(404).end());

  const error = await failing((await open({ url: receiver.url, secret })).send_message(message));

  expect(error).toMatchObject({ code: "not_found", failover: true, retryable: false });
});

test.each([
  [429, "7", 7_000, "rate_limited", "no"],
  [429, "Thu, 15 Jan 2026 12:01:00 GMT", 60_000, "rate_limited", "no"],
  [502, "5", 5_000, "unavailable", "maybe"],
  [504, "Thu, 15 Jan 2026 12:00:10 GMT", 10_000, "unavailable", "maybe"],
])("a %i with Retry-After: %s asks to wait, after exactly one request", async (status, header, wait, code, dispatched) => {
  at(Date.UTC(2026, 0, 15, 12) / 1000);
  const receiver = await receive((_, response) => response.writeHead(status, { "retry-after": header }).end());

  const error = await failing((await open({ url: receiver.url, secret })).send_message(message));

  expect(error).toMatchObject({ code, dispatched, retry_after_ms: wait });
  expect(receiver.hits).toHaveLength(1);
});

test("a redirect is refused: a message goes where the settings say, and nowhere else", async () => {
  const inside = await receive();
  const receiver = await receive((_, response) => response.writeHead(307, { location: inside.url }).end());

  const error = await failing((await open({ url: receiver.url, secret })).send_message(message));

  expect(error).toMatchObject({ code: "unavailable", retryable: false, dispatched: "no" });
  expect(error.message).toContain("not followed");
  expect(inside.hits).toHaveLength(0);
});

test("a receiver that is slower than timeout_seconds may have acted", async () => {
  const receiver = await receive(() => {});

  const error = await failing((await open({ url: receiver.url, secret, timeout_seconds: 0.2 })).send_message(message));

  expect(error).toMatchObject({ code: "timeout" });
});

test("no secret is ever in an error", async () => {
  const receiver = await receive((_, response) => response.writeHead(401).end("who are you?"));
  const hooks = await open({ url: `${receiver.url}?key=hidden`, secret, headers: { authorization: "Bearer s3cret" } });

  const error = await failing(hooks.send_message(message));

  expect(error.code).toBe("auth");
  expect(JSON.stringify([error.message, error.details])).not.toMatch(/whsec|C2FVs|s3cret|hidden/);
});

test("an inbound event of the contract becomes that event; what another Hookline sends is a message", async () => {
  const receiver = await receive();
  const hooks = await open({ url: receiver.url, secret });
  const sent = await hooks.send_message({ ...message, from: { kind: "email", value: "a@example.com" } });

  const answers = [
    await hooks.handle_webhook({ ...receiver.hits[0], raw_body: Buffer.from(receiver.hits[0]?.raw_body ?? "") }),
    await hooks.handle_webhook(signed({ type: "delivery", data: { message_id: "m1", status: "delivered" } }, secret)),
    await hooks.handle_webhook(signed({ type: "delivery", data: { status: "teleported" } }, secret)),
    await hooks.handle_webhook(signed({ type: "invoice.paid", data: null }, secret)),
  ];

  expect(answers.flatMap((answer) => answer.events)).toMatchObject([
    {
      type: "message",
      id: sent.message_id,
      message_id: sent.message_id,
      from: { value: "a@example.com" },
      content: { text: message.content },
    },
    { type: "delivery", id: "msg_in", message_id: "m1", status: "delivered" },
    { type: "other", id: "msg_in", data: { type: "delivery", data: { status: "teleported" } } },
    { type: "other", id: "msg_in", data: { type: "invoice.paid", data: null } },
  ]);
});

const now = 1_770_000_000;
const refusals: [string, number, (request: Inbound) => Inbound][] = [
  ["a changed body", 401, (request) => ({ ...request, raw_body: `${request.raw_body} ` })],
  ["another id", 401, (request) => withHeaders(request, { "webhook-id": "msg_other" })],
  ["another secret", 401, () => signed({}, older)],
  ["no signature", 401, (request) => withHeaders(request, { "webhook-signature": "" })],
  [
    "a signature of another version",
    401,
    (request) =>
      withHeaders(request, { "webhook-signature": request.headers["webhook-signature"]?.replace("v1,", "v1a,") ?? "" }),
  ],
  [
    "a signature cut short",
    401,
    (request) => withHeaders(request, { "webhook-signature": request.headers["webhook-signature"]?.slice(0, -2) ?? "" }),
  ],
  ["a timestamp that is none", 401, (request) => withHeaders(request, { "webhook-timestamp": "yesterday" })],
  ["a replay after 301 seconds", 401, () => signed({}, secret, now - 301)],
  ["a timestamp 301 seconds ahead", 401, () => signed({}, secret, now + 301)],
  ["a GET", 405, (request) => ({ ...request, method: "GET" })],
  ["a signed body that is no JSON object", 400, () => signed([1], secret)],
];

test.each(refusals)("inbound: %s is answered %i and gives no event", async (_, status, change) => {
  at(now);
  const hooks = await open({ secret });

  const answer = await hooks.handle_webhook(change(signed({}, secret)));

  expect(answer).toMatchObject({ events: [], response: { status, body: expect.any(String) } });
});

test("inbound: five minutes of skew are tolerated, header names have any case, and one right signature of several is enough", async () => {
  at(now);
  const hooks = await open({ secret });
  const late = signed({ n: 1 }, secret, now - 300);
  const early = signed({ n: 2 }, secret, now + 300);
  const shouting = {
    ...late,
    headers: Object.fromEntries(Object.entries(late.headers).map(([name, value]) => [name.toUpperCase(), value])),
  };
  const several = withHeaders(early, { "webhook-signature": `v1a,xyz v1,AAAA ${early.headers["webhook-signature"]}` });

  const answers = [await hooks.handle_webhook(shouting), await hooks.handle_webhook(several)];

  expect(answers).toMatchObject([{ events: [{ data: { n: 1 } }] }, { events: [{ data: { n: 2 } }] }]);
});

test("validate_config names what is wrong without sending anything", async () => {
  const receiver = await receive();
  const good = await open({ url: receiver.url, secret });
  const bad = await open({ url: "https://", secret: "whsec_c2hvcnQ=", headers: { "Webhook-Id": "x" } });
  const unsigned = await open({ url: receiver.url });

  const answers = [await good.validate_config({}), await bad.validate_config({}), await unsigned.validate_config({})];

  expect(answers).toEqual([
    { ok: true, problems: [] },
    {
      ok: false,
      problems: [expect.stringContaining("url"), expect.stringContaining("24 to 64"), expect.stringContaining("Webhook-Id")],
    },
    { ok: false, problems: [expect.stringContaining("secret is missing")] },
  ]);
});

test.each([
  [{ secret }, "url"],
  [{ url: "ftp://example.com", secret }, "url"],
  [{ url: "https://example.com", secret: "hunter2" }, "secret"],
  [{ url: "https://example.com", secret, formatt: "plain" }, "formatt"],
])("settings %j are refused by the manifest's schema, by name", async (settings, field) => {
  const { manifest } = readManifest(await readFile(new URL("manifest.yml", import.meta.url), "utf8"), "manifest.yml");

  const refused = failing(checkSettings(manifest, { id: "hook", config: settings }));

  expect(await refused).toMatchObject({ code: "settings_invalid", message: expect.stringContaining(field) });
});

test("a host that finds the plugin in its folder sends through it, names it in an error, and passes it what comes in", async () => {
  const receiver = await receive((hit, response) =>
    response.writeHead(String(hit.raw_body).includes("refuse") ? 403 : 204).end(),
  );
  const host = await createHost({
    config: {
      plugin_paths: [fileURLToPath(new URL("..", import.meta.url))],
      enabled_plugins: [{ plugin_id: "generic_webhook", id: "ops_hook", config: { url: receiver.url, secret } }],
    },
    watch: false,
    logger: false,
  });
  onTestFinished(() => host.close());

  const sent = await host.call("send_message", message);
  const refused = await host.call("send_message", { ...message, content: "refuse this" });
  const inbound = await host.call("handle_webhook", signed({ type: "invoice.paid" }, secret), { instance: "ops_hook" });

  expect(sent).toMatchObject({
    status: "ok",
    value: { message_id: expect.stringContaining(String(receiver.hits[0]?.headers["webhook-id"])) },
  });
  expect(refused).toMatchObject({ status: "failed", error: { code: "permission", instance: "ops_hook", hook: "send_message" } });
  expect(inbound).toMatchObject({ events: [{ type: "other", id: "msg_in" }] });
  expect(receiver.hits.map((hit) => verified(hit, secret))).toHaveLength(2);
});

/** The plugin's hooks, set up as the host does: settings checked by the manifest, a real context, requests and answers checked. */
async function open(settings: Record<string, unknown>, memory: InstanceMemory = createInstanceMemory()) {
  const { manifest } = readManifest(await readFile(new URL("manifest.yml", import.meta.url), "utf8"), "manifest.yml");
  const config = await checkSettings(manifest, { id: "hook", config: { url: "http://127.0.0.1:9/", ...settings } });
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const { context, dispose } = createContext({ id: "hook", settings: config, log, memory, emit() {} });
  onTestFinished(async () => void (await dispose()));
  // The manifest's schema has just checked what the plugin's type says.
  const hooks = await plugin.setup(context as Parameters<typeof plugin.setup>[0]);

  const implementations: Record<string, unknown> = { ...hooks };

  const call = async (hook: "send_message" | "handle_webhook" | "validate_config", request: unknown): Promise<unknown> => {
    const implementation = implementations[hook];
    if (typeof implementation !== "function") throw new Error(`${hook} is no function`);
    const spec = communication.hooks[hook];
    const { signal } = new AbortController();
    return spec.answer.parse(await implementation(spec.request.parse(request), { hook, plugin: "hook", signal }));
  };
  return {
    send_message: async (request: RequestOf<typeof communication, "send_message">) =>
      communication.hooks.send_message.answer.parse(await call("send_message", request)),
    handle_webhook: async (request: Partial<Inbound>) =>
      communication.hooks.handle_webhook.answer.parse(await call("handle_webhook", request)),
    validate_config: (request: object) => call("validate_config", request),
  };
}

type Inbound = { method: string; headers: Record<string, string>; raw_body: string | Uint8Array<ArrayBuffer> };

/** An inbound request that the standardwebhooks package signed. */
function signed(payload: unknown, key: string, seconds = Math.floor(Date.now() / 1000)): Inbound {
  const raw_body = JSON.stringify(payload);
  const signature = new Webhook(key).sign("msg_in", new Date(seconds * 1000), raw_body);
  const headers = { "webhook-id": "msg_in", "webhook-timestamp": String(seconds), "webhook-signature": signature };
  return { method: "POST", headers, raw_body };
}

function withHeaders(request: Inbound, headers: Record<string, string>): Inbound {
  return { ...request, headers: { ...request.headers, ...headers } };
}

/** The body, once the standardwebhooks package has found it signed with `key`. */
function verified(hit: Inbound | undefined, key: string): unknown {
  return new Webhook(key).verify(String(hit?.raw_body), hit?.headers ?? {});
}

/** Sets the time of day, until the test ends. */
function at(seconds: number): void {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["Date"], now: seconds * 1000 });
}

async function failing(work: Promise<unknown>): Promise<HooklineError> {
  const error = await work.then(
    () => new Error("This was to fail, and did not."),
    (reason: unknown) => reason,
  );
  if (HooklineError.is(error)) return error;
  throw error;
}

/** A real receiver; it answers 200 unless told otherwise. */
async function receive(answer: (hit: Inbound, response: ServerResponse) => unknown = (_, response) => response.end()) {
  const hits: Inbound[] = [];
  const server = createServer(async (request: IncomingMessage, response: ServerResponse) => {
    let raw_body = "";
    for await (const chunk of request.setEncoding("utf8")) raw_body += chunk;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const hit = { method: request.method ?? "", headers, raw_body };
    hits.push(hit);
    answer(hit, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/hooks`, hits };
}
