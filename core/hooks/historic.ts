import type { Caller } from "./caller.ts";
import type { HookOutcome } from "./hooks.ts";
import { isThenable } from "./isThenable.ts";
import type { Lineup } from "./lineup.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";

/** Hears what one implementation answered to a historic call. */
export type OnResult = (result: unknown, plugin: string) => void;

/** The calls of historic hooks, kept for those who register later. */
export interface History {
  call(plan: Plan, request: unknown, onResult?: OnResult): void | Promise<void>;
  /** Calls new steps with all that was called before, one call after the other. What fails goes to `onError`. */
  replay(hooks: ReadonlyMap<string, Lineup>, added: readonly Step[]): void;
}

interface PastCall {
  readonly request: unknown;
  readonly onResult: OnResult | undefined;
}

/** A history of its own for each engine. */
export function createHistory(start: Caller["start"], onError: (error: unknown) => void): History {
  const past = new Map<string, readonly PastCall[]>();

  function callAll(plan: Plan, { request, onResult }: PastCall): void | Promise<void> {
    const outcomes: HookOutcome[] = [];
    const pending = start(plan, request, {}, { outcomes });
    return isThenable(pending) ? Promise.resolve(pending).then(() => tell(outcomes, onResult)) : tell(outcomes, onResult);
  }

  /** Goes on after an error: the next call is as much the late plugin's as the last one. */
  function callSince(plan: Plan, calls: readonly PastCall[]): void | Promise<void> {
    for (const [index, each] of calls.entries()) {
      try {
        const pending = callAll(plan, each);
        if (pending) return pending.catch(onError).then(() => callSince(plan, calls.slice(index + 1)));
      } catch (error) {
        onError(error);
      }
    }
  }

  return {
    call(plan, request, onResult) {
      const call: PastCall = { request, onResult };
      past.set(plan.hook, [...(past.get(plan.hook) ?? []), call]);
      return callAll(plan, call);
    },
    replay(hooks, added) {
      if (past.size === 0) return;
      for (const hook of new Set(added.map((step) => step.hook))) {
        const plan = hooks.get(hook)?.plan();
        const calls = past.get(hook);
        if (plan && calls)
          callSince({ ...plan, steps: plan.steps.filter((step) => added.includes(step)) }, calls)?.catch(onError);
      }
    },
  };
}

function tell(outcomes: readonly HookOutcome[], onResult: OnResult | undefined): void {
  for (const { plugin, value } of outcomes) if (value !== undefined) onResult?.(value, plugin);
}
