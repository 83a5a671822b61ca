import { attributed } from "./conclude.ts";
import type { Frame } from "./frame.ts";
import type { Run } from "./run.ts";
import type { Step } from "./step.ts";

/** One wrapper in one call. */
export interface Passage {
  readonly run: Run;
  readonly step: Step;
  readonly depth: number;
  readonly frame: Frame | undefined;
  /** The wrapper around this one. */
  readonly outer: Passage | undefined;
  /** How often it called `next()`, and what that returned. */
  calls: number;
  inner: unknown;
  isOver: boolean;
}

/**
 * Said just before the promise that a wrapper got from `next()` rejects. The wrapper may be doing something else before it awaits it,
 * and that must not end the process; when it has ended already, nobody else will hear of the error.
 */
export function rejectsWithin(wrapper: Passage, error: unknown): void {
  const { run, inner } = wrapper;
  if (inner instanceof Promise) inner.catch(ignore);
  if (wrapper.isOver && !run.guard?.isStopped) run.tools.onError(attributed(run, error));
}

function ignore(): void {
  // Whoever awaits the promise hears of it all the same.
}
