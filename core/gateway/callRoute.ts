import type { Clock } from "../clock.ts";
import { checkRequest } from "../contract/checkRequest.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import { giveRefs, takeRefs } from "../contract/refs.ts";
import { HooklineError } from "../errors.ts";
import type { Table, TableInstance, TablePointer } from "../table.ts";
import { callChannels } from "./callChannels.ts";
import { callInSequence } from "./callInSequence.ts";
import type { Guards } from "./guards.ts";
import { checkChannel, holdGenerations, tableWithoutGate } from "./holdGenerations.ts";
import type { IdempotencyStore } from "./idempotency.ts";
import { itemsOf, mergeItems, type Outcome, onlyFailed, statusOf } from "./outcome.ts";
import { selectInstances } from "./selectInstances.ts";

/** What the gateway needs of the host. */
export interface Gateway {
  pointer: TablePointer;
  clock: Clock;
  random(): number;
  guards: Guards;
  idempotency: IdempotencyStore;
  newId(): string;
  /** Hears of every attempt. */
  seen(instance: TableInstance, error: HooklineError | undefined): void;
  /** The first instance did not answer, another did. */
  failedOver(event: { hook: string; from: string; to: string; code: string }): void;
  /** An `after_call` that failed: the outcome stands. */
  onError(error: unknown): void;
}

/** One routed call to one channel. */
export interface ChannelCall {
  hook: string;
  spec: HookSpec;
  /** Checked. */
  request: Readonly<Record<string, unknown>>;
  channel: string;
  request_id: string;
  /** On the clock. */
  began: number;
  deadline: number;
}

/**
 * A routed call: checks the request, chooses the instances, asks them in sequence, makes the outcome.
 * Throws `invalid_request`, `channel_unknown` and `idempotency_conflict`; what a platform did is in the outcome.
 */
export async function callRoute(gateway: Gateway, hook: string, spec: HookSpec, given: unknown): Promise<Outcome> {
  const request = checkRequest(hook, spec, given) as Readonly<Record<string, unknown>>;
  const { channel, deadline_ms, idempotency_key: key } = request;
  const names = Array.isArray(channel) ? channel.map(String) : [String(channel)];
  for (const name of names) checkChannel(gateway.pointer.current, name);
  const began = gateway.clock.now();
  const deadline = typeof deadline_ms === "number" ? began + deadline_ms : Number.POSITIVE_INFINITY;
  const shared = { hook, spec, request_id: gateway.newId(), began, deadline };
  const callOne = (name: string) => once(gateway, { ...shared, channel: name, request: { ...request, channel: name } }, key);
  return Array.isArray(channel) ? callChannels(gateway.clock, names, "all", shared, callOne) : callOne(names[0] ?? "");
}

/** With an idempotency key of the caller's: once, and of what was done in part only the rest. */
function once(gateway: Gateway, call: ChannelCall, key: unknown): Promise<Outcome> {
  if (typeof key !== "string" || call.request.dry_run === true) return callChannel(gateway, call);
  const { signal: _, deadline_ms: __, ...body } = call.request;
  return gateway.idempotency.once(JSON.stringify([call.hook, call.channel, key]), body, async (before) => {
    const rest = before?.status === "partial" ? onlyFailed(before, call.request, call.spec.items) : undefined;
    if (!before || !rest) return before?.status === "partial" ? before : callChannel(gateway, call);
    return mergeItems(before, rest.places, await callChannel(gateway, { ...call, request: rest.request }));
  });
}

async function callChannel(gateway: Gateway, call: ChannelCall): Promise<Outcome> {
  const table = await tableWithoutGate(gateway, call);
  const release = holdGenerations(table, call);
  try {
    const outcome = await answered(gateway, table, call);
    tellAfterCall(gateway, table, call, outcome);
    return outcome;
  } finally {
    release();
  }
}

async function answered(gateway: Gateway, table: Table, call: ChannelCall): Promise<Outcome> {
  const { hook, spec, channel, request_id, began, deadline } = call;
  const { clock, guards, random, seen } = gateway;
  const rest = (warnings: string[] = []) => ({ warnings, request_id, timing: { ms: clock.now() - began } });
  let changed = call.request;
  try {
    if (table.users("before_call").length > 0) changed = await changedByBeforeCall(table, call);
  } catch (error) {
    const refusal = HooklineError.attribute(error, { instance: "before_call", hook });
    return { status: "failed", error: refusal.toJSON(), attempts: [], route: { name: "before_call" }, ...rest() };
  }
  const { request, instance: named } = takeRefs(changed, spec.refs?.request ?? [], (id) => table.instances.has(id));
  const selection = selectInstances(table, { hook, channel, request }, circuitProblem(guards), named);
  const { route, channels } = selection;
  if (channels) {
    const others = channels.names.filter((name) => name !== channel);
    return callChannels(clock, others, channels.strategy, call, (name) => callChannel(gateway, { ...call, channel: name, request: { ...request, channel: name } }), route);
  }
  const first = selection.instances[0]?.id;
  if (request.dry_run === true) return { status: "dry_run", attempts: [], route: { ...route, ...(first && { instance: first }) }, ...rest() };
  const signal = request.signal instanceof AbortSignal ? request.signal : undefined;
  // A key of the call's own, so that what a plugin derives from it stays the same over retries.
  const keyed = spec.safe || request.idempotency_key !== undefined ? request : { ...request, idempotency_key: request_id };
  const current = () => gateway.pointer.current;
  const result = await callInSequence({ table, hook, spec, request: keyed, selection, signal, deadline, clock, random, guards, seen, current });
  const { attempts, instance, error, answer } = result;
  const told = { attempts, route: { ...route, ...(instance && { instance: instance.id }) }, ...rest(warningsOf(selection.leftOut)) };
  if (error || !instance) return { status: "failed", ...(error && { error: error.toJSON() }), ...told };
  const [primary] = attempts;
  if (primary?.error && primary.instance !== instance.id) gateway.failedOver({ hook, from: primary.instance, to: instance.id, code: primary.error.code });
  const value = giveRefs(answer, spec.refs?.answer ?? [], instance.id);
  const items = itemsOf(value);
  return { status: statusOf(items), value, ...(items && { items }), ...told };
}

/** Why a circuit lets nobody through. */
export function circuitProblem(guards: Guards): (instance: TableInstance) => string | undefined {
  return (instance) => {
    const { breaker } = guards.of(instance);
    if (breaker.isReady()) return undefined;
    const { reason, retry_in_ms } = breaker.circuit();
    return `its circuit is open after ${reason}, for ${Math.ceil(retry_in_ms / 1_000)} s more`;
  };
}

function warningsOf(leftOut: readonly { instance: string; code: string; reason: string }[]): string[] {
  return leftOut.flatMap(({ instance, code, reason }) => (code === "circuit_open" || code === "plugin_unavailable" ? [`${instance} was left out: ${reason}`] : []));
}

async function changedByBeforeCall(table: Table, { hook, spec, request, request_id }: ChannelCall): Promise<Readonly<Record<string, unknown>>> {
  const { signal, ...data } = request;
  const { request: changed } = (await table.hooks.call("before_call", { request_id, hook, request: data })) as { request: unknown };
  if (changed === data) return request;
  const checked = checkRequest(hook, spec, changed) as Record<string, unknown>;
  return signal === undefined ? checked : { ...checked, signal };
}

/** Tells `after_call`; the outcome does not wait for it, its generations do. */
function tellAfterCall({ onError }: Gateway, table: Table, { hook, request }: ChannelCall, outcome: Outcome): void {
  const users = table.users("after_call");
  if (users.length === 0) return;
  const ends = users.map((generation) => generation.acquire("after_call"));
  const { signal: _, ...data } = request;
  Promise.resolve()
    .then(() => table.hooks.call("after_call", { request_id: outcome.request_id, hook, request: data, outcome }))
    .then((errors) => Array.isArray(errors) && errors.forEach(onError))
    .catch(onError)
    .finally(() => {
      for (const end of ends) end();
    });
}
