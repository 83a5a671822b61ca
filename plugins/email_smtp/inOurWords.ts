import { type ErrorCode, HooklineError } from "hookline";
import type { NodemailerError } from "nodemailer";

/**
 * What nodemailer or the server said, in our words. `started` tells whether a byte of the message had left: after that, and
 * without a reply, nobody knows whether it was sent.
 */
export function inOurWords(thrown: unknown, server: string, started: boolean): HooklineError {
  const error: NodemailerError = thrown instanceof Error ? thrown : new Error(String(thrown));
  const code = codeFor(error);
  // A refused recipient says nothing about the server, so it must not count against it.
  const penalize = error.command === "RCPT TO" && code !== "rate_limited" ? "never" : undefined;
  const isSilent = error.responseCode === undefined;
  const dispatched = started && isSilent ? "maybe" : "no";
  // A name that is not there, or a certificate that nobody trusts, stays so until somebody changes something.
  const isLasting = isSilent && /ENOTFOUND|CERT|SIGNATURE/.test(`${error.originalCode} ${error.message}`);
  const retryable = isLasting ? false : undefined;
  const details = { reason: `${server} ${what(error)}`, reply: error.responseCode, dispatched, penalize, retryable } as const;
  return new HooklineError(code, details, { cause: error });
}

function what({ response, command = "us", code, message }: NodemailerError): string {
  if (response) return `said "${oneLine(response)}" to ${command}`;
  // Its own words for this, "maximum number of retries", are about retries that we switched off.
  if (code === "ECONNECTION" && command === "us") return "closed the connection before it took the mail";
  return `failed: ${oneLine(message)}`;
}

function codeFor(error: NodemailerError): ErrorCode {
  if (error.responseCode !== undefined && error.responseCode >= 400) return codeForReply(error, error.responseCode);
  return byNodemailer.get(error.code ?? "") ?? "plugin_error";
}

function codeForReply({ code, command, response = "" }: NodemailerError, reply: number): ErrorCode {
  const detail = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(response)?.[1] ?? "";
  if (reply < 500) return /\brate\b|too (many|much|fast)|throttl|slow down/i.test(response) ? "rate_limited" : "unavailable";
  if (code === "EAUTH" || [530, 534, 535, 538].includes(reply)) return "auth";
  if (["5.3.4", "5.2.3"].includes(detail) || (reply === 552 && command !== "RCPT TO")) return "payload_too_large";
  // 5.7 is a rule of theirs (no relaying, a blocked sender): another server may have another rule.
  if (command === "RCPT TO") return detail.startsWith("5.7.") ? "permission" : "invalid_recipient";
  return detail.startsWith("5.6.") ? "invalid_request" : "permission";
}

const byNodemailer = new Map<string, ErrorCode>([
  ["EABORT", "cancelled"],
  ["EAUTH", "auth"],
  ["ECONNECTION", "unavailable"],
  ["EDNS", "unavailable"],
  ["EENVELOPE", "invalid_request"],
  ["EPROTOCOL", "unavailable"],
  ["ESOCKET", "unavailable"],
  ["ETIMEDOUT", "timeout"],
  ["ETLS", "unavailable"],
]);

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 300);
}
