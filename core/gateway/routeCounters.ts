import type { Attempt, Outcome } from "./outcome.ts";

/** What came of the calls that one rule, or one arm of it, has chosen for. */
export interface RouteCount {
  calls: number;
  failed: number;
  /** Calls that another instance than the first has answered: a dead primary shows here. */
  failed_over: number;
}

/** Counts calls by rule and arm since the host was opened. */
export interface RouteCounters {
  count(route: Outcome["route"], attempts: readonly Attempt[], isAnswered: boolean): void;
  /** By the name of the rule; "priority" are the calls without one. */
  counts(): Record<string, RouteCount & { arms?: Record<string, RouteCount> }>;
}

/** Makes counters that start at nothing. */
export function createRouteCounters(): RouteCounters {
  const routes = new Map<string, { own: RouteCount; arms: Map<string, RouteCount> }>();
  return {
    count({ name, arm }, attempts, isAnswered) {
      const entry = routes.get(name) ?? { own: nothing(), arms: new Map<string, RouteCount>() };
      routes.set(name, entry);
      add(entry.own, attempts, isAnswered);
      if (arm === undefined) return;
      const count = entry.arms.get(arm) ?? nothing();
      entry.arms.set(arm, count);
      add(count, attempts, isAnswered);
    },
    counts: () =>
      Object.fromEntries(
        [...routes].map(([name, { own, arms }]) => [
          name,
          arms.size === 0 ? { ...own } : { ...own, arms: Object.fromEntries(arms) },
        ]),
      ),
  };
}

function nothing(): RouteCount {
  return { calls: 0, failed: 0, failed_over: 0 };
}

function add(count: RouteCount, attempts: readonly Attempt[], isAnswered: boolean): void {
  count.calls += 1;
  if (!isAnswered) count.failed += 1;
  else if (attempts[0]?.instance !== attempts.at(-1)?.instance) count.failed_over += 1;
}
