import type { Clock } from "../clock.ts";

const kept = 24 * 3_600_000;
const most = 10_000;

/** Remembers which events of an instance were passed on, so that a second delivery of the same event is known as one. */
export interface SeenEvents {
  has(instance: string, id: string): boolean;
  add(instance: string, id: string): void;
  /** How many are remembered. */
  readonly size: number;
}

/** Makes a store in memory: 10,000 events of each instance, 24 hours. It belongs to a host, so it outlives every generation. */
export function createSeenEvents(clock: Clock): SeenEvents {
  /** Instance → event → when; the oldest are first. */
  const seen = new Map<string, Map<string, number>>();

  function forgetOld(events: Map<string, number>): void {
    const now = clock.now();
    for (const [id, at] of events) {
      if (events.size <= most && now - at < kept) return;
      events.delete(id);
    }
  }

  return {
    has(instance, id) {
      const at = seen.get(instance)?.get(id);
      return at !== undefined && clock.now() - at < kept;
    },
    add(instance, id) {
      let events = seen.get(instance);
      if (!events) {
        // Instances come and go; what nobody can deliver again is let go of.
        for (const [other, old] of seen) {
          forgetOld(old);
          if (old.size === 0) seen.delete(other);
        }
        events = new Map();
        seen.set(instance, events);
      }
      events.delete(id);
      events.set(id, clock.now());
      forgetOld(events);
    },
    get size() {
      return [...seen.values()].reduce((sum, events) => sum + events.size, 0);
    },
  };
}
