import type { Clock } from "../clock.ts";
import type { AbortWatch } from "./abortWatch.ts";

/** What the parts of one engine share. */
export interface EngineTools {
  readonly clock: Clock;
  readonly watch: AbortWatch;
  /** Hears of what nobody can catch: a monitor that throws, a late plugin that fails on a historic call. Never throws. */
  readonly onError: (error: unknown) => void;
}
