import { HooklineError } from "hookline";
import type { Personalization } from "./mailBody.ts";

/** What SendGrid's body and headers say is more than the status: the error in our words. Any other error is returned as it is. */
export function sendgridError(error: unknown, personalizations: readonly Personalization[]): unknown {
  if (!HooklineError.is(error)) return error;
  const { status, body, headers, where, retry_after_ms } = error.details;
  const refusals = refusalsIn(body);
  const said = { where, status, headers, dispatched: "no" } as const;

  if (status === 429 && retry_after_ms === undefined) {
    const wait = untilReset(headers);
    return new HooklineError("rate_limited", { ...error.details, retry_after_ms: wait }, { cause: error });
  }
  // Used up looks like a wrong key. https://support.sendgrid.com/hc/en-us/articles/35466138799899
  if (status === 401 && refusals.some(({ message }) => /credits exceeded/i.test(message))) {
    const reason = "SendGrid refused with 401: maximum credits exceeded; the plan's mails are used up";
    return new HooklineError("quota_exceeded", { ...said, reason }, { cause: error });
  }
  for (const { field, message } of status === 400 ? refusals : []) {
    const [, envelope, place] = /^personalizations\.(\d+)\.to\.(\d+)/.exec(field) ?? [];
    if (envelope === undefined) continue;
    const { email = "one" } = personalizations[Number(envelope)]?.to[Number(place)] ?? {};
    const reason = `SendGrid refused the recipient ${email}: ${message} Nobody got the mail; send it again without this one`;
    return new HooklineError("invalid_recipient", { ...said, reason }, { cause: error });
  }
  return error;
}

/** `{"errors": [{"message": "…", "field": "personalizations.0.to.0.email", "help": "…"}]}` */
function refusalsIn(body: unknown): { message: string; field: string }[] {
  try {
    const { errors } = Object(JSON.parse(String(body)));
    if (!Array.isArray(errors)) return [];
    return errors.map((one) => ({ message: String(Object(one).message), field: String(Object(one).field) }));
  } catch {
    // A proxy's page: the status says all there is.
    return [];
  }
}

/** X-RateLimit-Reset says when, in seconds since 1970, and SendGrid sends no Retry-After. */
function untilReset(headers: unknown): number | undefined {
  const reset = Number(Object(headers)["x-ratelimit-reset"]);
  return Number.isFinite(reset) ? Math.max(0, reset * 1000 - Date.now()) : undefined;
}
