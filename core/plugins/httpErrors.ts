import { type ErrorCode, type ErrorDetails, HooklineError } from "../errors.ts";
import type { Failure, Received } from "./httpExchange.ts";
import { retryAfter } from "./retryAfter.ts";

/** Where it happened, and how to say it. */
export interface Place {
  /** Method, host and path. */
  where: string;
  /** Blanks secrets. */
  redact(text: string): string;
  /** The time, for a Retry-After that is a date. */
  now: number;
}

interface Kind extends Pick<ErrorDetails, "retryable" | "dispatched"> {
  code: ErrorCode;
  /** What to do, as the end of the sentence. */
  advice?: string;
}

const byStatus = new Map<number, Kind>([
  [401, { code: "auth", advice: "check the credentials in the settings" }],
  [402, { code: "quota_exceeded", advice: "check the plan and the balance of the account" }],
  [403, { code: "permission", advice: "these credentials may not do this" }],
  [404, { code: "not_found" }],
  [407, { code: "auth", advice: "the proxy wants credentials" }],
  [408, { code: "unavailable", dispatched: "maybe" }],
  [409, { code: "conflict" }],
  [410, { code: "not_found", advice: "it is gone for good" }],
  [413, { code: "payload_too_large", advice: "send less at once" }],
  [423, { code: "conflict" }],
  [425, { code: "unavailable" }],
  [429, { code: "rate_limited" }],
  [500, { code: "unavailable" }],
  [501, { code: "unsupported" }],
  [503, { code: "unavailable" }],
]);

// What undici says of a request that it does not send to anybody: an `expect`, or a content-length that is not the body's.
const unsendable = ["UND_ERR_INVALID_ARG", "UND_ERR_NOT_SUPPORTED", "UND_ERR_REQ_CONTENT_LENGTH_MISMATCH"];

/** The error for an answer of 300 and above. The instance and the hook are filled in by who called the plugin. */
export function statusError({ status, headers, text }: Received, place: Place): HooklineError {
  const { code, advice, ...facts } = kindOf(status, headers, place);
  const retry_after_ms = retryAfter(headers["retry-after"], place.now);
  const wait = retry_after_ms === undefined ? undefined : `it asks to wait ${Math.ceil(retry_after_ms / 1000)} s`;
  const heard = [`${place.where} answered ${status}`, advice, wait].filter((part) => part !== undefined).join("; ");
  const body = place.redact(text);
  const reason = place.redact(heard) + excerpt(body);
  return new HooklineError(code, { ...facts, reason, where: place.redact(place.where), status, headers, body, retry_after_ms });
}

/** The error for an exchange without a complete answer. */
export function failureError({ why, written, limit, cause }: Failure, { where, redact }: Place): HooklineError {
  const dispatched = written ? "maybe" : "no";
  const fate = written ? "the platform may have acted" : "nothing was sent";
  const fail = (code: ErrorCode, what: string) =>
    new HooklineError(code, { reason: redact(`${where}: ${what}`), dispatched }, { cause });

  if (why === "timeout") return fail("timeout", `no answer within ${limit} ms; ${fate}`);
  if (why === "too_large") return fail("unavailable", `the answer is larger than ${limit} bytes; ${fate}`);
  if (why === "ended") return fail("plugin_unavailable", `this generation ended before the answer came; ${fate}`);
  if (why === "cancelled") {
    // The core aborts with an error that says why: its code is the better one.
    if (HooklineError.is(cause)) return new HooklineError(cause.code, { ...cause.details, dispatched }, { cause });
    if (nameOf(cause) === "TimeoutError") return fail("timeout", `the time of its signal passed; ${fate}`);
    return fail("cancelled", `cancelled before the answer came; ${fate}`);
  }
  if (unsendable.includes(codeOf(cause))) return fail("invalid_request", `cannot be sent: ${messageOf(cause)}`);
  if (codeOf(cause) === "UND_ERR_CONNECT_TIMEOUT") return fail("timeout", `no connection in time; ${fate}`);
  return fail("unavailable", `${written ? "the connection broke" : "could not connect"}: ${messageOf(cause)}; ${fate}`);
}

/** The body as JSON. Throws `unavailable` when it is none: whatever answered, it was not the API. */
export function parsedJson({ status, headers, text }: Received, { where, redact }: Place): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message would repeat the body; the excerpt does it once, cleaned.
    const what = text === "" ? "with an empty body" : `with ${typeOf(headers)} that is no JSON`;
    const body = redact(text.slice(0, 65_536));
    const reason = redact(`${where} answered ${status} ${what}; the platform may have acted`) + excerpt(body);
    throw new HooklineError("unavailable", { reason, dispatched: "maybe", status, headers, body });
  }
}

function typeOf(headers: Received["headers"]): string {
  return /^[\w.+-]{1,60}\/[\w.+-]{1,60}/.exec(headers["content-type"] ?? "")?.[0] ?? "something";
}

function kindOf(status: number, headers: Received["headers"], place: Place): Kind {
  const known = byStatus.get(status);
  if (known) return known;
  if (status < 400) return redirect(status, headers, place);
  return status < 500 ? { code: "invalid_request" } : { code: "unavailable", dispatched: "maybe" };
}

function redirect(status: number, headers: Received["headers"], { where }: Place): Kind {
  const [, here = ""] = where.split(" ");
  const to = URL.parse(headers.location ?? "", `https://${here}`);
  const target = to && headers.location ? ` to ${`${to.host}${to.pathname}`.slice(0, 200)}` : "";
  // After 302 and 303 a browser reads what its POST has done; 301, 307 and 308 send it elsewhere undone.
  const dispatched = [301, 307, 308].includes(status) ? "no" : "maybe";
  return {
    code: "unavailable",
    retryable: false,
    dispatched,
    advice: `redirects${target} are not followed; put the final address into the settings`,
  };
}

function excerpt(body: string): string {
  const visible = body
    .slice(0, 4_000)
    .replace(/[\p{C}\p{Z}\s]+/gu, " ")
    .trim();
  if (visible === "") return "";
  return `. It said: "${visible.length > 200 ? `${visible.slice(0, 199).toWellFormed()}…` : visible}"`;
}

function messageOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : "";
  return [message, codeOf(cause)].find((part) => part !== "") ?? "no reason given";
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : "";
}

function nameOf(cause: unknown): string {
  return cause instanceof Error ? cause.name : "";
}
