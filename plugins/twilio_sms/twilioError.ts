import { type ErrorCode, type ErrorFacts, HooklineError } from "hookline";

/** What Twilio's own code says is more than the status: the error in our words. Any other error is returned as it is. */
export function twilioError(error: unknown): unknown {
  if (!HooklineError.is(error)) return error;
  const { code, message } = refusalIn(error.details.body);
  const known = byCode.get(code);
  if (known === undefined) return error;
  const { where, status, headers, retry_after_ms } = error.details;
  const [ours, facts] = known;
  const reason = `Twilio refused with ${code}: ${message} https://www.twilio.com/docs/errors/${code}`;
  return new HooklineError(
    ours,
    { dispatched: "no", ...facts, reason, where, status, headers, retry_after_ms },
    { cause: error },
  );
}

/** `{"code": 21211, "message": "…", "more_info": "…", "status": 400}` */
function refusalIn(body: unknown): { code: number; message: string } {
  const nothing = { code: 0, message: "" };
  if (typeof body !== "string") return nothing;
  try {
    const { code, message } = Object(JSON.parse(body));
    return { code: Number(code), message: oneLine(message) };
  } catch {
    // A proxy's page: the status says all there is.
    return nothing;
  }
}

function oneLine(text: unknown): string {
  return String(text ?? "no reason given")
    .replace(/[\s\p{C}]+/gu, " ")
    .slice(0, 300);
}

// https://www.twilio.com/docs/api/errors. What is refused because of this sender or account may go through another instance.
const byCode = new Map<number, [ErrorCode, Partial<ErrorFacts>?]>([
  [20003, ["auth"]],
  [20005, ["auth"]],
  [20009, ["conflict"]],
  [20404, ["not_found"]],
  [20429, ["rate_limited"]],
  [21201, ["invalid_recipient"]],
  [21211, ["invalid_recipient"]],
  [21212, ["permission"]],
  [21214, ["invalid_recipient"]],
  [21217, ["invalid_recipient"]],
  [21265, ["invalid_recipient"]],
  [21408, ["permission"]],
  [21603, ["permission"]],
  [21604, ["invalid_recipient"]],
  [21606, ["permission"]],
  [21608, ["permission"]],
  [21610, ["recipient_blocked"]],
  [21611, ["rate_limited"]],
  // Not by this sender; another one may reach the number.
  [21612, ["invalid_recipient", { failover: true }]],
  [21614, ["invalid_recipient"]],
  [21617, ["payload_too_large"]],
  [21623, ["payload_too_large"]],
  [21659, ["permission"]],
  [21660, ["permission"]],
  [21703, ["permission"]],
  [30409, ["conflict"]],
  [63038, ["quota_exceeded"]],
  // A restricted API key that lacks this permission.
  [70051, ["permission"]],
]);
