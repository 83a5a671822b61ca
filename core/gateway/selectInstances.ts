import type { Table, TableInstance, TableRoute } from "../table.ts";
import { armFor, bucketOf, isInRollout } from "./buckets.ts";
import { keyOf, matchProblem, type RoutedCall } from "./matchRoute.ts";

/** Who answers a call, in which order, by which rule, and why the others do not. A pure function of table, health and call. */
export interface Selection {
  route: { name: string; arm?: string; bucket?: number };
  instances: readonly TableInstance[];
  /** Instances of the channel that are not asked, and why. */
  leftOut: readonly LeftOut[];
  /** Every rule that was looked at, in order. */
  considered: readonly { route: string; matched: boolean; why: string }[];
  /** The channels that the rule sends the call to, each through its own route. */
  channels?: { names: readonly string[]; strategy: "all" | "first" };
  /** After an error that leaves open whether the platform acted. */
  onMaybe: "stop" | "resend";
  /** Errors after which the next is asked all the same. */
  failoverOn: readonly string[];
}

/** An instance of the channel that is not asked. `not_chosen`: the rule does not want it. */
export interface LeftOut {
  instance: string;
  code: "not_chosen" | "unsupported" | "circuit_open" | "plugin_unavailable";
  reason: string;
}

/** Why the circuit of an instance lets no call through now; undefined when it does. */
export type Readiness = (instance: TableInstance) => string | undefined;

const without = { onMaybe: "stop", failoverOn: [] } as const;

/**
 * The instances for a call: of the first rule that matches, or without one those of the channel by priority, then file order.
 * `named` is the instance of a ref: then only that one.
 */
export function selectInstances(table: Table, call: RoutedCall, readiness: Readiness, named?: string): Selection {
  const considered: { route: string; matched: boolean; why: string }[] = [];
  const ofChannel = table.channels.get(call.channel) ?? [];
  if (named !== undefined) {
    const own = table.instances.get(named);
    return {
      ...without,
      route: { name: "ref" },
      ...sorted(own ? [own] : [], ofChannel, call, readiness, "the request names another instance"),
      considered,
    };
  }
  for (const route of table.routes) {
    // Two rules that send calls to each other's channels would never end.
    const isThrough = route.channels !== undefined && call.through?.includes(route.name) === true;
    const problem = isThrough ? "it has sent the call to this channel" : matchProblem(route, call);
    if (problem !== undefined) {
      considered.push({ route: route.name, matched: false, why: problem });
      continue;
    }
    const chosen = chosenBy(route, call);
    if (typeof chosen === "string") {
      considered.push({ route: route.name, matched: false, why: chosen });
      continue;
    }
    considered.push({ route: route.name, matched: true, why: chosen.why });
    const policy = { onMaybe: route.on_maybe, failoverOn: route.failover_on };
    const name = {
      name: route.name,
      ...(chosen.arm !== undefined && { arm: chosen.arm }),
      ...(chosen.bucket !== undefined && { bucket: chosen.bucket }),
    };
    if (route.channels) {
      return {
        ...policy,
        route: name,
        instances: [],
        leftOut: [],
        considered,
        channels: { names: route.channels, strategy: route.strategy },
      };
    }
    const wanted = table.resolve(chosen.use);
    return {
      ...policy,
      route: name,
      ...sorted(wanted, ofChannel, call, readiness, `the route ${route.name} does not name it`),
      considered,
    };
  }
  return { ...without, route: { name: "priority" }, ...sorted(ofChannel, ofChannel, call, readiness, ""), considered };
}

/** Who a rule chooses for this call, or why it lets it pass. */
function chosenBy(
  route: TableRoute,
  call: RoutedCall,
): { use: readonly string[]; why: string; arm?: string; bucket?: number } | string {
  const { split, rollout, use = [] } = route;
  if (split) {
    const key = keyOf(call, split.by);
    const bucket = key === undefined ? undefined : bucketOf(route.name, key);
    const fallback = split.arms.find(({ name }) => name === split.default) ?? split.arms[0];
    const arm = bucket === undefined ? fallback : armFor(split.arms, bucket);
    if (!arm) return "it has no arm";
    const why =
      bucket === undefined
        ? `the call has no ${split.by}: the default arm ${arm.name}`
        : `${split.by} falls to the arm ${arm.name}`;
    return { use: arm.use, why, arm: arm.name, ...(bucket !== undefined && { bucket }) };
  }
  if (rollout) {
    const key = keyOf(call, rollout.by);
    if (key === undefined) return `the call has no ${rollout.by}`;
    const bucket = bucketOf(route.name, key);
    if (!isInRollout(bucket, rollout.percent)) return `${rollout.by} is not among the first ${rollout.percent} %`;
    return { use: rollout.use, why: `${rollout.by} is among the first ${rollout.percent} %`, bucket };
  }
  return { use, why: "it matches" };
}

/** Those that can be asked, and of all others of the channel why not. */
function sorted(
  wanted: readonly TableInstance[],
  ofChannel: readonly TableInstance[],
  { hook }: RoutedCall,
  readiness: Readiness,
  unwanted: string,
): Pick<Selection, "instances" | "leftOut"> {
  const instances: TableInstance[] = [];
  const leftOut: LeftOut[] = [];
  for (const instance of wanted) {
    const problem = problemOf(instance, hook, readiness);
    if (problem) leftOut.push({ instance: instance.id, ...problem });
    else instances.push(instance);
  }
  if (wanted === ofChannel) return { instances, leftOut };
  for (const { id } of ofChannel) {
    if (!wanted.some((one) => one.id === id)) leftOut.push({ instance: id, code: "not_chosen", reason: unwanted });
  }
  return { instances, leftOut };
}

function problemOf(instance: TableInstance, hook: string, readiness: Readiness): Omit<LeftOut, "instance"> | undefined {
  const { generation, gate, reason } = instance;
  // One that is being restarted is waited for.
  if (!generation) return gate ? undefined : { code: "plugin_unavailable", reason: reason ?? "it is not loaded" };
  if (!generation.answers.includes(hook)) return { code: "unsupported", reason: `it does not implement ${hook}` };
  const open = readiness(instance);
  return open === undefined ? undefined : { code: "circuit_open", reason: open };
}
