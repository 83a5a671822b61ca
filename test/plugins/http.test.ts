import { getEventListeners, once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { createServer as createTlsServer } from "node:tls";
import { Agent } from "undici";
import { expect, onTestFinished, test, vi } from "vitest";
import { type ErrorDetails, HooklineError } from "../../core/errors.ts";
import { createHttp, type HttpOptions, type HttpRequest } from "../../core/plugins/http.ts";

test("fetch is the standard one over the same pool: form data goes out whole, any status comes back, gzip is not asked for", async () => {
  const server = await serve(({ headers }, response) =>
    response.writeHead(418, { "x-seen": headers["accept-encoding"] ?? "none" }).end('{"a":1}'),
  );
  const { fetch } = open();
  const form = new FormData();
  form.set("file", new Blob(["content ü"]), "a.txt");

  const answer = await fetch(server.url, { method: "POST", body: form, headers: { "accept-encoding": "gzip" } });

  expect([answer.status, answer.headers.get("x-seen"), await answer.json()]).toEqual([418, "none", { a: 1 }]);
  expect(server.hits[0]?.body.replace(/\s+/g, " ")).toMatch(/filename="a.txt".*content ü/);
});

test("fetch with any_status false throws as the others do, and a refused connection says that nothing was sent", async () => {
  const server = await serve((_, response) => response.writeHead(429, { "retry-after": "2" }).end());
  const { fetch } = open();

  const limited = await failing(fetch(new URL(server.url), { any_status: false }));
  const refused = await failing(fetch("http://127.0.0.1:1/"));
  const head = await failing(fetch(server.url, { method: "HEAD" }));

  expect(limited).toMatchObject({ code: "rate_limited", retry_after_ms: 2000 });
  expect(refused).toMatchObject({ code: "unavailable", dispatched: "no" });
  expect(head).toMatchObject({ code: "invalid_request" });
});

test("fetch ends with its signal, and an answer without a body has none", async () => {
  const server = await serve((request, response) => request.url === "/none" && response.writeHead(204).end());
  const { fetch } = open();
  const controller = new AbortController();

  const waiting = failing(fetch(`${server.url}/hang`, { signal: controller.signal }));
  controller.abort();
  const empty = await fetch(`${server.url}/none`, { method: "DELETE" });

  expect(await waiting).toMatchObject({ code: "cancelled" });
  expect([empty.status, await empty.text()]).toEqual([204, ""]);
});

test.each(["signal", "generation"])("fetch does not wait for a stream that never ends when its %s does", async (who) => {
  const server = await serve((_, response) => response.end());
  const controller = new AbortController();
  const cancelled: unknown[] = [];
  const body = new ReadableStream({ cancel: (reason) => void cancelled.push(reason) });
  const { fetch } = open(who === "generation" ? { signal: controller.signal } : {});

  const waiting = failing(fetch(server.url, { method: "POST", body, ...(who === "signal" && { signal: controller.signal }) }));
  await turn();
  controller.abort();

  expect(await waiting).toMatchObject({ code: who === "signal" ? "cancelled" : "context_disposed", dispatched: "no" });
  expect([cancelled.length, server.hits.length, getEventListeners(controller.signal, "abort").length]).toEqual([1, 0, 0]);
});

test("fetch throws for a status that the standard Response cannot have, and the platform may have acted", async () => {
  const server = await serve((_, response) => response.writeHead(999).end("no robots"));

  const error = await failing(open().fetch(`${server.url}/?key=s3cret`));

  expect(error).toMatchObject({ code: "unavailable", dispatched: "maybe", details: { status: 999 } });
  expect(error.message).not.toContain("s3cret");
});

test("a 2xx answer has status, lower-case headers, text and JSON", async () => {
  const { url } = await serve((_, response) =>
    response.writeHead(201, { "X-Id": "7", "Set-Cookie": ["a=1", "b=2"] }).end('{"id":"m1"}'),
  );

  const answer = await open().post(`${url}/messages`, { json: {} });

  expect(answer).toMatchObject({ status: 201, text: '{"id":"m1"}', headers: { "x-id": "7", "set-cookie": "a=1, b=2" } });
  expect(answer.json).toEqual({ id: "m1" });
});

const rows: [status: number, code: string, facts: ErrorDetails][] = [
  [400, "invalid_request", { retryable: false, failover: false, penalize: "no", dispatched: "no" }],
  [401, "auth", { retryable: false, failover: true, penalize: "hard", dispatched: "no" }],
  [402, "quota_exceeded", { retryable: false, failover: true, penalize: "hard", dispatched: "no" }],
  [403, "permission", { retryable: false, failover: true, penalize: "no", dispatched: "no" }],
  [404, "not_found", { retryable: false, failover: false, dispatched: "no" }],
  [405, "invalid_request", { dispatched: "no" }],
  [408, "unavailable", { dispatched: "maybe" }],
  [409, "conflict", { retryable: false, failover: false, dispatched: "no" }],
  [410, "not_found", { retryable: false, dispatched: "no" }],
  [413, "payload_too_large", { retryable: false, failover: "if_fits", dispatched: "no" }],
  [418, "invalid_request", { dispatched: "no" }],
  [422, "invalid_request", { dispatched: "no" }],
  [429, "rate_limited", { retryable: true, failover: true, penalize: "soft", dispatched: "no" }],
  [500, "unavailable", { retryable: true, failover: true, penalize: "soft", dispatched: "no" }],
  [501, "unsupported", { retryable: false, failover: true, dispatched: "no" }],
  [502, "unavailable", { retryable: true, dispatched: "maybe" }],
  [503, "unavailable", { retryable: true, dispatched: "no" }],
  [504, "unavailable", { retryable: true, dispatched: "maybe" }],
  [599, "unavailable", { dispatched: "maybe" }],
];

test.each(rows)("status %i is %s, after exactly one request", async (status, code, facts) => {
  const server = await serve((_, response) => response.writeHead(status).end("no luck"));

  const error = await failing(open().post(`${server.url}/messages`, { json: {} }));

  expect(error).toMatchObject({ code, ...facts, details: { status, body: "no luck" } });
  expect(error.message).toContain(`POST ${host(server.url)}/messages answered ${status}`);
  expect(error.message).toContain('It said: "no luck"');
  expect(server.hits).toHaveLength(1);
});

test.each([
  ["2", 2_000],
  ["Thu, 15 Jan 2026 12:00:30 GMT", 30_000],
])("a 429 with Retry-After: %s says how long to wait", async (header, wait) => {
  const { url } = await serve((_, response) => response.writeHead(429, { "retry-after": header }).end());

  const error = await failing(open({ clock: { now: () => Date.UTC(2026, 0, 15, 12, 0, 0) } }).post(url));

  expect(error).toMatchObject({ code: "rate_limited", retry_after_ms: wait });
  expect(error.message).toContain(`asks to wait ${wait / 1000} s`);
});

test("a 503 and a 504 keep their Retry-After", async () => {
  const { url } = await serve((request, response) =>
    response.writeHead(Number(request.url?.slice(1)), { "retry-after": "9" }).end(),
  );
  const http = open();

  const errors = [await failing(http.post(`${url}/503`)), await failing(http.post(`${url}/504`))];

  expect(errors).toMatchObject([
    { retry_after_ms: 9_000, dispatched: "no" },
    { retry_after_ms: 9_000, dispatched: "maybe" },
  ]);
});

test.each([
  [301, "no"],
  [302, "maybe"],
  [303, "maybe"],
  [307, "no"],
  [308, "no"],
])("a redirect (%i) is refused and never followed", async (status, dispatched) => {
  const inside = await serve((_, response) => response.end("secrets of the inner net"));
  const outside = await serve((_, response) =>
    response.writeHead(status, { location: `${inside.url}/admin?token=s3cret` }).end(),
  );

  const error = await failing(open().post(outside.url, { json: {} }));

  expect(error).toMatchObject({ code: "unavailable", retryable: false, failover: true, dispatched });
  expect(error.message).toContain(`redirects to ${host(inside.url)}/admin are not followed`);
  expect(error.message).not.toContain("s3cret");
  expect(inside.hits).toHaveLength(0);
});

test("any_status returns what would have thrown, a redirect too", async () => {
  const { url } = await serve((request, response) =>
    response.writeHead(Number(request.url?.slice(1)), { location: "/elsewhere" }).end('{"ok":false}'),
  );
  const http = open();

  const answers = [await http.post(`${url}/422`, { any_status: true }), await http.get(`${url}/302`, { any_status: true })];

  expect(answers).toMatchObject([
    { status: 422, text: '{"ok":false}' },
    { status: 302, headers: { location: "/elsewhere" } },
  ]);
});

test("a refused connection, an unknown name and a failed TLS handshake are unavailable, and nothing was sent", async () => {
  const closed = await listen(createTcpServer());
  closed.server.close();
  const plain = await serve((_, response) => response.end());
  const selfSigned = await listen(createTlsServer(certificate));
  const http = open();

  const errors = await Promise.all([
    failing(http.post(`http://127.0.0.1:${closed.port}/x`)),
    failing(http.post(`https://${"a".repeat(64)}.invalid/x`)),
    failing(http.post(`${plain.url.replace("http:", "https:")}/x`)),
    failing(http.post(`https://127.0.0.1:${selfSigned.port}/x`)),
  ]);

  const facts = { code: "unavailable", retryable: true, failover: true, penalize: "soft", dispatched: "no" };
  expect(errors).toMatchObject([facts, facts, facts, facts]);
  expect(errors.map((error) => error.message)).toEqual([
    expect.stringContaining("ECONNREFUSED"),
    expect.stringContaining("ENOTFOUND"),
    expect.stringContaining("could not connect"),
    expect.stringMatching(/certificate/),
  ]);
  expect(plain.hits).toHaveLength(0);
});

test("a connection reset after the request was written leaves it open whether the platform acted", async () => {
  const server = await serve((request) => request.socket.resetAndDestroy());

  const error = await failing(open().post(server.url, { json: {} }));

  expect(error).toMatchObject({ code: "unavailable", dispatched: "maybe" });
  expect(server.hits).toHaveLength(1);
});

// undici gives a connection back one turn of the event loop after its answer; tests that want the same one wait for it by turn().
test("a connection that breaks when it is used a second time does not send the request again", async () => {
  const server = await serve((request, response) => (server.hits.length === 1 ? response.end("{}") : request.socket.destroy()));
  const http = open();
  await http.get(server.url);
  await turn();

  const error = await failing(http.get(server.url));

  expect(error).toMatchObject({ code: "unavailable", dispatched: "maybe" });
  expect(server.hits).toHaveLength(2);
  expect(server.sockets).toHaveLength(1);
});

test("an answer that is no HTTP is unavailable, and the platform may have acted", async () => {
  const { port } = await listen(createTcpServer((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n")));

  const error = await failing(open().post(`http://127.0.0.1:${port}/`, { json: {} }));

  expect(error).toMatchObject({ code: "unavailable", dispatched: "maybe" });
});

test("a platform that never answers, or never ends its answer, is a time-out that may have acted", async () => {
  const time = fakeTimers();
  const server = await serve((request, response) => void (request.url === "/half" && response.writeHead(200).write('{"id":')));
  const http = open();
  const underWay = [failing(http.post(`${server.url}/silent`)), failing(http.post(`${server.url}/half`, { timeout_ms: 20_000 }))];
  await server.hit(2);

  time.advanceTimersByTime(30_000);
  const errors = await Promise.all(underWay);

  const facts = { code: "timeout", retryable: true, failover: true, penalize: "soft", dispatched: "maybe" };
  expect(errors).toMatchObject([facts, facts]);
  expect(errors[0]?.message).toContain(`POST ${host(server.url)}/silent: no answer within 30000 ms`);
  expect(errors[1]?.message).toContain("no answer within 20000 ms");
});

test("a time-out before there was a connection has sent nothing", async () => {
  const time = fakeTimers();
  const mute = await listen(createTcpServer((socket) => void socket.resume()));
  const underWay = failing(open().post(`https://127.0.0.1:${mute.port}/`, { timeout_ms: 5_000, json: {} }));
  await mute.connection();

  time.advanceTimersByTime(5_000);

  expect(await underWay).toMatchObject({ code: "timeout", dispatched: "no" });
});

test("a request given up while it connects is not sent when the connection comes", async () => {
  const server = await serve((_, response) => response.end("{}"));
  const caller = new AbortController();
  const http = open();
  const underWay = failing(http.post(server.url, { signal: caller.signal }));

  caller.abort();
  const error = await underWay;
  await http.get(`${server.url}/next`);

  expect(error).toMatchObject({ code: "cancelled", dispatched: "no" });
  expect(server.hits).toMatchObject([{ url: "/next" }]);
});

test("the request's signal cancels it, before and after it was sent", async () => {
  const server = await serve(() => {});
  const http = open();
  const caller = new AbortController();
  const underWay = failing(http.post(server.url, { signal: caller.signal }));
  await server.hit();

  caller.abort();
  const errors = [await underWay, await failing(http.post(server.url, { signal: caller.signal }))];

  expect(errors).toMatchObject([
    { code: "cancelled", dispatched: "maybe" },
    { code: "cancelled", dispatched: "no" },
  ]);
  expect(server.hits).toHaveLength(1);
});

test("a signal that says why it aborts keeps its say", async () => {
  const server = await serve(() => {});
  const http = open();
  const engine = new AbortController();
  const underWay = failing(http.post(server.url, { signal: engine.signal }));
  await server.hit();

  engine.abort(new HooklineError("expired", { reason: "the deadline of the call passed" }));
  const errors = [await underWay, await failing(http.post(server.url, { signal: AbortSignal.timeout(1) }))];

  expect(errors).toMatchObject([{ code: "expired", dispatched: "maybe" }, { code: "timeout" }]);
});

test("a signal used for many requests keeps no listener", async () => {
  const { url } = await serve((_, response) => response.end());
  const { signal } = new AbortController();
  const http = open();

  for (let n = 0; n < 20; n++) await http.get(url, { signal });

  expect(getEventListeners(signal, "abort")).toHaveLength(0);
});

test("a signal that is none is refused at once, and leaves no timer that would trip over it later", async () => {
  const timers = fakeTimers();
  const controller = new AbortController();

  // What a plugin in JavaScript may give.
  const asked = open().get("http://127.0.0.1:9/", { signal: controller as never });

  await expect(asked).rejects.toThrow(TypeError);
  expect(timers.getTimerCount()).toBe(0);
});

test("the end of the generation ends its requests and refuses new ones", async () => {
  const server = await serve(() => {});
  const generation = new AbortController();
  const http = open({ signal: generation.signal });
  const underWay = failing(http.post(server.url));
  await server.hit();

  generation.abort();
  const errors = [await underWay, await failing(http.post(server.url))];

  expect(errors).toMatchObject([
    { code: "plugin_unavailable", dispatched: "maybe" },
    { code: "context_disposed", instance: "test_1" },
  ]);
  expect(server.hits).toHaveLength(1);
});

// Five seconds at most: after ten, undici's own connect time-out would come to help.
test("close ends what is under way and leaves no socket, idle, busy or still connecting", { timeout: 5_000 }, async () => {
  const server = await serve((request, response) => void (request.url === "/quick" && response.end()));
  const mute = await listen(createTcpServer((socket) => void socket.resume()));
  const http = open();
  const busy = failing(http.post(`${server.url}/slow`));
  await server.hit();
  await http.get(`${server.url}/quick`);
  const connecting = failing(http.post(`https://127.0.0.1:${mute.port}/`));
  await mute.connection();

  await http.close();
  const errors = [await busy, await connecting, await failing(http.get(server.url))];

  expect(errors).toMatchObject([
    { code: "plugin_unavailable", dispatched: "maybe" },
    { code: "plugin_unavailable", dispatched: "no" },
    { code: "context_disposed" },
  ]);
  await Promise.all([...server.sockets, ...mute.sockets].map(gone));
  expect(server.sockets).toHaveLength(2);
  expect(process.getActiveResourcesInfo().filter((kind) => kind === "TLSWrap" || kind === "TCPSocketWrap")).toEqual([]);
});

test("requests one after the other share a connection", async () => {
  const server = await serve((_, response) => response.end("{}"));
  const http = open();

  for (let n = 0; n < 5; n++) {
    await http.post(server.url, { json: { n } });
    await turn();
  }

  expect(server.hits).toHaveLength(5);
  expect(server.sockets).toHaveLength(1);
});

test("a dispatcher that was passed in is used, and left open for its owner", async () => {
  const { url } = await serve((_, response) => response.end("{}"));
  const dispatcher = new Agent();
  onTestFinished(() => dispatcher.destroy());
  const http = open({ dispatcher });
  await http.get(url);

  await http.close();

  expect(dispatcher.closed || dispatcher.destroyed).toBe(false);
});

test.each([
  ["<html><body>Bad gateway</body></html>", "text/html", "text/html that is no JSON"],
  ['{"id": ', "application/json", "application/json that is no JSON"],
  ["", "application/json", "an empty body"],
])("a 200 with %j is no success once its json is read", async (body, type, said) => {
  const { url } = await serve((_, response) => response.writeHead(200, { "content-type": type }).end(body));
  const answer = await open().post(url, { json: {} });

  const error = await failing(async () => answer.json);

  expect(answer.text).toBe(body);
  expect(error).toMatchObject({ code: "unavailable", dispatched: "maybe", details: { status: 200, body } });
  expect(error.message).toContain(said);
});

test("an answer larger than max_bytes is cut off: unavailable, may have acted", async () => {
  const { url } = await serve((_, response) => response.end("x".repeat(100_001)));
  const http = open();

  const error = await failing(http.post(url, { max_bytes: 100_000 }));
  const answer = await http.post(url, { max_bytes: 100_001 });

  expect(error).toMatchObject({ code: "unavailable", dispatched: "maybe" });
  expect(error.message).toContain("larger than 100000 bytes");
  expect(answer.text).toHaveLength(100_001);
});

test("a refusal keeps its code when its body is huge, or breaks off in the middle", async () => {
  const { url } = await serve((request, response) => {
    response.writeHead(401, { "content-length": 10_000_000 }).write("no ".repeat(request.url === "/huge" ? 1_000_000 : 10));
    if (request.url === "/broken") request.socket.destroySoon();
  });
  const http = open();

  const errors = [await failing(http.get(`${url}/huge`)), await failing(http.get(`${url}/broken`))];

  expect(errors).toMatchObject([{ code: "auth" }, { code: "auth" }]);
  expect(String(errors[0]?.details.body).length).toBeLessThanOrEqual(65_536);
});

test("an error shows neither query nor credentials of the URL, and blanks what redact knows", async () => {
  const server = await serve((request, response) => response.writeHead(403).end(`denied for ${request.url}`));
  const http = open({ redact: (text) => text.replaceAll("tok3n", "***") });

  const error = await failing(
    http.post(`${server.url.replace("//", "//ann:pa%40ss@")}/bot-tok3n/send?sig=hidden`, { query: { key: "k3y" } }),
  );

  expect(server.hits[0]).toMatchObject({
    url: "/bot-tok3n/send?sig=hidden&key=k3y",
    headers: { authorization: `Basic ${btoa("ann:pa@ss")}` },
  });
  expect(error.message.replace(/It said.*/, "")).toMatch(/POST 127\.0\.0\.1:\d+\/bot-\*\*\*\/send answered 403/);
  expect(JSON.stringify([error.message, error.details])).not.toMatch(/pa@ss|pa%40ss|tok3n/);
});

test("the excerpt of the body is one line of at most 200 printable characters", async () => {
  const noise = `\u001b[31mred\u0000\u202e\r\n${"long ".repeat(100)}`;
  const { url } = await serve((_, response) => response.writeHead(400).end(noise));

  const error = await failing(open().get(url));
  const [, said = ""] = /It said: "(.*)"/.exec(error.message) ?? [];

  expect(said).toMatch(/^\[31mred long long/);
  expect(said).toHaveLength(200);
  expect(error.message).not.toMatch(/\p{Cc}|\p{Cf}/u);
  expect(error.details.body).toBe(noise);
});

test("json, form and body each bring their content type, which a header may replace", async () => {
  const server = await serve((_, response) => response.end("{}"));
  const http = open({ userAgent: "hookline/9" });

  await http.post(server.url, { json: { a: "ü" } });
  await http.put(server.url, { form: { a: "1 2", b: undefined, c: true }, query: { x: 1, y: undefined } });
  await http.patch(server.url, { json: [], headers: { "Content-Type": "application/vnd.x+json", Authorization: "Bearer t" } });
  await http.delete(server.url, { body: new Uint8Array([104, 105]) });

  expect(server.hits).toMatchObject([
    { method: "POST", body: '{"a":"ü"}', headers: { "content-type": "application/json", "user-agent": "hookline/9" } },
    { method: "PUT", url: "/?x=1", body: "a=1+2&c=true", headers: { "content-type": "application/x-www-form-urlencoded" } },
    { method: "PATCH", body: "[]", headers: { "content-type": "application/vnd.x+json", authorization: "Bearer t" } },
    { method: "DELETE", body: "hi" },
  ]);
});

const circular: Record<string, unknown> = {};
circular.itself = circular;

test.each<[string, string, HttpRequest]>([
  ["a relative URL", "/messages", {}],
  ["another protocol", "file:///etc/passwd", {}],
  ["two bodies", "http://127.0.0.1:9/", { json: {}, body: "x" }],
  ["what JSON cannot say", "http://127.0.0.1:9/", { json: circular }],
  ["a header with a line break", "http://127.0.0.1:9/", { headers: { "x-a": "1\r\nx-b: s3cret" } }],
  ["a header that promises to wait", "http://127.0.0.1:9/", { headers: { expect: "100-continue" }, body: "s3cret" }],
])("%s is refused before anything is sent", async (_, url, request) => {
  const error = await failing(open().post(url, request));

  expect(error).toMatchObject({ code: "invalid_request", dispatched: "no" });
  expect(error.message).not.toContain("s3cret");
});

test("a content-length that is not the body's is the caller's mistake, and nothing is sent", async () => {
  const server = await serve((_, response) => response.end());

  const error = await failing(open().post(server.url, { headers: { "content-length": "9" }, body: "x" }));

  expect(error).toMatchObject({ code: "invalid_request", dispatched: "no", retryable: false });
  expect(server.hits).toEqual([]);
});

/** An http of its own for this test, closed after it. */
function open(options: Partial<HttpOptions> = {}) {
  const http = createHttp({ instance: "test_1", signal: new AbortController().signal, ...options });
  onTestFinished(() => http.close());
  return http;
}

/** The error of what has to fail. */
async function failing(work: Promise<unknown> | (() => Promise<unknown>)): Promise<HooklineError> {
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    if (HooklineError.is(error)) return error;
    throw error;
  }
  throw new Error("This was to fail, and did not.");
}

interface Hit {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** A real HTTP server that records what it gets. */
async function serve(answer: (request: IncomingMessage, response: ServerResponse) => unknown) {
  const hits: Hit[] = [];
  const listener: RequestListener = async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    hits.push({ method: request.method ?? "", url: request.url ?? "", headers: request.headers, body });
    server.emit("hit");
    answer(request, response);
  };
  const server = createServer(listener);
  const { port, sockets } = await listen(server);
  /** Resolves when `count` requests have come. */
  const hit = async (count = 1) => {
    while (hits.length < count) await once(server, "hit");
  };
  return { url: `http://127.0.0.1:${port}`, hits, sockets, hit };
}

/** Starts a server on a free port of the loopback, and ends it with the test. */
async function listen(server: Server) {
  const sockets: Socket[] = [];
  server.on("connection", (socket: Socket) => {
    sockets.push(socket);
    // A client that goes away in the middle is what these tests are about.
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const connection = async () => {
    if (sockets.length === 0) await once(server, "connection");
  };
  const { port } = server.address() as AddressInfo;
  return { server, port, sockets, connection };
}

/** Timers that the test moves on by hand, until it ends. */
function fakeTimers() {
  onTestFinished(() => void vi.useRealTimers());
  return vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
}

async function gone(socket: Socket): Promise<void> {
  if (!socket.closed) await once(socket, "close");
}

function host(url: string): string {
  return new URL(url).host;
}

// Self-signed for localhost, made for this test.
const certificate = {
  key: pem(
    "PRIVATE KEY",
    "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgstDq9/eoNRZ1BOBKuVbi5tz5zvkTjFHp5+2LCeQUqxihRANCAASJodYNkpDTjoXq7q+WjSPRdcK4E2CVw6o0FzES4+7m8Lq7AA4Po2qge+YKfWztnsbxu/AKUmZQwkvb3ekXxYdL",
  ),
  cert: pem(
    "CERTIFICATE",
    "MIIBmjCCAUGgAwIBAgIUdJ2kc41eQZsEttOYDwCMlwHuW74wCgYIKoZIzj0EAwIwFDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyMTIxMDA0MVoYDzIxMjYxMDI4MjEwMDQxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASJodYNkpDTjoXq7q+WjSPRdcK4E2CVw6o0FzES4+7m8Lq7AA4Po2qge+YKfWztnsbxu/AKUmZQwkvb3ekXxYdLo28wbTAdBgNVHQ4EFgQU7jWHX2LHTYsofAfIZ477eR0FgmEwHwYDVR0jBBgwFoAU7jWHX2LHTYsofAfIZ477eR0FgmEwDwYDVR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZIzj0EAwIDRwAwRAIgeXZOKErshcPAHrwrzhhh+Q2cFVgDtrDR15RlmhB2O78CIB/MV/o6/GiKQQGDtdEeq+5nXUtlo5qcJslwCC7Gq5J/",
  ),
};

function pem(kind: string, base64: string): string {
  return `-----BEGIN ${kind}-----\n${base64}\n-----END ${kind}-----\n`;
}
