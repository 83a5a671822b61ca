import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { parseJson } from "../plugins/parseJson.ts";

/** One request as the double of a platform sees it. */
export interface PlatformRequest {
  method: string;
  /** Path and query, as they came. */
  url: string;
  /** Without the query. */
  path: string;
  /** Of a name that comes twice, the last. */
  query: Record<string, string>;
  /** Lower-case names. */
  headers: Record<string, string>;
  /** The body as text. */
  body: string;
  /** The body as it came: for files. */
  bytes: Uint8Array;
  /** The body as JSON; undefined when it is none. */
  // biome-ignore lint/suspicious/noExplicitAny: a double reads what the plugin has sent, and its test checks that.
  readonly json: any;
  /** The body as form fields. */
  readonly form: Record<string, string>;
  /** Resolves when the client has gone away without an answer. */
  readonly gone: Promise<void>;
}

/** What a double answers: 200 and empty unless it says more. */
export interface PlatformAnswer {
  status?: number;
  headers?: Record<string, string>;
  json?: unknown;
  body?: string | Uint8Array;
}

/** A double in one function. */
export type PlatformHandler = (request: PlatformRequest) => PlatformAnswer | Promise<PlatformAnswer>;

/** A double that is a server already: requests are passed on to it, so that faults can be put in front. */
export interface RunningPlatform {
  url: string;
  close?(): unknown;
}

/**
 * What can go wrong with the next request: another answer, no answer (`hang`), a connection reset after the request was read
 * (`reset`), a page of a proxy (`html`, a 502), or a 200 that is no JSON (`garbage`).
 */
export type Fault = PlatformAnswer | PlatformHandler | "hang" | "reset" | "html" | "garbage";

/** A platform on the loopback, made to misbehave. */
export interface Platform extends AsyncDisposable {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Every request so far, in order. */
  readonly requests: PlatformRequest[];
  /** Lets the next request fail, or the one after so many others. */
  failNext(fault: Fault, options?: { after?: number }): void;
  /** Resolves when so many requests have come, counted from the start. */
  received(count: number): Promise<void>;
  /** What the platform would answer without a fault. */
  answer: PlatformHandler;
  /** Resolves when no connection is open any more. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the double of a platform on a free port of the loopback. Close it, or declare it with `await using`. */
export async function startPlatform(double: PlatformHandler | RunningPlatform): Promise<Platform> {
  const requests: PlatformRequest[] = [];
  const sockets = new Set<Socket>();
  const faults: { fault: Fault; after: number }[] = [];
  const answer: PlatformHandler = typeof double === "function" ? double : (request) => passOn(double.url, request);

  const server = createServer((incoming, response) => {
    read(incoming, response)
      .then(async (request) => {
        requests.push(request);
        const planned = faults.find(({ after }) => after === 0);
        if (planned) faults.splice(faults.indexOf(planned), 1);
        for (const later of faults) later.after = Math.max(0, later.after - 1);
        server.emit("received");
        await carryOut(planned?.fault ?? answer, request, response);
      })
      // A double that throws has to be seen: a hang would look like the plugin's fault.
      .catch((error: unknown) => response.writeHead(500).end(`the double failed: ${error}`));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    // Clients that go away in the middle are what this is for.
    socket.on("error", () => undefined);
    socket.once("close", () => {
      sockets.delete(socket);
      if (sockets.size === 0) server.emit("idle");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  const close = async () => {
    const closed = server.listening ? once(server, "close") : undefined;
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
    if (typeof double !== "function") await double.close?.();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer,
    failNext: (fault, { after = 0 } = {}) => faults.push({ fault, after }),
    async received(count) {
      while (requests.length < count) await once(server, "received");
    },
    async idle() {
      while (sockets.size > 0) await once(server, "idle");
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function carryOut(fault: Fault, request: PlatformRequest, response: ServerResponse): Promise<void> {
  if (fault === "hang") return;
  if (fault === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  if (fault === "html") return send(response, badGateway);
  if (fault === "garbage") return send(response, garbage);
  send(response, typeof fault === "function" ? await fault(request) : fault);
}

const badGateway: PlatformAnswer = {
  status: 502,
  headers: { "content-type": "text/html" },
  body: "<html><h1>502 Bad Gateway</h1></html>",
};
const garbage: PlatformAnswer = { headers: { "content-type": "application/json" }, body: "not json{" };

function send(response: ServerResponse, { status = 200, headers = {}, json, body }: PlatformAnswer): void {
  if (json === undefined) response.writeHead(status, headers).end(body);
  else response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(json));
}

async function read(incoming: IncomingMessage, response: ServerResponse): Promise<PlatformRequest> {
  const gone = Promise.withResolvers<void>();
  response.once("close", () => response.writableFinished || gone.resolve());
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const bytes = Buffer.concat(chunks);
  const body = bytes.toString("utf8");
  const url = new URL(incoming.url ?? "/", "http://double");
  return {
    method: incoming.method ?? "GET",
    url: incoming.url ?? "/",
    path: url.pathname,
    query: Object.fromEntries(url.searchParams),
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, [value].flat().join(", ")])),
    body,
    bytes,
    get json() {
      return parseJson(body);
    },
    get form() {
      return Object.fromEntries(new URLSearchParams(body));
    },
    gone: gone.promise,
  };
}

async function passOn(origin: string, { method, url, headers, bytes }: PlatformRequest): Promise<PlatformAnswer> {
  const kept = Object.entries(headers).filter(([name]) => !hopByHop.includes(name));
  const answer = await fetch(new URL(url, origin), {
    method,
    headers: Object.fromEntries(kept),
    redirect: "manual",
    ...(bytes.length > 0 && { body: new Uint8Array(bytes) }),
  });
  const answered = [...answer.headers].filter(([name]) => !hopByHop.includes(name) && name !== "content-encoding");
  return { status: answer.status, headers: Object.fromEntries(answered), body: new Uint8Array(await answer.arrayBuffer()) };
}

const hopByHop = ["host", "connection", "keep-alive", "content-length", "transfer-encoding", "expect", "accept-encoding"];
