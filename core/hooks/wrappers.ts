import { HooklineError } from "../errors.ts";
import { callImplementations } from "./callLoop.ts";
import { failed, succeeded } from "./conclude.ts";
import { isThenable } from "./isThenable.ts";
import { type Passage, rejectsWithin } from "./passage.ts";
import { blame, type Run } from "./run.ts";

/** Goes through the wrappers, from `depth` inwards, to the implementations. A wrapper sees their error as it was thrown. */
export function callWrapped(run: Run, depth: number, outer?: Passage): unknown {
  const step = run.plan.wrappers[depth];
  if (step === undefined) return callImplementations(run, outer);
  run.guard?.check();
  const passage: Passage = {
    run,
    step,
    depth,
    frame: run.guard?.enterWrapper(step),
    outer,
    calls: 0,
    inner: undefined,
    isOver: false,
  };
  let answer: unknown;
  try {
    answer = step.handler.call(step.owner, run.request, () => next(passage), passage.frame ?? step.call);
    if (isThenable(answer)) return leaveLater(passage, answer);
  } catch (error) {
    return threw(passage, error);
  }
  return returned(passage, answer);
}

function leaveLater(passage: Passage, answer: PromiseLike<unknown>): Promise<unknown> {
  const { run, depth, frame } = passage;
  if (depth === 0) run.isAsync = true;
  const pending = frame && run.guard ? run.guard.race(frame, answer) : answer;
  const promise = pending instanceof Promise ? pending : Promise.resolve(pending);
  return promise.then(
    (result: unknown) => returned(passage, result),
    (error: unknown) => threw(passage, error),
  );
}

function next(passage: Passage): unknown {
  passage.calls += 1;
  if (passage.isOver) throw protocolError(passage, "called next() after its end");
  if (passage.calls > 1) throw protocolError(passage, "called next() a second time");
  passage.inner = callWrapped(passage.run, passage.depth + 1, passage);
  return passage.inner;
}

function returned(passage: Passage, result: unknown): unknown {
  if (passage.calls === 0) return threw(passage, protocolError(passage, "did not call next()"));
  if (passage.calls > 1) return threw(passage, protocolError(passage, "called next() a second time"));
  leave(passage);
  return isWholeLater(passage) ? succeeded(passage.run, result) : result;
}

function threw(passage: Passage, error: unknown): unknown {
  const { run, step, outer } = passage;
  leave(passage);
  blame(run, step, error);
  if (isWholeLater(passage)) return failed(run, error);
  if (outer) rejectsWithin(outer, error);
  throw error;
}

/** True when nobody but the caller waits for this; a call that ends at once is concluded where it started. */
function isWholeLater({ run, depth }: Passage): boolean {
  return depth === 0 && run.isAsync;
}

function leave(passage: Passage): void {
  passage.isOver = true;
  if (passage.frame) passage.run.guard?.leaveWrapper(passage.frame);
}

function protocolError({ step }: Passage, did: string): HooklineError {
  const reason = `the wrapper of ${step.hook} ${did}; a wrapper calls it exactly once`;
  return new HooklineError("wrapper_protocol", { instance: step.plugin, hook: step.hook, reason });
}
