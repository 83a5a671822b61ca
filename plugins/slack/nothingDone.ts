import { HooklineError } from "hookline";

/** Throws the error of a question that was asked before anything was changed: whatever became of it, nothing was. */
export function nothingDone(error: unknown): never {
  if (!HooklineError.is(error)) throw error;
  throw new HooklineError(error.code, { ...error.details, dispatched: "no" }, { cause: error.cause });
}
