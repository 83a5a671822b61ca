import { HooklineError } from "../errors.ts";
import type { Http, HttpRequest } from "./http.ts";

/** The standard `fetch` over a plugin's `http`: for an SDK that takes one. Same pool, same errors, exactly one request. */
export function fetchOver(request: Http["request"]): Http["fetch"] {
  return async (input, { any_status = true, ...init } = {}) => {
    const signal = init.signal ?? (input instanceof Request ? input.signal : undefined);
    // Its own signal would be one more listener; a stream as the body is read here, because a request is sent whole.
    const asked = new Request(input, { ...init, signal: null, duplex: "half" });
    const body = asked.body === null ? {} : { body: new Uint8Array(await asked.arrayBuffer()) };
    const headers = Object.fromEntries([...asked.headers].filter(([name]) => name !== "accept-encoding"));
    const answer = await request(asked.url, {
      method: methodOf(asked),
      headers,
      ...body,
      ...(signal ? { signal } : {}),
      any_status,
    });
    const isBodyless = [204, 205, 304].includes(answer.status);
    return new Response(isBodyless ? null : answer.text, { status: answer.status, headers: answer.headers });
  };
}

function methodOf({ method }: Request): NonNullable<HttpRequest["method"]> {
  const known = (["GET", "POST", "PUT", "PATCH", "DELETE"] as const).find((name) => name === method);
  if (known) return known;
  throw new HooklineError("invalid_request", { reason: `http.fetch sends GET, POST, PUT, PATCH and DELETE, not ${method}` });
}
