import type { Clock } from "../clock.ts";
import { mergeOutcomes, type Outcome } from "./outcome.ts";

/** How a call goes to several channels. */
export interface Fan {
  names: readonly string[];
  /** `all` of them, or until the `first` that succeeds. */
  strategy: "all" | "first";
  /** The rule that says so. */
  route: { name: string };
  /** A channel that may have acted does not keep the call from the next. */
  resend?: boolean;
}

/** Calls several channels in order, each through `callOne`. One that fails does not hide the others. */
export async function callChannels(
  clock: Clock,
  { names, strategy, route, resend = false }: Fan,
  { request_id, began }: { request_id: string; began: number },
  callOne: (name: string) => Promise<Outcome>,
): Promise<Outcome> {
  const outcomes: Record<string, Outcome> = {};
  for (const name of new Set(names)) {
    const outcome = await callOne(name);
    outcomes[name] = outcome;
    if (strategy === "first" && isEnough(outcome, resend)) break;
  }
  return mergeOutcomes(outcomes, strategy, { request_id, route, ms: clock.now() - began });
}

/** It succeeded, or the next channel must not be asked: somebody said STOP, or it could happen twice. */
function isEnough({ status, error }: Outcome, resend: boolean): boolean {
  if (status !== "failed" || error?.code === "recipient_blocked" || error?.code === "cancelled") return true;
  return error?.dispatched !== "no" && !(resend && error?.dispatched === "maybe");
}
