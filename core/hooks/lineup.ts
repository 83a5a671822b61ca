import type { EngineHookSpec } from "./hook.ts";
import { type Plan, planFor } from "./plan.ts";
import type { Step } from "./step.ts";

/** Who is registered for one hook. Never changed; a registration makes another one. */
export interface Lineup {
  /** In the order of registration. */
  readonly registered: readonly Step[];
  /** What calls go by: compiled when it is first needed, so that a thousand registrations do not compile a thousand times. */
  plan(): Plan;
}

/** The lineup of a hook. What can be wrong with it is found at once: throws `order_cycle` or `plugin_invalid`. */
export function lineupFor(hook: string, spec: EngineHookSpec | undefined, registered: readonly Step[]): Lineup {
  let compiled: Plan | undefined;
  const plan = () => {
    compiled ??= planFor(hook, spec, registered);
    return compiled;
  };
  if (spec?.historic || registered.some(({ placement: { before, after } }) => before !== undefined || after !== undefined))
    plan();
  return { registered, plan };
}
