import { type ErrorCode, type ErrorDetails, HooklineError, parseJson } from "hookline";

/** What SendGrid's body and headers say is more than the status. Any other error is returned as it is. */
export function inOurWords(error: unknown, envelopes: readonly { email: string }[][]): unknown {
  if (!HooklineError.is(error)) return error;
  const { status, headers, body } = error.details;
  const as = (code: ErrorCode, more: ErrorDetails) => new HooklineError(code, { ...error.details, ...more }, { cause: error });
  // In seconds since 1970; SendGrid sends no Retry-After.
  const reset = Number(Object(headers)["x-ratelimit-reset"]) * 1000;
  if (status === 429 && error.retry_after_ms === undefined && Number.isFinite(reset))
    return as("rate_limited", { retry_after_ms: Math.max(0, reset - Date.now()) });
  // {"errors": [{"message": "…", "field": "personalizations.0.to.0.email", "help": "…"}]}
  for (const one of [Object(parseJson(body)).errors].flat()) {
    const { message, field }: Record<string, unknown> = Object(one);
    // Used up looks like a wrong key. https://support.sendgrid.com/hc/en-us/articles/35466138799899
    if (status === 401 && /credits exceeded/i.test(String(message)))
      return as("quota_exceeded", { reason: "SendGrid refused with 401: maximum credits exceeded; buy more, or wait" });
    const [, envelope, place] = /^personalizations\.(\d+)\.to\.(\d+)/.exec(String(field)) ?? [];
    if (status !== 400 || envelope === undefined) continue;
    const { email } = envelopes[Number(envelope)]?.[Number(place)] ?? { email: "one" };
    const reason = `SendGrid refused the recipient ${email}: ${message} Nobody got the mail; send it again without this one`;
    return as("invalid_recipient", { reason });
  }
  return error;
}
