import type { Clock } from "../clock.ts";
import { mergeOutcomes, type Outcome } from "./outcome.ts";

/** Calls several channels in order: `all` of them, or until the `first` that succeeds. One that fails does not hide the others. */
export async function callChannels(
  clock: Clock,
  names: readonly string[],
  strategy: "all" | "first",
  { request_id, began }: { request_id: string; began: number },
  callOne: (name: string) => Promise<Outcome>,
  route: { name: string } = { name: "channels" },
): Promise<Outcome> {
  const outcomes: Record<string, Outcome> = {};
  for (const name of names) {
    const outcome = await callOne(name);
    outcomes[name] = outcome;
    if (strategy === "first" && (outcome.status !== "failed" || outcome.error?.dispatched !== "no")) break;
  }
  return mergeOutcomes(outcomes, strategy, { request_id, route, ms: clock.now() - began });
}
