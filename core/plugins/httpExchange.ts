import type { HttpDispatcher } from "./http.ts";
import type { WireRequest } from "./wireRequest.ts";

/** What was received: all of it, or as much as came before the failure. */
export interface Received {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** Why there is no complete answer. */
export interface Failure {
  why: "timeout" | "cancelled" | "ended" | "too_large" | "broken";
  /** True when bytes of the request may have left: the platform may have acted. */
  written: boolean;
  /** What stood in the way, in numbers: the time-out in milliseconds, or the limit in bytes. */
  limit?: number;
  cause?: unknown;
}

/** When to stop waiting. */
export interface Bounds {
  timeout_ms: number;
  /** The largest body, in bytes, for an answer of this status. */
  limitOf(status: number): number;
  signal: AbortSignal | undefined;
}

/** Complete, refused by a failure, or both: a failure in the middle of a body leaves what had come. */
export type Exchanged = { answer: Received; failure?: undefined } | { answer: Received | undefined; failure: Failure };

/** The exchanges of one `http` that are under way. */
export interface Exchanges {
  /** Sends one request exactly once and takes its answer. Settles as soon as a bound is hit; it never rejects. */
  send(dispatcher: HttpDispatcher, wire: WireRequest, bounds: Bounds): Promise<Exchanged>;
  /** Ends all that are under way. */
  endAll(): void;
}

/** Makes a place for exchanges. */
export function createExchanges(): Exchanges {
  // No Set: one that things enter and leave all the time keeps what has left until the next full collection.
  const running: Exchange[] = [];

  return {
    send: (dispatcher, wire, bounds) =>
      new Promise((resolve) => {
        const settle = (exchanged: Exchanged) => {
          leave(running, exchange);
          resolve(exchanged);
        };
        const exchange = new Exchange(bounds, settle, running.length);
        running.push(exchange);
        exchange.begin(dispatcher, wire);
      }),
    endAll() {
      for (const exchange of [...running]) exchange.stop("ended");
    },
  };
}

/** The last one takes its place. */
function leave(running: Exchange[], exchange: Exchange): void {
  const last = running.pop();
  if (last === undefined || last === exchange) return;
  running[exchange.place] = last;
  last.place = exchange.place;
}

type Handler = Parameters<HttpDispatcher["dispatch"]>[1];
type RawHeaders = Record<string, string | string[] | undefined>;
type Controller = Parameters<NonNullable<Handler["onRequestStart"]>>[0];

// The largest delay of a timer; a larger one would fire at once.
const longestTimer = 2_147_483_647;
const stopped = new Error("Hookline has stopped this request.");
const once = { once: true };

/** One exchange: what undici tells of it, and who may stop it. */
class Exchange implements Handler {
  /** Where it stands among those that are under way. */
  place: number;
  private readonly bounds: Bounds;
  private readonly settled: (exchanged: Exchanged) => void;
  private readonly timer: NodeJS.Timeout;
  private controller: Controller | undefined;
  private isOver = false;
  private status = 0;
  private headers: Record<string, string> = none;
  private readonly chunks: Uint8Array[] = [];
  private bytes = 0;
  // A function, no object with handleEvent(): with that one, what each exchange leaves behind stays until the next full collection.
  private readonly cancel = () => this.stop("cancelled", { cause: this.bounds.signal?.reason });

  constructor(bounds: Bounds, settled: (exchanged: Exchanged) => void, place: number) {
    this.place = place;
    this.bounds = bounds;
    this.settled = settled;
    // First: what is no signal throws here, before there is anything to leave behind.
    bounds.signal?.addEventListener("abort", this.cancel, once);
    const limit = Math.min(bounds.timeout_ms, longestTimer);
    this.timer = setTimeout(() => this.stop("timeout", { limit }), limit);
  }

  begin(dispatcher: HttpDispatcher, { origin, path, method, headers, body }: WireRequest): void {
    if (this.bounds.signal?.aborted) {
      this.cancel();
      return;
    }
    try {
      // Not even a GET is idempotent to undici: what is idempotent, it may send again.
      dispatcher.dispatch({ origin, path, method, headers, body, idempotent: false }, this);
    } catch (cause) {
      this.stop("broken", { cause });
    }
  }

  /** Ends it before its time. */
  stop(why: Failure["why"], more?: { cause?: unknown; limit?: number }): void {
    if (this.isOver) return;
    this.settle({ answer: this.received(), failure: { why, written: this.controller !== undefined, ...more } });
    this.controller?.abort(stopped);
  }

  onRequestStart(started: Controller): void {
    // Called right before the first byte is written. When all is over by then, or it is a second time, nothing leaves.
    if (this.isOver || this.controller !== undefined) started.abort(stopped);
    else this.controller = started;
  }

  onResponseStart(_: Controller, status: number, headers: RawHeaders): void {
    if (status < 200) return;
    this.status = status;
    this.headers = joined(headers);
  }

  onResponseData(_: Controller, chunk: Uint8Array): void {
    const limit = this.bounds.limitOf(this.status);
    this.bytes += chunk.byteLength;
    if (this.bytes > limit) this.stop("too_large", { limit });
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    if (this.isOver) return;
    const answer = this.received();
    if (answer) this.settle({ answer });
    else this.stop("broken");
  }

  onResponseError(_: Controller | null, cause: Error): void {
    this.stop("broken", { cause });
  }

  private received(): Received | undefined {
    if (this.status === 0) return undefined;
    return { status: this.status, headers: this.headers, text: textOf(this.chunks) };
  }

  private settle(exchanged: Exchanged): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.bounds.signal?.removeEventListener("abort", this.cancel);
    this.settled(exchanged);
  }
}

const none: Record<string, string> = {};

/** The headers, several of one name as one. */
function joined(headers: RawHeaders): Record<string, string> {
  if (areSingle(headers)) return headers;
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) given[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return given;
}

function areSingle(headers: RawHeaders): headers is Record<string, string> {
  for (const name in headers) if (typeof headers[name] !== "string") return false;
  return true;
}

const utf8 = new TextDecoder();

function textOf(chunks: readonly Uint8Array[]): string {
  return utf8.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
}
