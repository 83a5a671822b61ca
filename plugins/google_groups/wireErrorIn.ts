import { HooklineError } from "hookline";

/** What our `http` has thrown, inside of what the SDK made of it; undefined when it never came that far. */
export function wireErrorIn(error: unknown): HooklineError | undefined {
  if (HooklineError.is(error)) return error;
  return error instanceof Error && error.cause !== undefined ? wireErrorIn(error.cause) : undefined;
}
