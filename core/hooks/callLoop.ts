import { HooklineError } from "../errors.ts";
import { failed, succeeded } from "./conclude.ts";
import { isThenable } from "./isThenable.ts";
import { type Passage, rejectsWithin } from "./passage.ts";
import { blame, type Run } from "./run.ts";
import type { Step } from "./step.ts";

/** Calls the implementations. Returns the result, or a promise of it as soon as one of them is asynchronous. */
export function callImplementations(run: Run, wrapper: Passage | undefined): unknown {
  const pending = callLoop(run);
  if (pending === undefined) return resultOf(run);
  if (wrapper === undefined) run.isAsync = true;
  return callOn(run, pending, wrapper);
}

/** The call loop: calls step after step while they answer at once. Returns what has to be awaited, and undefined at the end. */
function callLoop(run: Run): PromiseLike<unknown> | undefined {
  const { guard } = run;
  const { steps } = run.plan;
  for (let step = steps[run.index]; step !== undefined; step = steps[run.index]) {
    guard?.check();
    let answer: unknown;
    try {
      answer = guard === undefined ? step.handler.call(step.owner, run.current, step.call) : guard.enterStep(step, run.current);
      if (isThenable(answer)) return answer;
    } catch (error) {
      refuse(run, step, error);
      continue;
    }
    take(run, step, answer);
  }
  return undefined;
}

/** Awaits what the loop returned, and enters it again until its end. */
async function callOn(run: Run, first: PromiseLike<unknown>, wrapper: Passage | undefined): Promise<unknown> {
  try {
    let pending: PromiseLike<unknown> | undefined = first;
    for (let step = run.plan.steps[run.index]; pending !== undefined && step !== undefined; step = run.plan.steps[run.index]) {
      try {
        take(run, step, await pending);
      } catch (error) {
        refuse(run, step, error);
      }
      pending = callLoop(run);
    }
  } catch (error) {
    if (wrapper === undefined) return failed(run, error);
    rejectsWithin(wrapper, error);
    throw error;
  }
  return wrapper === undefined ? succeeded(run, resultOf(run)) : resultOf(run);
}

function take(run: Run, step: Step, answer: unknown): void {
  run.guard?.leaveStep();
  run.index += 1;
  run.outcomes?.push({ plugin: step.plugin, value: answer ?? undefined });
  if (answer === undefined || answer === null) return;
  switch (run.plan.mode) {
    case "collect":
      run.list.push(answer);
      return;
    case "waterfall":
      run.current = answer;
      return;
    case "event":
      return;
    default:
      run.answer = answer;
      run.index = run.plan.steps.length;
  }
}

function refuse(run: Run, step: Step, error: unknown): void {
  run.guard?.leaveStep();
  run.index += 1;
  if (!run.isTolerant && run.plan.mode !== "event") {
    blame(run, step, error);
    throw error;
  }
  const attributed = HooklineError.attribute(error, { instance: step.plugin, hook: step.hook });
  run.outcomes?.push({ plugin: step.plugin, error: attributed });
  if (run.plan.mode === "event") run.list.push(attributed);
}

function resultOf(run: Run): unknown {
  switch (run.plan.mode) {
    case "collect":
    case "event":
      return run.list;
    case "waterfall":
      return run.current;
    default:
      return run.answer;
  }
}
