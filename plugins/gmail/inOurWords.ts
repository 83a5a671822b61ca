import { type ErrorCode, HooklineError, parseJson, z } from "hookline";

const refusal = z.object({
  error: z.object({
    message: z.string().default("refused"),
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string().optional() })).default([]),
  }),
});
const tokenRefusal = z.object({ error: z.string(), error_description: z.string().optional() });

// The status says too little: a limit arrives as a 403. https://developers.google.com/workspace/admin/directory/v1/limits
const byReason = new Map<string | undefined, ErrorCode>([
  ["userRateLimitExceeded", "rate_limited"],
  ["rateLimitExceeded", "rate_limited"],
  ["quotaExceeded", "rate_limited"],
  ["concurrentLimitExceeded", "rate_limited"],
  ["dailyLimitExceeded", "quota_exceeded"],
  ["limitExceeded", "quota_exceeded"],
  ["failedPrecondition", "permission"],
  ["uploadTooLarge", "payload_too_large"],
]);
const byMessage: readonly [RegExp, ErrorCode][] = [
  [/^(Invalid (To|Cc|Bcc) header|Recipient address required)/i, "invalid_recipient"],
  [/payload size exceeds|entity too large|message too large/i, "payload_too_large"],
];

const advice = new Map<ErrorCode, string>([
  ["auth", "; check the credentials in the settings"],
  ["permission", "; check the scopes, and what this user may do in the Admin console"],
]);
const delegation = "; allow the service account these scopes under domain-wide delegation in the Admin console";
const tokenAdvice = new Map<string | undefined, string>([
  ["invalid_grant", "; the consent was withdrawn or has expired, the user does not exist, or the clock of this machine is wrong"],
  ["invalid_client", "; check client_id and client_secret"],
  ["unauthorized_client", delegation],
  ["access_denied", delegation],
]);

/** What went wrong in a call of the SDK, in our words: the code by Google's own reason, its wait, and its sentence. */
export function inOurWords(error: unknown): HooklineError {
  const wire = wireErrorIn(error);
  if (!wire) return new HooklineError("plugin_error", { reason: `the SDK of Google failed: ${error}` });
  const said = refusal.safeParse(parseJson(wire.details.body)).data?.error;
  if (!said) return wire;
  const { message, status, errors } = said;
  const google_reason = errors[0]?.reason ?? status;
  const code = byReason.get(google_reason) ?? byMessage.find(([pattern]) => pattern.test(message))?.[1] ?? wire.code;
  const reason = `${wire.details.where}: ${message}${advice.get(code) ?? ""}${google_reason ? ` (${google_reason})` : ""}`;
  // Gmail says it in the sentence: "User-rate limit exceeded.  Retry after 2026-02-11T10:52:43.016Z".
  const until = Date.parse(/retry after (\S+Z)/i.exec(message)?.[1] ?? "");
  const retry_after_ms = wire.retry_after_ms ?? (until > 0 ? Math.max(0, until - Date.now()) : undefined);
  // A refusal of another kind than its status says has its own facts.
  const facts = code === wire.code ? wire.details : { where: wire.details.where, status: wire.details.status };
  return new HooklineError(code, { ...facts, reason, google_reason, retry_after_ms }, { cause: wire });
}

/** Why there is no token. Without one nothing was asked of the API, so nothing can have happened. */
export function tokenProblem(error: unknown): unknown {
  const wire = wireErrorIn(error);
  if (!wire) return error;
  const { code, details, retryable, retry_after_ms } = wire;
  const said = tokenRefusal.safeParse(parseJson(details.body)).data;
  const what = said ? `${said.error_description ?? said.error} (${said.error})` : details.reason;
  const reason = `Google gives no token: ${what}${tokenAdvice.get(said?.error) ?? ""}`;
  const isRefused = details.status !== undefined && !retryable;
  return new HooklineError(isRefused ? "auth" : code, { reason, retry_after_ms, dispatched: "no" }, { cause: wire });
}

/** What our `http` has thrown, inside of what the SDK made of it; undefined when it never came that far. */
export function wireErrorIn(error: unknown): HooklineError | undefined {
  if (HooklineError.is(error)) return error;
  return error instanceof Error && error.cause !== undefined ? wireErrorIn(error.cause) : undefined;
}
