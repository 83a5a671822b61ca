import { Socket } from "node:net";
import { Agent, buildConnector, type Dispatcher, Pool as OriginPool } from "undici";
import { HooklineError } from "../errors.ts";
import { failureError, type Place, parsedJson, statusError } from "./httpErrors.ts";
import { createExchanges, type Received } from "./httpExchange.ts";
import { fetchOver } from "./httpFetch.ts";
import { createWireRequests } from "./wireRequest.ts";

type HttpMethod = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/** What one request to a platform is made of. */
export interface HttpRequest {
  method?: HttpMethod;
  headers?: Record<string, string>;
  query?: Record<string, string | number | boolean | undefined>;
  /** Sent as application/json. */
  json?: unknown;
  /** Sent as application/x-www-form-urlencoded. */
  form?: Record<string, string | number | boolean | undefined>;
  body?: string | Uint8Array;
  signal?: AbortSignal;
  /** In milliseconds, from the call to the last byte of the answer; 30,000 unless given. */
  timeout_ms?: number;
  /** The largest answer taken, in bytes; 10 MiB unless given. */
  max_bytes?: number;
  /**
   * True: an answer is returned whatever its status, for a platform whose bodies say more than the status. Default: 300 and
   * above throw. A redirect is never followed, either way.
   */
  any_status?: boolean;
}

/** What came back. */
export interface HttpAnswer {
  status: number;
  /** Lower-case names; several of one name are joined with ", ". */
  headers: Record<string, string>;
  text: string;
  /** The body as JSON, parsed when it is read. Throws `unavailable` when it is none: a 200 with garbage is not a success. */
  // biome-ignore lint/suspicious/noExplicitAny: what a platform answers is unknown until the plugin picks from it; the answer's schema checks that.
  readonly json: any;
}

/**
 * HTTP for plugins. Every method throws a HooklineError with the right code and facts for what went wrong, and never retries.
 * `error.details` has `where` (method, host, path) and `status`, `headers`, `body` of the answer, for a plugin that knows better.
 */
export interface Http {
  request(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  get(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  post(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  put(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  patch(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  delete(url: string, request?: HttpRequest): Promise<HttpAnswer>;
  /**
   * The standard `fetch` over the same pool, for an SDK that takes one: answers of any status up to 599, as text, no redirects.
   * What prevents an answer is thrown as a HooklineError; an SDK that wraps it has it as the cause. With `any_status: false` a
   * status from 300 up throws here too, before the SDK sees it.
   */
  fetch(input: string | URL | Request, init?: RequestInit & { any_status?: boolean }): Promise<Response>;
}

/** Who sends the requests: any dispatcher of undici, a proxy's for example. */
export type HttpDispatcher = Dispatcher;

/** What `createHttp` needs to know of the generation it serves. */
export interface HttpOptions {
  /** The id of the instance. */
  instance: string;
  /** Aborts when the generation ends: requests under way end with it, and no new one starts. */
  signal: AbortSignal;
  /** The time of day, in milliseconds since 1970: for a Retry-After that is a date. */
  clock?: { now(): number };
  /** Instead of a pool of its own. Its owner closes it. */
  dispatcher?: HttpDispatcher;
  userAgent?: string;
  /** Blanks the secrets of the settings in what an error says. */
  redact?: (text: string) => string;
}

const thirtySeconds = 30_000;
const tenMebibytes = 10 * 1024 * 1024;
// Enough of a refusal for a plugin to read its body; the rest is not worth waiting for.
const refusalBytes = 64 * 1024;

/** Makes the `http` of one generation: a pool, exactly one request per call. `close` ends what is under way and leaves no socket. */
export function createHttp(options: HttpOptions): Http & { close(): Promise<void> } {
  const { clock = Date, redact = (text: string) => text, userAgent = "hookline" } = options;
  const exchanges = createExchanges();
  const wireRequestOf = createWireRequests(userAgent);
  let pool: Pool | undefined;
  let closed = false;

  options.signal.addEventListener("abort", exchanges.endAll, { once: true });

  async function send(method: HttpMethod, url: string, given?: HttpRequest): Promise<HttpAnswer> {
    const request = given ?? {};
    const { any_status = false, max_bytes = tenMebibytes, timeout_ms = thirtySeconds, signal } = request;
    const wire = wireRequestOf(method, url, request);
    refuseWhenEnded();
    const dispatcher = options.dispatcher ?? ownDispatcher();

    const isRefusal = (status: number) => status >= 300 && !any_status;
    const limitOf = (status: number) => (isRefusal(status) ? Math.min(max_bytes, refusalBytes) : max_bytes);
    const { answer, failure } = await exchanges.send(dispatcher, wire, { timeout_ms, limitOf, signal });

    const place = { where: wire.where, redact, now: clock.now() };
    // A refusal stays one when its body was too long or broke off: the status has said what counts.
    if (answer !== undefined && isRefusal(answer.status)) throw statusError(answer, place);
    if (failure !== undefined) throw failureError(failure, place);
    return new Answer(answer, place);
  }

  function ownDispatcher(): HttpDispatcher {
    pool ??= openPool();
    return pool.dispatcher;
  }

  function refuseWhenEnded(): void {
    if (!closed && !options.signal.aborted) return;
    const reason = "this generation has ended, and its http sends nothing any more; stop what still uses it in onDispose()";
    throw new HooklineError("context_disposed", { instance: options.instance, reason });
  }

  const request: Http["request"] = (url, request) => send(request?.method ?? "GET", url, request);

  return {
    request,
    get: (url, request) => send("GET", url, request),
    post: (url, request) => send("POST", url, request),
    put: (url, request) => send("PUT", url, request),
    patch: (url, request) => send("PATCH", url, request),
    delete: (url, request) => send("DELETE", url, request),
    fetch: fetchOver(request, options.signal),
    async close() {
      closed = true;
      options.signal.removeEventListener("abort", exchanges.endAll);
      exchanges.endAll();
      await pool?.close();
    },
  };
}

class Answer implements HttpAnswer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly text: string;
  readonly #place: Place;
  #json: unknown;
  #isParsed = false;

  constructor({ status, headers, text }: Received, place: Place) {
    this.status = status;
    this.headers = headers;
    this.text = text;
    this.#place = place;
  }

  get json(): unknown {
    if (!this.#isParsed) this.#json = parsedJson(this, this.#place);
    this.#isParsed = true;
    return this.#json;
  }
}

interface Pool {
  readonly dispatcher: HttpDispatcher;
  close(): Promise<void>;
}

function openPool(): Pool {
  const sockets = new Set<Socket>();
  const connect = buildConnector({ allowH2: false, timeout: 10_000 });
  const agent = new Agent({
    // HTTP/2 and pipelining send a request again when a connection ends under it; time-outs are ours, for the whole call.
    // Said to the pools: an agent that knows it makes a new key of the origin for each request.
    factory: (origin, given) => new OriginPool(origin, { ...given, allowH2: false }),
    pipelining: 1,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(target, done) {
      // undici's types keep quiet about the socket it returns. We need it: `destroy` forgets those that are still connecting.
      const socket: unknown = connect(target, done);
      if (!(socket instanceof Socket)) return;
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    },
  });
  return {
    dispatcher: agent,
    async close() {
      const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve)));
      await agent.destroy();
      for (const socket of sockets) socket.destroy();
      await Promise.all(gone);
    },
  };
}
