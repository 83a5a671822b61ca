import type { ChannelCall } from "./callRoute.ts";
import { isUnfinished, mergeItems, type Outcome, onlyFailed } from "./outcome.ts";

/**
 * Does of a call what an earlier one under the same idempotency key has left undone: everything, the members or recipients that
 * failed, the channels that failed, or nothing.
 */
export async function resume(
  before: Outcome | undefined,
  call: ChannelCall,
  run: (call: ChannelCall) => Promise<Outcome>,
): Promise<Outcome> {
  if (!before) return run(call);
  if (!isUnfinished(before)) return { ...before, idempotent: "replayed" };
  if (before.channels) return run({ ...call, before });
  const rest = onlyFailed(before, call.request, call.spec.items);
  if (rest) return mergeItems(before, rest.places, await run({ ...call, request: rest.request }));
  return before.status === "partial" ? before : run(call);
}
