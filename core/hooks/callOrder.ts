import { HooklineError } from "../errors.ts";
import type { Step } from "./step.ts";

/**
 * The order in which steps are called, given the order of their registration: pluggy's (the last registered first, `tryFirst` before
 * and `tryLast` behind the others), then `before` and `after`, which move as little as they can. Throws `order_cycle`.
 */
export function callOrder(hook: string, registered: readonly Step[]): Step[] {
  const lastCalledFirst: Step[] = [];
  for (const step of registered) insert(lastCalledFirst, step);
  const order = lastCalledFirst.reverse();
  return order.some(({ placement }) => placement.before?.length || placement.after?.length) ? constrained(hook, order) : order;
}

function insert(list: Step[], step: Step): void {
  if (step.placement.tryLast) {
    list.unshift(step);
    return;
  }
  let at = list.length;
  if (!step.placement.tryFirst) while (at > 0 && list[at - 1]?.placement.tryFirst) at -= 1;
  list.splice(at, 0, step);
}

function constrained(hook: string, order: readonly Step[]): Step[] {
  const earlier = whoComesEarlier(order);
  const placed = new Set<Step>();
  const path: Step[] = [];

  function place(step: Step): void {
    if (placed.has(step)) return;
    const seenAt = path.indexOf(step);
    if (seenAt >= 0) throw new HooklineError("order_cycle", { hook_name: hook, hook, cycle: asCycle(path.slice(seenAt)) });
    path.push(step);
    for (const other of earlier.get(step) ?? []) place(other);
    path.pop();
    placed.add(step);
  }

  for (const step of order) place(step);
  return [...placed];
}

function whoComesEarlier(order: readonly Step[]): Map<Step, Step[]> {
  const byPlugin = Map.groupBy(order, ({ plugin }) => plugin);
  const earlier = new Map<Step, Step[]>(order.map((step) => [step, []]));
  for (const step of order) {
    for (const name of step.placement.after ?? []) earlier.get(step)?.push(...(byPlugin.get(name) ?? []));
    for (const name of step.placement.before ?? []) {
      for (const later of byPlugin.get(name) ?? []) earlier.get(later)?.push(step);
    }
  }
  return earlier;
}

/** The path goes from each step to one that comes earlier; people read it in the order of the calls, and closed. */
function asCycle(path: readonly Step[]): string {
  const names = path.map(({ plugin }) => plugin).reverse();
  return [...names, names[0]].join(" → ");
}
