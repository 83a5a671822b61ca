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
  const attributed = attributedError(run, error);
  if (run.observation) observed(run.observation, { error: attributed });
  const { outcomes } = run;
  if (!outcomes || !run.isTolerant || !HooklineError.is(attributed) || attributed.instance === undefined) throw attributed;
  // The interruption of a call stands there already when it hit an implementation.
  if (outcomes.at(-1)?.error !== attributed) outcomes.push({ plugin: attributed.instance, error: attributed });
  return outcomes;
}

function attributedError(run: Run, error: unknown): unknown {
  const { culprit } = run;
  if (culprit === undefined) return error;
  return HooklineError.attribute(error, { instance: culprit.plugin, hook: culprit.hook });
}
