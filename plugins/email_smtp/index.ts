import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import type { Item } from "hookline";
import { definePlugin, HooklineError } from "hookline";
import { createTransport, type NodemailerError, type SMTPPoolOptions } from "nodemailer";
import { addressOf } from "./addressOf.ts";
import { composeMail, noAddress } from "./composeMail.ts";
import { inOurWords } from "./inOurWords.ts";

interface Settings {
  host: string;
  port: number;
  secure: boolean;
  require_tls?: boolean;
  username?: string;
  password?: string;
  from: string;
  hide_recipients: boolean;
  pool: { max_connections?: number; max_messages?: number };
  timeouts: { connect_seconds: number; reply_seconds: number };
  tls: { ca?: string; reject_unauthorized?: boolean; servername?: string };
}

/** Mail through any SMTP server, over a pool of connections that outlives reloads. */
export default definePlugin<Settings>({
  async setup({ config, log, keep }) {
    const server = `${config.host}:${config.port}`;
    const sender = addressOf(config.from);
    if (!sender) throw new HooklineError("settings_invalid", { reason: 'from must be an address, like "Acme <mail@acme.test>"' });
    const options = poolOptions(config);
    const fingerprint = createHash("sha256").update(JSON.stringify(options)).digest("hex");
    const pool = await keep(
      "pool",
      fingerprint,
      () => openPool(options),
      (kept) => kept.close(),
    );

    /** What is wrong with server or settings; undefined when the login works. */
    const problem = async (): Promise<HooklineError | undefined> => {
      try {
        await pool.verify();
      } catch (error) {
        return inOurWords(asMailError(error), server, false);
      }
    };

    return {
      async send_message(request, call) {
        const { message_id, people, mail } = composeMail(request, { sender, hideRecipients: config.hide_recipients });
        let body: Readable | undefined;
        const onBody = (stream: Readable): void => {
          body = stream;
        };
        const watched = { ...mail, signal: call.signal, onBody };
        try {
          const { response, rejectedErrors = [] } = await pool.sendMail(watched);
          log.debug(`${server} took a mail`, { message_id, response });
          const refusals = new Map(rejectedErrors.map((error) => [addressOf(error.recipient ?? "")?.address, error]));
          const items = request.to.map(({ value }, index): Item => {
            const person = people[index];
            const refusal = person && refusals.get(person.address);
            if (person && !refusal) return { subject: value, status: "sent" };
            const { code, message } = refusal ? inOurWords(refusal, server, false) : noAddress(value);
            return { subject: value, status: "failed", error: { code, message } };
          });
          return { message_id, items };
        } catch (error) {
          throw inOurWords(asMailError(error), server, body?.readableDidRead === true);
        }
      },

      async validate_config() {
        const error = await problem();
        if (error === undefined) return { ok: true };
        // A server that is down now says nothing about the settings: the instance starts, and works when the server is back.
        const isTemporary = error.retryable;
        if (isTemporary) log.warn("the mail server cannot be reached now", { error: error.message });
        return { ok: isTemporary, problems: [error.message] };
      },

      async health_check() {
        const error = await problem();
        return { healthy: error === undefined, details: { server, ...(error && { code: error.code, problem: error.message }) } };
      },
    };
  },
});

function poolOptions({ username, password, tls, timeouts, pool, ...config }: Settings): SMTPPoolOptions & { pool: true } {
  const connect = timeouts.connect_seconds * 1000;
  return {
    pool: true,
    host: config.host,
    port: config.port,
    secure: config.secure,
    // A password never travels in the clear because somebody on the way took STARTTLS out, unless the settings allow it.
    requireTLS: config.require_tls ?? (username !== undefined && !config.secure),
    ...(username === undefined ? {} : { auth: { user: username, pass: password }, forceAuth: true }),
    maxConnections: pool.max_connections,
    maxMessages: pool.max_messages,
    // Only the core sends a second time.
    maxRequeues: 0,
    connectionTimeout: connect,
    greetingTimeout: connect,
    dnsTimeout: connect,
    socketTimeout: timeouts.reply_seconds * 1000,
    tls: { ca: tls.ca, rejectUnauthorized: tls.reject_unauthorized, servername: tls.servername },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function openPool(options: SMTPPoolOptions & { pool: true }) {
  const pool = createTransport(options);
  // The connection reads the body when the server has said yes to everything before it: so the body knows whether anything left.
  pool.use("stream", ({ data, message }, done) => {
    message.processFunc((body) => {
      if ("onBody" in data && typeof data.onBody === "function") data.onBody(body);
      return body;
    });
    done();
  });
  return pool;
}

function asMailError(error: unknown): NodemailerError {
  return error instanceof Error ? error : new Error(String(error));
}
