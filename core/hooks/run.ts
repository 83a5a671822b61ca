import type { EngineTools } from "./engineTools.ts";
import type { Guard } from "./guard.ts";
import type { HookOutcome } from "./hooks.ts";
import type { Observation } from "./monitors.ts";
import type { Plan } from "./plan.ts";
import type { Step } from "./step.ts";

/** One call on its way: what is fixed, and how far it has come. */
export interface Run {
  readonly plan: Plan;
  readonly tools: EngineTools;
  readonly request: unknown;
  /** Only for a call that something can interrupt. */
  readonly guard: Guard | undefined;
  /** Only while somebody monitors. */
  readonly observation: Observation | undefined;
  /** What each implementation did, when the caller wants to know. */
  readonly outcomes: HookOutcome[] | undefined;
  /** True when the error of an implementation does not end the call. */
  readonly isTolerant: boolean;

  /** The step that is called, or comes next. */
  index: number;
  /** What the next step gets. */
  current: unknown;
  /** The answers of `collect` and the errors of `event`. */
  readonly list: unknown[];
  /** The answer of `first`. */
  answer: unknown;
  /** The last error and the step it came from: the wrappers see the error itself, the caller also hears from whom it is. */
  error: unknown;
  culprit: Step | undefined;
  /** True when the whole call gives a promise. */
  isAsync: boolean;
  output: unknown;
}

/** Notes who threw. An error that the wrappers only pass on stays with the step that threw it first. */
export function blame(run: Run, step: Step, error: unknown): void {
  if (run.culprit !== undefined && run.error === error) return;
  run.error = error;
  run.culprit = step;
}
