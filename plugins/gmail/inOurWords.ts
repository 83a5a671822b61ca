import { type ErrorCode, HooklineError, parseJson, z } from "hookline";
import { wireErrorIn } from "./wireErrorIn.ts";

const refusal = z.object({
  error: z.object({
    message: z.string().default(""),
    status: z.string().optional(),
    errors: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).default([]),
  }),
});
const tokenRefusal = z.object({ error: z.string(), error_description: z.string().default("") });

// The status says too little: a limit arrives as a 403. https://developers.google.com/workspace/admin/directory/v1/limits
const byReason = new Map<string, ErrorCode>([
  ["userRateLimitExceeded", "rate_limited"],
  ["rateLimitExceeded", "rate_limited"],
  ["quotaExceeded", "rate_limited"],
  ["concurrentLimitExceeded", "rate_limited"],
  ["dailyLimitExceeded", "quota_exceeded"],
  ["limitExceeded", "quota_exceeded"],
  ["domainPolicy", "permission"],
  ["failedPrecondition", "permission"],
  ["duplicate", "conflict"],
  ["uploadTooLarge", "payload_too_large"],
]);

const byMessage: readonly [RegExp, ErrorCode][] = [
  [/^(Invalid (To|Cc|Bcc) header|Recipient address required)/i, "invalid_recipient"],
  [/payload size exceeds|entity too large|message too large/i, "payload_too_large"],
];

const advice: Partial<Record<ErrorCode, string>> = {
  auth: "check the credentials in the settings",
  permission: "check the scopes, and what this user may do in the Admin console",
  payload_too_large: "send less at once",
  quota_exceeded: "raise the quota of the project in the Google Cloud console, or wait for tomorrow",
};

const tokenAdvice: Readonly<Record<string, string>> = {
  invalid_grant: "the consent was withdrawn or has expired, the user does not exist, or the clock of this machine is wrong",
  invalid_client: "check client_id and client_secret",
  unauthorized_client: "allow the service account these scopes under domain-wide delegation in the Admin console",
  access_denied: "allow the service account these scopes under domain-wide delegation in the Admin console",
  invalid_scope: "check the scopes",
};

/** What went wrong in a call of the SDK, in our words: the code by Google's own reason, its wait, and its sentence. */
export function inOurWords(error: unknown): HooklineError {
  const wire = wireErrorIn(error);
  if (!wire) {
    const said = error instanceof Error ? error.message : String(error);
    return new HooklineError("plugin_error", { reason: `the SDK of Google failed: ${said}` });
  }
  const said = refusal.safeParse(parseJson(wire.details.body));
  if (!said.success) return wire;
  const { message, status, errors } = said.data.error;
  const google_reason = errors[0]?.reason ?? status;
  const code = codeFor(google_reason, message) ?? wire.code;
  const sentence = [`${wire.details.where}: ${message || "refused"}`, advice[code]].filter(Boolean).join("; ");
  // A refusal of another kind than its status says has its own facts.
  const facts = code === wire.code ? wire.details : { where: wire.details.where, status: wire.details.status };
  const reason = google_reason === undefined ? sentence : `${sentence} (${google_reason})`;
  const retry_after_ms = wire.retry_after_ms ?? waitIn(message);
  return new HooklineError(code, { ...facts, reason, google_reason, retry_after_ms }, { cause: wire });
}

/** Why there is no token. Without one nothing was asked of the API, so nothing can have happened. */
export function tokenProblem(error: unknown): HooklineError {
  const wire = wireErrorIn(error);
  if (!wire) throw error;
  const said = tokenRefusal.safeParse(parseJson(wire.details.body));
  const { retry_after_ms, details } = wire;
  if (!said.success || typeof details.status !== "number" || details.status >= 500 || details.status === 429) {
    const reason = `no token from Google: ${details.reason}`;
    return new HooklineError(wire.code, { reason, retry_after_ms, dispatched: "no" }, { cause: wire });
  }
  const { error: name, error_description } = said.data;
  const what = [`Google gives no token: ${error_description || name} (${name})`, tokenAdvice[name]].filter(Boolean).join("; ");
  return new HooklineError("auth", { reason: what }, { cause: wire });
}

function codeFor(reason: string | undefined, message: string): ErrorCode | undefined {
  return byReason.get(reason ?? "") ?? byMessage.find(([pattern]) => pattern.test(message))?.[1];
}

/** Gmail says it in the sentence: "User-rate limit exceeded.  Retry after 2026-02-11T10:52:43.016Z". */
function waitIn(message: string): number | undefined {
  const until = Date.parse(/retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)/i.exec(message)?.[1] ?? "");
  return Number.isNaN(until) ? undefined : Math.max(0, until - Date.now());
}
