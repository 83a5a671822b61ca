import { HooklineError } from "../errors.ts";
import { callImplementations } from "./callLoop.ts";
import { failed, succeeded } from "./conclude.ts";
import type { Frame } from "./frame.ts";
import { isThenable } from "./isThenable.ts";
import { blame, type Run } from "./run.ts";
import type { Step } from "./step.ts";

/** One wrapper in one call. */
interface Passage {
  readonly step: Step;
  readonly depth: number;
  readonly frame: Frame | undefined;
  /** How often it called `next()`. */
  calls: number;
  isOver: boolean;
}

/** Goes through the wrappers, from `depth` inwards, to the implementations. A wrapper sees their error as it was thrown. */
export function callWrapped(run: Run, depth: number): unknown {
  const step = run.plan.wrappers[depth];
  if (step === undefined) return callImplementations(run);
  run.guard?.check();
  const passage: Passage = { step, depth, frame: run.guard?.enterWrapper(step), calls: 0, isOver: false };
  try {
    const answer = step.invoke(run.request, () => next(run, passage), passage.frame ?? step.call);
    if (isThenable(answer)) return leaveLater(run, passage, answer);
    leave(run, passage);
    checkProtocol(passage);
    return answer;
  } catch (error) {
    leave(run, passage);
    blame(run, step, error);
    throw error;
  }
}

async function leaveLater(run: Run, passage: Passage, answer: PromiseLike<unknown>): Promise<unknown> {
  const isWholeCall = passage.depth === 0;
  if (isWholeCall) run.isAsync = true;
  try {
    const result = await (passage.frame && run.guard ? run.guard.race(passage.frame, answer) : answer);
    leave(run, passage);
    checkProtocol(passage);
    return isWholeCall ? succeeded(run, result) : result;
  } catch (error) {
    leave(run, passage);
    blame(run, passage.step, error);
    if (isWholeCall) return failed(run, error);
    throw error;
  }
}

function next(run: Run, passage: Passage): unknown {
  passage.calls += 1;
  if (passage.isOver) throw protocolError(passage, "called next() after its end");
  if (passage.calls > 1) throw protocolError(passage, "called next() a second time");
  const inner = callWrapped(run, passage.depth + 1);
  if (isThenable(inner)) inner.then(undefined, (error) => overheard(run, passage, error));
  return inner;
}

/** A wrapper may do other things before it awaits next(): an error meanwhile must not end the process, and none may get lost. */
function overheard(run: Run, passage: Passage, error: unknown): void {
  if (!passage.isOver || run.guard?.isStopped) return;
  const { culprit } = run;
  run.tools.onError(culprit ? HooklineError.attribute(error, { instance: culprit.plugin, hook: culprit.hook }) : error);
}

function leave(run: Run, passage: Passage): void {
  passage.isOver = true;
  if (passage.frame) run.guard?.leaveWrapper(passage.frame);
}

function checkProtocol(passage: Passage): void {
  if (passage.calls === 0) throw protocolError(passage, "did not call next()");
  if (passage.calls > 1) throw protocolError(passage, "called next() a second time");
}

function protocolError({ step }: Passage, did: string): HooklineError {
  const reason = `the wrapper of ${step.hook} ${did}; a wrapper calls it exactly once`;
  return new HooklineError("wrapper_protocol", { instance: step.plugin, hook: step.hook, reason });
}
