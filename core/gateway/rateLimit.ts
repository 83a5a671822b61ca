import type { Clock } from "../clock.ts";

// How many seconds' worth of calls may go at once after a quiet time.
const burstSeconds = 10;

/** So many calls a minute: a bucket of tokens that fills steadily. */
export interface RateLimit {
  /** How long a call would wait for its turn, in milliseconds. */
  delay(): number;
  /** Takes a turn; returns how long to wait for it. */
  take(): number;
  /** Changes the rate; 0 is no limit. */
  resize(perMinute: number): void;
}

/** Makes a full bucket. 0 is no limit. */
export function createRateLimit(perMinute: number, clock: Clock): RateLimit {
  let rate = perMinute / 60_000;
  let capacity = capacityOf(perMinute);
  let tokens = capacity;
  let filledAt = clock.now();

  function fill(): void {
    const now = clock.now();
    tokens = Math.min(capacity, tokens + (now - filledAt) * rate);
    filledAt = now;
  }

  return {
    delay() {
      if (rate === 0) return 0;
      fill();
      return Math.max(0, Math.ceil((1 - tokens) / rate));
    },
    take() {
      if (rate === 0) return 0;
      fill();
      tokens -= 1;
      return tokens >= 0 ? 0 : Math.ceil(-tokens / rate);
    },
    resize(next) {
      if (next / 60_000 === rate) return;
      fill();
      // Who takes a limit away, or sets one, starts with a full bucket.
      tokens = rate === 0 || next === 0 ? capacityOf(next) : Math.min(tokens, capacityOf(next));
      rate = next / 60_000;
      capacity = capacityOf(next);
    },
  };
}

function capacityOf(perMinute: number): number {
  return Math.max(1, Math.ceil((perMinute * burstSeconds) / 60));
}
