import type { HookMode } from "../contract/defineContract.ts";
import { HooklineError } from "../errors.ts";
import { callOrder } from "./callOrder.ts";
import type { EngineHookSpec } from "./hook.ts";
import { type Step, stepOf } from "./step.ts";

/** One hook, compiled: who is called in which order. */
export interface Plan {
  readonly hook: string;
  readonly mode: HookMode;
  readonly historic: boolean;
  readonly declared: boolean;
  /** True when anybody may call all of it: neither historic, nor for one plugin at a time. */
  readonly isOpen: boolean;
  /** In the order of registration. */
  readonly registered: readonly Step[];
  /** In the order of the calls, without the wrappers. */
  readonly steps: readonly Step[];
  /** The outermost first. */
  readonly wrappers: readonly Step[];
  /** True when a step has a time-out, or a plugin a signal: then every call needs a guard. */
  readonly needsGuard: boolean;
  /** The plugin, in a plan of one plugin alone. */
  readonly plugin: string | undefined;
  /** The plan that calls only the implementations of one plugin, and takes its first answer; undefined when it has none. */
  readonly only: (plugin: string) => Plan | undefined;
}

/** Compiles a hook. Without a spec it is one that only plugins know of, and collects. Throws `order_cycle` or `plugin_invalid`. */
export function planFor(hook: string, spec: EngineHookSpec | undefined, registered: readonly Step[]): Plan {
  const steps = callOrder(
    hook,
    registered.filter(({ wrapper }) => !wrapper),
  );
  const wrappers = callOrder(
    hook,
    registered.filter(({ wrapper }) => wrapper),
  );
  const { mode = "collect", historic = false } = spec ?? {};
  if (historic && wrappers[0]) {
    const reason = `"${hook}" is historic, and a historic hook can have no wrapper: it also reaches plugins that register later`;
    throw new HooklineError("plugin_invalid", { instance: wrappers[0].plugin, reason });
  }
  return withOnly({
    hook,
    mode,
    historic,
    declared: spec !== undefined,
    isOpen: !historic && mode !== "route" && mode !== "instance",
    registered,
    steps,
    wrappers,
    needsGuard: registered.some(({ timeout, signal }) => timeout !== undefined || signal !== undefined),
    plugin: undefined,
  });
}

/** The plan for one call that leaves plugins out, or brings implementations of its own: each stands as if it were registered last. */
export function planForCall(plan: Plan, without: readonly string[], extra: readonly unknown[]): Plan {
  const remains = ({ plugin }: Step) => !without.includes(plugin);
  const steps = plan.steps.filter(remains);
  const firstPlace = steps.findIndex(({ placement }) => !placement.tryFirst);
  const added = extra.map((implementation) => extraStep(plan.hook, implementation)).reverse();
  steps.splice(firstPlace < 0 ? steps.length : firstPlace, 0, ...added);
  return { ...plan, steps, wrappers: plan.wrappers.filter(remains) };
}

function extraStep(hook: string, implementation: unknown): Step {
  if (typeof implementation === "function") return stepOf(hook, "(extra)", implementation);
  throw new HooklineError("plugin_invalid", { hook, reason: `the option \`extra\` of a call of "${hook}" takes functions only` });
}

/** The plans of single plugins are made when somebody first asks for one. */
function withOnly(plan: Omit<Plan, "only">): Plan {
  let groups: Map<string, Step[]> | undefined;
  const plans = new Map<string, Plan>();
  const whole: Plan = {
    ...plan,
    only(plugin) {
      groups ??= Map.groupBy(plan.steps, (step) => step.plugin);
      const steps = groups.get(plugin);
      const known = plans.get(plugin);
      if (known || !steps) return known;
      const one: Plan = { ...whole, steps, plugin, mode: "first" };
      plans.set(plugin, one);
      return one;
    },
  };
  return whole;
}
