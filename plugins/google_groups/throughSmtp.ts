import type { Readable } from "node:stream";
import { type ErrorCode, HooklineError } from "hookline";
import type { MailComposerOptions, NodemailerError } from "nodemailer";
import type { SmtpSettings } from "./settings.ts";

const byNodemailer = new Map<string, ErrorCode>([
  ["EAUTH", "auth"],
  ["ECONNECTION", "unavailable"],
  ["EDNS", "unavailable"],
  ["ESOCKET", "unavailable"],
  ["ETLS", "unavailable"],
  ["EPROTOCOL", "unavailable"],
  ["ETIMEDOUT", "timeout"],
  ["EABORT", "cancelled"],
  ["EENVELOPE", "invalid_recipient"],
]);

/** Sends one mail through a mail server. Its errors are ours; answered are those for single recipients, by address. */
export async function throughSmtp(
  smtp: SmtpSettings,
  mail: MailComposerOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, HooklineError>> {
  const { createTransport } = await import("nodemailer");
  const { host, port, secure, username, password } = smtp;
  const transport = createTransport({
    host,
    port,
    secure,
    ...(username !== undefined && { auth: { user: username, pass: password }, requireTLS: !secure }),
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    dnsTimeout: 10_000,
    socketTimeout: 30_000,
  });
  let body: Readable | undefined;
  // The connection reads the body when the server has said yes to everything before it: so the body knows whether anything left.
  transport.use("stream", ({ message }, done) => {
    message.processFunc((stream) => {
      body = stream;
      return stream;
    });
    done();
  });
  try {
    const { rejectedErrors = [] } = await transport.sendMail({ ...mail, signal });
    return new Map(rejectedErrors.map((error) => [error.recipient ?? "", smtpError(error, `${host}:${port}`, false)]));
  } catch (error) {
    throw smtpError(error instanceof Error ? error : new Error(String(error)), `${host}:${port}`, body?.readableDidRead === true);
  } finally {
    transport.close();
  }
}

function smtpError(error: NodemailerError, server: string, started: boolean): HooklineError {
  const { command, responseCode: reply, response } = error;
  const dispatched = started && reply === undefined ? "maybe" : "no";
  const said = (response ?? error.message).replace(/\s+/g, " ").slice(0, 300);
  const reason = reply === undefined ? `${server} failed: ${said}` : `${server} said "${said}" to ${command}`;
  // A name that is not there, or a certificate that nobody trusts, stays so until somebody changes something.
  const retryable = /ENOTFOUND|CERT|SIGNATURE/.test(`${error.originalCode} ${said}`) ? false : undefined;
  return new HooklineError(codeFor(error), { reason, dispatched, retryable }, { cause: error });
}

function codeFor({ code = "", command, responseCode: reply = 0 }: NodemailerError): ErrorCode {
  if (reply >= 400 && reply < 500) return "unavailable";
  if (code === "EAUTH" || [530, 534, 535, 538].includes(reply)) return "auth";
  if (reply === 552 && command !== "RCPT TO") return "payload_too_large";
  if (reply >= 500) return command === "RCPT TO" ? "invalid_recipient" : "permission";
  return byNodemailer.get(code) ?? "plugin_error";
}
