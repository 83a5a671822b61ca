import { checkRequest } from "../contract/checkRequest.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import type { Refs } from "../contract/refs.ts";
import type { Table } from "../table.ts";
import { circuitProblem, type Guards } from "./guards.ts";
import { checkChannel } from "./holdGenerations.ts";
import { type Selection, selectInstances } from "./selectInstances.ts";

/** How a call to one channel would be routed now. */
export interface ChannelExplanation {
  /** The rule that matched: its name, and the arm and bucket of a split or rollout. */
  route: Selection["route"];
  /** Who would be asked, in this order. */
  instances: string[];
  left_out: { instance: string; reason: string }[];
  /** Every rule that was looked at before, and why it did not match. */
  considered: Selection["considered"];
  /** Where the rule sends the call instead, and how it is routed there. */
  channels?: { names: readonly string[]; strategy: "all" | "first"; each: Explanation };
}

/** How a call would be routed now, by channel. */
export type Explanation = Record<string, ChannelExplanation>;

/**
 * Says which rule matches a request, which instances would be asked in which order, and why the others are left out. Asks nobody.
 * Throws `invalid_request` and `channel_unknown`.
 */
export function explain(
  parts: { table: Table; guards: Guards; refs: Refs },
  hook: string,
  spec: HookSpec,
  given: unknown,
): Explanation {
  const { table, guards, refs } = parts;
  const checked = checkRequest(hook, spec, given) as Readonly<Record<string, unknown>>;
  const { request, instance } = refs.take(checked, spec, (id) => table.instances.has(id));
  const names = Array.isArray(request.channel) ? request.channel.map(String) : [String(request.channel)];
  for (const channel of names) checkChannel(table, channel);
  return explainChannels(names, []);

  function explainChannels(channels: readonly string[], through: readonly string[]): Explanation {
    return Object.fromEntries(channels.map((channel) => [channel, explainChannel(channel, through)]));
  }

  function explainChannel(channel: string, through: readonly string[]): ChannelExplanation {
    const call = { hook, channel, request: { ...request, channel }, through };
    const { route, instances, leftOut, considered, channels } = selectInstances(table, call, circuitProblem(guards), instance);
    return {
      route,
      instances: instances.map(({ id }) => id),
      left_out: leftOut.map((left) => ({ instance: left.instance, reason: left.reason })),
      considered,
      ...(channels && { channels: { ...channels, each: explainChannels(channels.names, [...through, route.name]) } }),
    };
  }
}
