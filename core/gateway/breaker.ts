import type { Clock } from "../clock.ts";
import type { HooklineError } from "../errors.ts";

// Opens when half of at least twenty calls within half a minute failed, or five in a row.
const span = 30_000;
const fewest = 20;
const share = 0.5;
const inARow = 5;
// One call tries it again after this long; a hard failure rests longer.
const rest = 10_000;
const hardRest = 300_000;
const slices = 30;

/** What a circuit is: `closed` lets calls through, `open` none, `half_open` one that probes. */
export type CircuitState = "closed" | "open" | "half_open";

/** What the status shows of a circuit. */
export interface Circuit {
  state: CircuitState;
  /** Milliseconds until the next call may probe; 0 when one may now. */
  retry_in_ms: number;
  /** Why it is open: the code of the error that opened it. */
  reason?: string;
}

/** Watches over one instance: keeps calls away from a dead one, and lets one probe. */
export interface Breaker {
  /** True when a call may go now. */
  isReady(): boolean;
  /** Begins a call; undefined when none may go. What it returns is told how the call ended, exactly once. */
  enter(): ((error: HooklineError | undefined) => void) | undefined;
  circuit(): Circuit;
}

interface Slice {
  at: number;
  calls: number;
  failures: number;
}

/** Makes a closed breaker. */
export function createBreaker(clock: Clock, onOpen: (reason: string, ms: number) => void = () => undefined): Breaker {
  let window: Slice[] = [];
  let streak = 0;
  let open: { until: number; reason: string } | undefined;
  // A platform that said when to come back is well: nothing goes until then, and then everything.
  let pause: { until: number; reason: string } | undefined;
  let isProbing = false;

  const now = () => clock.now();
  const isReady = () => !(pause && now() < pause.until) && (open === undefined || (now() >= open.until && !isProbing));

  function count(isFailure: boolean): void {
    const at = Math.floor(now() / (span / slices));
    const last = window.at(-1);
    const slice = last?.at === at ? last : { at, calls: 0, failures: 0 };
    if (slice !== last) window = [...window.filter((one) => one.at > at - slices), slice];
    slice.calls += 1;
    if (isFailure) slice.failures += 1;
    streak = isFailure ? streak + 1 : 0;
  }

  function isTooMuch(): boolean {
    if (streak >= inARow) return true;
    const oldest = Math.floor(now() / (span / slices)) - slices;
    const live = window.filter((slice) => slice.at > oldest);
    const calls = live.reduce((sum, slice) => sum + slice.calls, 0);
    const failures = live.reduce((sum, slice) => sum + slice.failures, 0);
    return calls >= fewest && failures / calls >= share;
  }

  function openFor(ms: number, reason: string): void {
    if (!open) onOpen(reason, ms);
    open = later(open, { until: now() + ms, reason });
  }

  function ended(error: HooklineError | undefined, isProbe: boolean): void {
    if (isProbe) isProbing = false;
    const penalty = error?.penalize ?? "none";
    // A bad recipient says nothing about the instance; nor does what the core itself decided.
    if (penalty === "never" || penalty === "no") {
      if (isProbe && error && didAnswer(error)) close();
      return;
    }
    if (!error) {
      if (isProbe) close();
      else count(false);
      return;
    }
    if (penalty === "soft" && error.code === "rate_limited" && error.retry_after_ms !== undefined) {
      pause = later(pause, { until: now() + error.retry_after_ms, reason: error.code });
      if (isProbe) close();
      return;
    }
    count(true);
    if (penalty === "hard") openFor(Math.max(error.retry_after_ms ?? 0, hardRest), error.code);
    else if (isProbe || isTooMuch()) openFor(rest, error.code);
  }

  function close(): void {
    open = undefined;
    streak = 0;
    window = [];
  }

  return {
    isReady,
    enter() {
      if (!isReady()) return undefined;
      const isProbe = open !== undefined;
      if (isProbe) isProbing = true;
      let isOver = false;
      return (error) => {
        if (isOver) return;
        isOver = true;
        ended(error, isProbe);
      };
    },
    circuit() {
      const isPaused = pause !== undefined && now() < pause.until;
      const shown = isPaused && pause ? later(open, pause) : open;
      if (!shown) return { state: "closed", retry_in_ms: 0 };
      const retry_in_ms = Math.max(0, shown.until - now());
      return { state: retry_in_ms === 0 ? "half_open" : "open", retry_in_ms, reason: shown.reason };
    },
  };
}

/** Of two rests the one that ends later: a short one never cuts a long one short. */
function later<Rest extends { until: number }>(one: Rest | undefined, other: Rest): Rest {
  return one && one.until > other.until ? one : other;
}

/** The platform answered: it refused the recipient or the request, so it is alive. */
function didAnswer({ code }: HooklineError): boolean {
  return [
    "invalid_recipient",
    "recipient_blocked",
    "invalid_request",
    "not_found",
    "conflict",
    "permission",
    "payload_too_large",
  ].includes(code);
}
