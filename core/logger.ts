import { destination, pino } from "pino";
import { fromPino } from "./fromPino.ts";
import type { Log } from "./plugins/definePlugin.ts";

/** The default log of a host: JSON lines on standard error, from `warn` up. */
export function createLogger(): Log {
  return fromPino(pino({ name: "hookline", level: "warn" }, destination(2)));
}
