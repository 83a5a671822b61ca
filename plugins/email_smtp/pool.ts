import { createTransport, type SMTPPoolOptions } from "nodemailer";

/** The settings that say how to reach the server. */
export interface PoolSettings {
  host: string;
  port: number;
  secure: boolean;
  require_tls?: boolean;
  username?: string;
  password?: string;
  pool: { max_connections?: number; max_messages?: number };
  timeouts: { connect_seconds: number; reply_seconds: number };
  tls: { ca?: string; reject_unauthorized?: boolean; servername?: string };
}

/** A pool of connections to a mail server. */
export type Pool = ReturnType<typeof openPool>;

/** The settings as nodemailer has them; two pools of the same options are the same pool. */
export function poolOptions({
  username,
  password,
  tls,
  timeouts,
  pool,
  ...config
}: PoolSettings): SMTPPoolOptions & { pool: true } {
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

/** Opens a pool: nothing connects before the first mail. A mail may have an `onBody` that gets its body before it is read. */
export function openPool(options: SMTPPoolOptions & { pool: true }) {
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
