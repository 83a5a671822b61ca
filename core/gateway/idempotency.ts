import { createHash } from "node:crypto";
import type { Clock } from "../clock.ts";
import { HooklineError } from "../errors.ts";
import { isUnfinished, type Outcome } from "./outcome.ts";
import { waitFor } from "./waitFor.ts";

const kept = 24 * 3_600_000;
const most = 10_000;

/** What a key has come to: its outcome, or the call that is still running. */
interface Entry {
  body: string;
  at: number;
  outcome?: Outcome;
  running?: Promise<Outcome>;
}

/** How long a call waits for another one with the same key, and its outcome when that takes longer. */
export interface Patience {
  deadline: number;
  signal?: AbortSignal | undefined;
  late(): Outcome;
  /** What the caller calls the key, for the sentence of an error. Default: the key itself. */
  named?: string;
}

/** Remembers outcomes by idempotency key: the same key again does not send again. */
export interface IdempotencyStore {
  /**
   * Runs a call once per key. A repeat gets the same outcome, marked `replayed`; of an outcome that is partial, or that failed
   * before anything was dispatched, `run` is called again with it. Throws `idempotency_conflict` for another body under the key.
   */
  once(key: string, body: unknown, run: (before: Outcome | undefined) => Promise<Outcome>, patience: Patience): Promise<Outcome>;
  readonly size: number;
}

/** Makes a store in memory: 10,000 keys, 24 hours. */
export function createIdempotencyStore(clock: Clock): IdempotencyStore {
  const entries = new Map<string, Entry>();

  async function once(
    key: string,
    body: unknown,
    run: (before: Outcome | undefined) => Promise<Outcome>,
    patience: Patience,
  ): Promise<Outcome> {
    const digest = digestOf(body);
    for (;;) {
      const known = alive(key);
      if (known && known.body !== digest) throw conflict(patience.named ?? key);
      if (known?.running) {
        const running = known.running.then(
          (outcome) => ({ outcome }),
          () => ({ outcome: undefined }),
        );
        const ended = await waitFor(clock, running, patience);
        if (!ended) return patience.late();
        if (ended.outcome && !isUnfinished(ended.outcome)) return { ...ended.outcome, idempotent: "replayed" };
        // It ended badly: whoever comes first runs it again.
        if (entries.get(key)?.running) continue;
      }
      const before = entries.get(key)?.outcome;
      if (before && !isUnfinished(before)) return { ...before, idempotent: "replayed" };
      return start(key, digest, before, run);
    }
  }

  async function start(
    key: string,
    body: string,
    before: Outcome | undefined,
    run: (before: Outcome | undefined) => Promise<Outcome>,
  ): Promise<Outcome> {
    const running = run(before);
    const entry: Entry = { body, at: clock.now(), running, ...(before && { outcome: before }) };
    entries.delete(key);
    entries.set(key, entry);
    try {
      const outcome = await running;
      delete entry.running;
      entry.outcome = outcome;
      return { ...outcome, idempotent: outcome === before ? "replayed" : "fresh" };
    } catch (error) {
      if (entries.get(key) === entry) entries.delete(key);
      // What was done before is done all the same.
      if (before) entries.set(key, { body, at: entry.at, outcome: before });
      throw error;
    } finally {
      forgetOldest();
    }
  }

  function alive(key: string): Entry | undefined {
    const entry = entries.get(key);
    if (!entry || entry.running || clock.now() - entry.at < kept) return entry;
    entries.delete(key);
    return undefined;
  }

  /** The oldest are first in the map; those that run are never forgotten. */
  function forgetOldest(): void {
    for (const [key, { running, at }] of entries) {
      if (entries.size <= most && clock.now() - at < kept) return;
      if (!running) entries.delete(key);
    }
  }

  return {
    once,
    get size() {
      return entries.size;
    },
  };
}

/** The same for the same facts, in whatever order they are written. */
function digestOf(body: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(body, sorted) ?? "")
    .digest("base64");
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function conflict(key: string): HooklineError {
  return new HooklineError("idempotency_conflict", {
    reason: `the idempotency_key "${key}" was used for another request in the last 24 hours; use a new key for a new request`,
  });
}
