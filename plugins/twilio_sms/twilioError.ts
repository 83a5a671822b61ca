import { type ErrorCode, HooklineError, parseJson } from "hookline";

/** What Twilio's own code says is more than the status: the error in our words. Any other error is returned as it is. */
export function twilioError(error: unknown): unknown {
  if (!HooklineError.is(error)) return error;
  // {"code": 21211, "message": "…", "more_info": "…", "status": 400}
  const { code, message }: Record<string, unknown> = Object(parseJson(error.details.body));
  const ours = byCode.find(([, codes]) => codes.includes(Number(code)))?.[0];
  if (ours === undefined) return error;
  const said = String(message ?? "no reason given").replace(/[\s\p{C}]+/gu, " ");
  const reason = `Twilio refused with ${code}: ${said.slice(0, 300)} https://www.twilio.com/docs/errors/${code}`;
  // 21612 is about this sender; another one may reach the number.
  const failover = code === 21612 ? true : undefined;
  return new HooklineError(ours, { ...error.details, reason, failover, dispatched: "no" }, { cause: error });
}

// https://www.twilio.com/docs/api/errors. What is refused because of this sender or account may go through another instance.
const byCode: readonly [ErrorCode, readonly number[]][] = [
  ["auth", [20003, 20005]],
  // 70051: a restricted API key that lacks this permission.
  ["permission", [21212, 21408, 21601, 21603, 21606, 21608, 21659, 21660, 21661, 21701, 21703, 21705, 70051]],
  ["invalid_recipient", [21201, 21211, 21214, 21217, 21265, 21266, 21268, 21604, 21612, 21614, 21635]],
  ["recipient_blocked", [21610]],
  ["payload_too_large", [21617, 21623]],
  ["rate_limited", [20429, 21611]],
  ["quota_exceeded", [63038]],
  // A template that this account does not have.
  ["unsupported", [21655]],
  ["not_found", [20404]],
  ["conflict", [20009, 30409]],
];
