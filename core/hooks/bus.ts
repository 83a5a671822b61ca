import { createHooks as createHookable } from "hookable";
import { type MonitoredCall, monitoredCall } from "./monitors.ts";
import type { Run } from "./run.ts";
import type { Step } from "./step.ts";

/** Who is registered for what, and the place where spies hear of every call. */
export interface Bus {
  /** Takes steps out and puts others in. */
  exchange(before: readonly Step[], after: readonly Step[]): void;
  before(spy: (call: MonitoredCall) => void): () => void;
  dispatch(run: Run): void;
}

// hookable copies the list of a hook at each call. Ours goes by the plan, so it is made under a name that no hook has and no list is behind.
const anyHook = "hookline:call";

/**
 * A bus over hookable. Every implementation stands in it as a function of its own, since it removes by identity. Its calls are ours:
 * it does not pass results on, so `execute` leaves its own in the run.
 */
export function createBus(execute: (run: Run) => void): Bus {
  const hookable = createHookable<Record<string, (request: unknown, run: Run) => void>>();
  const caller = (_registered: unknown[], args: [request: unknown, run: Run]): void => execute(args[1]);

  return {
    exchange(before, after) {
      for (const { hook, listener } of before) hookable.removeHook(hook, listener);
      for (const { hook, listener } of after) hookable.hook(hook, listener);
    },
    before: (spy) => hookable.beforeEach(({ args: [request, { plan }] }) => spy(monitoredCall(plan, request))),
    dispatch(run) {
      hookable.callHookWith(caller, anyHook, [run.request, run]);
    },
  };
}
