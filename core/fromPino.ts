import type { Log } from "./plugins/definePlugin.ts";

/** What of a pino logger is used; Fastify's `app.log` is one too. */
export interface PinoLike {
  debug(details: object, message: string): void;
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** A log for `createHost({ logger })` from a pino logger, such as Fastify's. */
export function fromPino(logger: PinoLike): Log {
  return {
    debug: (message, details) => logger.debug(details ?? {}, message),
    info: (message, details) => logger.info(details ?? {}, message),
    warn: (message, details) => logger.warn(details ?? {}, message),
    error: (message, details) => logger.error(details ?? {}, message),
  };
}
