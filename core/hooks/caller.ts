import { createBus } from "./bus.ts";
import { failed, succeeded } from "./conclude.ts";
import type { EngineTools } from "./engineTools.ts";
import { Guard } from "./guard.ts";
import type { CallOptions, HookOutcome } from "./hooks.ts";
import { createMonitors } from "./monitors.ts";
import { type Plan, planForCall } from "./plan.ts";
import type { Run } from "./run.ts";
import { callWrapped } from "./wrappers.ts";

/** How a call differs from an ordinary one. */
interface CallKind {
  /** Where to put what each implementation did; this list is then the result. */
  readonly outcomes?: HookOutcome[];
  /** The error of an implementation is an outcome like another, and does not end the call. */
  readonly isTolerant?: boolean;
}

const ordinary: CallKind = {};
const noOptions: CallOptions = {};

/** The calling half of an engine: it calls plans, and knows nothing of registration. */
export type Caller = ReturnType<typeof createCaller>;

/** Makes the calling half of an engine. */
export function createCaller(tools: EngineTools) {
  const bus = createBus((run) => {
    run.output = callWrapped(run, 0);
  });
  const monitors = createMonitors(bus, tools);

  function start(plan: Plan, request: unknown, options: CallOptions = noOptions, kind: CallKind = ordinary): unknown {
    const run = newRun(planWith(plan, options), request, options, kind);
    try {
      bus.dispatch(run);
    } catch (error) {
      return failed(run, error);
    }
    return run.isAsync ? run.output : succeeded(run, run.output);
  }

  function newRun(
    plan: Plan,
    request: unknown,
    { signal, timeout }: CallOptions,
    { outcomes, isTolerant = false }: CallKind,
  ): Run {
    const isGuarded = plan.needsGuard || signal !== undefined || timeout !== undefined;
    return {
      plan,
      tools,
      request,
      guard: isGuarded ? new Guard(tools, plan, signal, timeout) : undefined,
      observation: monitors.observe(plan, request),
      outcomes,
      isTolerant,
      index: 0,
      current: request,
      list: [],
      answer: undefined,
      error: undefined,
      culprit: undefined,
      isAsync: false,
      output: undefined,
    };
  }

  return { bus, start, monitor: monitors.add };
}

function planWith(plan: Plan, { without, extra }: CallOptions): Plan {
  return without === undefined && extra === undefined ? plan : planForCall(plan, without ?? [], extra ?? []);
}
