import { HooklineError, nearest } from "../errors.ts";
import type { HookDescription, ImplementationDescription } from "./hooks.ts";
import type { HookTable } from "./registry.ts";
import type { Step } from "./step.ts";

/** All hooks of a table with their implementations, as people and tools read them. */
export function describe({ hooks }: HookTable): Record<string, HookDescription> {
  return Object.fromEntries(
    [...hooks].map(([hook, lineup]) => {
      const { mode, historic, declared, wrappers, steps } = lineup.plan();
      return [hook, { mode, historic, declared, implementations: [...wrappers, ...steps].map(describeStep) }];
    }),
  );
}

function describeStep({ plugin, wrapper, placement }: Step): ImplementationDescription {
  return { plugin, wrapper, ...placement };
}

/** Throws `hook_invalid`, with all its findings, when a plugin implements a hook that nobody declared and does not call it optional. */
export function checkPending({ hooks }: HookTable): void {
  const plans = [...hooks.values()].map((lineup) => lineup.plan());
  const declared = plans.filter((plan) => plan.declared).map(({ hook }) => hook);
  const pending = plans.filter((plan) => !plan.declared).flatMap(({ registered }) => registered);
  const wrong = pending.filter(({ placement }) => !placement.optional);
  const [first] = wrong;
  if (!first) return;
  const reason = wrong.map(({ plugin, hook }) => `"${plugin}" implements "${hook}"${guess(hook, declared)}`).join("; ");
  throw new HooklineError("hook_invalid", {
    instance: first.plugin,
    hook: first.hook,
    reason: `nobody declared these hooks: ${reason}. Correct the names, or mark the implementations as \`optional\``,
  });
}

function guess(hook: string, declared: readonly string[]): string {
  const near = nearest(hook, declared);
  return near === undefined ? "" : ` (did you mean "${near}"?)`;
}
