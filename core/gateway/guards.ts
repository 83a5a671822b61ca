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
  /** The circuit of an instance that was asked at least once in this generation. */
  circuit(instance: TableInstance): Circuit | undefined;
}

/**
 * Makes the guards: rate and room stay with an instance over reloads, but new code or new settings start with a closed circuit.
 * `onOpen` hears of every circuit that opens, with the code of the error and how long it rests.
 */
export function createGuards(clock: Clock, onOpen: (id: string, reason: string, ms: number) => void = () => undefined): Guards {
  const shared = new Map<string, Omit<Guard, "breaker">>();
  // A call that still runs on an older table has to do with the circuit of the generation it asks.
  const guards = new WeakMap<object, Guard>();
  return {
    of(instance) {
      // Taken in place, new settings are another object too.
      const key = instance.generation?.settings ?? instance;
      const known = guards.get(key);
      if (known) return sized(known, instance);
      const guard: Guard = {
        ...sharedBy(instance),
        breaker: createBreaker(clock, (reason, ms) => onOpen(instance.id, reason, ms)),
      };
      guards.set(key, guard);
      return sized(guard, instance);
    },
    circuit: ({ generation }) => (generation ? guards.get(generation.settings)?.breaker.circuit() : undefined),
  };

  function sharedBy({ id, ratePerMinute, maxConcurrent }: TableInstance): Omit<Guard, "breaker"> {
    const known = shared.get(id) ?? { rate: createRateLimit(ratePerMinute, clock), limit: createLimit(maxConcurrent, clock) };
    shared.set(id, known);
    return known;
  }
}

function sized(guard: Guard, { maxConcurrent, ratePerMinute }: TableInstance): Guard {
  guard.limit.resize(maxConcurrent);
  guard.rate.resize(ratePerMinute);
  return guard;
}

/** Why a circuit lets nobody through. */
export function circuitProblem(guards: Guards): (instance: TableInstance) => string | undefined {
  return (instance) => {
    const { breaker } = guards.of(instance);
    if (breaker.isReady()) return undefined;
    const { reason, retry_in_ms } = breaker.circuit();
    return `its circuit is open after ${reason}, for ${Math.ceil(retry_in_ms / 1_000)} s more`;
  };
}
