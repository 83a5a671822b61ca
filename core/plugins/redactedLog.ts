import type { Log } from "./definePlugin.ts";
import { type Redact, redactValue } from "./redact.ts";

/** A log that blanks secrets in every line and its details. */
export function redactedLog(log: Log, redact: Redact): Log {
  const clean = (details: Record<string, unknown> | undefined) =>
    details && Object.fromEntries(Object.entries(details).map(([key, value]) => [key, redactValue(value, redact)]));
  return {
    debug: (message, details) => log.debug(redact(message), clean(details)),
    info: (message, details) => log.info(redact(message), clean(details)),
    warn: (message, details) => log.warn(redact(message), clean(details)),
    error: (message, details) => log.error(redact(message), clean(details)),
  };
}
