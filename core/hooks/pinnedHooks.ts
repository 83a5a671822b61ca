import { HooklineError } from "../errors.ts";
import type { Caller } from "./caller.ts";
import type { CallOptions } from "./hooks.ts";
import type { Plan } from "./plan.ts";
import type { HookTable } from "./registry.ts";

/** The calls, on the table that `current` gives: the one of now, or one that was kept. */
export function pinnedHooks({ start }: Caller, current: () => HookTable) {
  return {
    call(hook: string, request: unknown, options?: CallOptions): unknown {
      return start(planToCall(current(), hook), request, options);
    },

    outcomes(hook: string, request: unknown, options?: CallOptions): unknown {
      return start(planToCall(current(), hook), request, options, { outcomes: [], isTolerant: true });
    },

    callOne(hook: string, plugin: string, request: unknown, options?: CallOptions): unknown {
      return start(planToCallOne(current(), hook, plugin), request, options);
    },

    has(hook: string, plugin: string): boolean {
      return current().hooks.get(hook)?.plan().only(plugin) !== undefined;
    },
  };
}

function planToCall(table: HookTable, hook: string): Plan {
  const plan = knownPlan(table, hook);
  if (plan.isOpen) return plan;
  const instead = plan.historic
    ? "is historic: call it with callHistoric()"
    : `has mode ${plan.mode}: name one plugin with callOne()`;
  throw new HooklineError("hook_invalid", { hook, reason: `the hook "${hook}" ${instead}` });
}

function planToCallOne(table: HookTable, hook: string, plugin: string): Plan {
  const plan = knownPlan(table, hook);
  if (plan.mode !== "route" && plan.mode !== "instance") {
    throw new HooklineError("hook_invalid", {
      hook,
      reason: `the hook "${hook}" has mode ${plan.mode}: call all of it with call()`,
    });
  }
  const one = plan.only(plugin);
  if (one) return one;
  const registered = [...table.plugins].filter(([, { plugin }]) => plugin).map(([name]) => name);
  if (!registered.includes(plugin)) throw new HooklineError("plugin_not_registered", { name: plugin, known: registered });
  throw new HooklineError("unsupported", { instance: plugin, hook, reason: `this plugin does not implement ${hook}` });
}

/** The hook of that name, for historic calls. Throws `hook_invalid` when it is not historic. */
export function historicPlan(table: HookTable, hook: string): Plan {
  const plan = knownPlan(table, hook);
  if (plan.historic) return plan;
  throw new HooklineError("hook_invalid", {
    hook,
    reason: `the hook "${hook}" is not historic: declare it so, or call it with call()`,
  });
}

function knownPlan({ hooks }: HookTable, hook: string): Plan {
  const lineup = hooks.get(hook);
  if (lineup) return lineup.plan();
  throw new HooklineError("hook_unknown", { hook_name: hook, known: [...hooks.keys()] });
}
