import type { HookSpec } from "../contract/defineContract.ts";
import { overflowRequest } from "./askInChunks.ts";
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
  const { items, overflow } = call.spec;
  const rest = onlyFailed(before, call.request, items ?? overflow?.list);
  if (rest && overflow) return addRest(before, call, overflow, rest, run);
  if (rest) return mergeItems(before, rest.places, await run({ ...call, request: rest.request }));
  return before.status === "partial" ? before : run(call);
}

/** What was made stays; what failed of its list is added to it, where its plugin can add. */
async function addRest(
  before: Outcome,
  call: ChannelCall,
  overflow: NonNullable<HookSpec["overflow"]>,
  { request, places }: { request: Readonly<Record<string, unknown>>; places: number[] },
  run: (call: ChannelCall) => Promise<Outcome>,
): Promise<Outcome> {
  const part: unknown = request[overflow.list];
  if (typeof before.value !== "object" || before.value === null || !Array.isArray(part)) return before;
  const rest = overflowRequest(request, overflow, before.value, part);
  const after = await run({ ...call, hook: overflow.hook, spec: overflow.spec, request: rest });
  if (after.error?.code === "unsupported") return before;
  const merged = mergeItems(before, places, after);
  return merged.status === "failed" ? { ...merged, status: "partial" } : merged;
}
