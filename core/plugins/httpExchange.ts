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

/** Ends one exchange before its time. */
export type Stop = (why: Failure["why"], more?: { cause?: unknown; limit?: number }) => void;

/** When to stop waiting, and where to be found by who wants to stop all. */
export interface Bounds {
  timeout_ms: number;
  /** The largest body, in bytes, for an answer of this status. */
  limitOf(status: number): number;
  signal: AbortSignal | undefined;
  running: Set<Stop>;
}

/** Complete, refused by a failure, or both: a failure in the middle of a body leaves what had come. */
export type Exchanged = { answer: Received; failure?: undefined } | { answer?: Received; failure: Failure };

/** Sends one request exactly once and takes its answer. Settles as soon as a bound is hit; it never rejects. */
export function exchange(dispatcher: HttpDispatcher, wire: WireRequest, bounds: Bounds): Promise<Exchanged> {
  return new Promise((resolve) => {
    let controller: Controller | undefined;
    let head: { status: number; headers: Record<string, string> } | undefined;
    let settled = false;
    let bytes = 0;
    const chunks: Uint8Array[] = [];

    const received = (): Received | undefined => head && { ...head, text: textOf(chunks) };
    const settle = (result: Exchanged) => {
      settled = true;
      clearTimeout(timer);
      bounds.signal?.removeEventListener("abort", cancel);
      bounds.running.delete(stop);
      resolve(result);
    };
    const stop: Stop = (why, more) => {
      if (settled) return;
      settle({ answer: received(), failure: { why, written: controller !== undefined, ...more } });
      controller?.abort(stopped);
    };
    const cancel = () => stop("cancelled", { cause: bounds.signal?.reason });
    const timeLimit = Math.min(bounds.timeout_ms, longestTimer);
    const timer = setTimeout(() => stop("timeout", { limit: timeLimit }), timeLimit);
    bounds.signal?.addEventListener("abort", cancel, { once: true });
    bounds.running.add(stop);
    if (bounds.signal?.aborted) return cancel();

    const handler: Handler = {
      onRequestStart(started) {
        // Called right before the first byte is written. When all is over by then, or it is a second time, nothing leaves.
        if (settled || controller !== undefined) return started.abort(stopped);
        controller = started;
      },
      onResponseStart(_, status, headers) {
        if (status >= 200) head = { status, headers: joined(headers) };
      },
      onResponseData(_, chunk) {
        const limit = bounds.limitOf(head?.status ?? 0);
        bytes += chunk.byteLength;
        if (bytes > limit) return stop("too_large", { limit });
        chunks.push(chunk);
      },
      onResponseEnd() {
        const answer = received();
        if (settled) return;
        if (answer) settle({ answer });
        else stop("broken");
      },
      onResponseError(_, cause) {
        stop("broken", { cause });
      },
    };
    const { origin, path, method, headers, body } = wire;
    try {
      // Not even a GET is idempotent to undici: what is idempotent, it may send again.
      dispatcher.dispatch({ origin, path, method, headers, body, idempotent: false }, handler);
    } catch (cause) {
      stop("broken", { cause });
    }
  });
}

type Handler = Parameters<HttpDispatcher["dispatch"]>[1];
type Controller = Parameters<NonNullable<Handler["onRequestStart"]>>[0];

// The largest delay of a timer; a larger one would fire at once.
const longestTimer = 2_147_483_647;
const stopped = new Error("Hookline has stopped this request.");

function joined(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) given[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return given;
}

const utf8 = new TextDecoder();

function textOf(chunks: readonly Uint8Array[]): string {
  return utf8.decode(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
}
