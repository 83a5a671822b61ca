import { HooklineError } from "../errors.ts";
import { observed } from "./monitors.ts";
import type { Run } from "./run.ts";

/** The end of a call that went well: returns what its caller gets. */
export function succeeded(run: Run, result: unknown): unknown {
  run.guard?.close();
  if (run.observation) observed(run.observation, { result });
  return run.outcomes ?? result;
}

/** The end of a call that failed: throws the error with hook and plugin in it, or returns the outcomes with the error as the last. */
export function failed(run: Run, error: unknown): unknown {
  run.guard?.close();
  const named = attributed(run, error);
  if (run.observation) observed(run.observation, { error: named });
  const { outcomes } = run;
  if (!outcomes || !run.isTolerant || !HooklineError.is(named) || named.instance === undefined) throw named;
  // The interruption of a call stands there already when it hit an implementation.
  if (outcomes.at(-1)?.error !== named) outcomes.push({ plugin: named.instance, error: named });
  return outcomes;
}

/** The error as the caller gets it: with hook and plugin in it. One that no plugin threw stays as it is. */
export function attributed(run: Run, error: unknown): unknown {
  const { culprit } = run;
  if (culprit === undefined) return error;
  return HooklineError.attribute(error, { instance: culprit.plugin, hook: culprit.hook });
}
