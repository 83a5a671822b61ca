import type { Clock } from "../clock.ts";
import type { TableInstance } from "../table.ts";
import { type Breaker, type Circuit, createBreaker } from "./breaker.ts";
import { createLimit, type Limit } from "./limit.ts";
import { createRateLimit, type RateLimit } from "./rateLimit.ts";

/** What stands before an instance: its circuit, its rate and its room. */
export interface Guard {
  readonly breaker: Breaker;
  readonly rate: RateLimit;
  readonly limit: Limit;
}

/** The guards of a host's instances. */
export interface Guards {
  of(instance: TableInstance): Guard;
  /** The circuit of an instance that was asked at least once. */
  circuit(id: string): Circuit | undefined;
}

/** Makes the guards; one stays with its instance over reloads, but a new generation starts with a closed circuit. */
export function createGuards(clock: Clock): Guards {
  const guards = new Map<string, { guard: Guard; generation: number }>();
  return {
    of(instance) {
      const { id, maxConcurrent, ratePerMinute } = instance;
      const number = instance.generation?.number ?? 0;
      const known = guards.get(id);
      // A call that still runs on an older table does not take the new generation's circuit away.
      if (known && known.generation >= number) return sized(known.guard, instance);
      const breaker = createBreaker(clock);
      const guard: Guard = known
        ? { ...known.guard, breaker }
        : { breaker, rate: createRateLimit(ratePerMinute, clock), limit: createLimit(maxConcurrent, clock) };
      guards.set(id, { guard, generation: number });
      return sized(guard, instance);
    },
    circuit: (id) => guards.get(id)?.guard.breaker.circuit(),
  };
}

function sized(guard: Guard, { maxConcurrent, ratePerMinute }: TableInstance): Guard {
  guard.limit.resize(maxConcurrent);
  guard.rate.resize(ratePerMinute);
  return guard;
}
