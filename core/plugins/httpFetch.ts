import { HooklineError } from "../errors.ts";
import type { Http, HttpRequest } from "./http.ts";

/** The standard `fetch` over a plugin's `http`: for an SDK that takes one. Same pool, same errors, exactly one request. */
export function fetchOver(request: Http["request"], ended: AbortSignal): Http["fetch"] {
  return async (input, { any_status = true, ...init } = {}) => {
    const signal = init.signal ?? (input instanceof Request ? input.signal : undefined);
    // Its own signal would be one more listener.
    const asked = new Request(input, { ...init, signal: null, duplex: "half" });
    const body = asked.body === null ? {} : { body: await wholeOf(asked.body, signal ? [signal, ended] : [ended]) };
    const headers = Object.fromEntries([...asked.headers].filter(([name]) => name !== "accept-encoding"));
    const answer = await request(asked.url, {
      method: methodOf(asked),
      headers,
      ...body,
      ...(signal ? { signal } : {}),
      any_status,
    });
    const { status } = answer;
    if (status > 599) throw notStandard(status, answer.headers, new URL(asked.url));
    const isBodyless = [204, 205, 304].includes(status);
    return new Response(isBodyless ? null : answer.text, { status, headers: answer.headers });
  };
}

/** A request is sent whole, so a stream is read first; as far as it came when one of the signals ends it: then nothing is sent. */
async function wholeOf(body: ReadableStream<Uint8Array>, signals: readonly AbortSignal[]): Promise<Uint8Array> {
  const reader = body.getReader();
  const stop = () => void reader.cancel().catch(() => undefined);
  for (const signal of signals) signal.addEventListener("abort", stop, { once: true });
  if (signals.some(({ aborted }) => aborted)) stop();
  const chunks: Uint8Array[] = [];
  try {
    for (let read = await reader.read(); !read.done; read = await reader.read()) chunks.push(read.value);
  } finally {
    for (const signal of signals) signal.removeEventListener("abort", stop);
  }
  return Buffer.concat(chunks);
}

/** The standard Response takes none above 599. */
function notStandard(status: number, headers: Record<string, string>, { host, pathname }: URL): HooklineError {
  const reason = `${host}${pathname} answered ${status}, which is no status of HTTP; the platform may have acted`;
  return new HooklineError("unavailable", { reason, dispatched: "maybe", status, headers });
}

function methodOf({ method }: Request): NonNullable<HttpRequest["method"]> {
  const known = (["GET", "POST", "PUT", "PATCH", "DELETE"] as const).find((name) => name === method);
  if (known) return known;
  throw new HooklineError("invalid_request", { reason: `http.fetch sends GET, POST, PUT, PATCH and DELETE, not ${method}` });
}
