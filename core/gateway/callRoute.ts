import type { Clock } from "../clock.ts";
import { checkRequest } from "../contract/checkRequest.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import type { Refs } from "../contract/refs.ts";
import { type ErrorData, HooklineError } from "../errors.ts";
import type { Table, TableInstance, TablePointer } from "../table.ts";
import { changedByBeforeCall, tellAfterCall } from "./aroundCall.ts";
import { callChannels } from "./callChannels.ts";
import { callInSequence, type SequenceResult } from "./callInSequence.ts";
import { circuitProblem, type Guards } from "./guards.ts";
import { checkChannel, holdGenerations, tableWithoutGate } from "./holdGenerations.ts";
import type { IdempotencyStore } from "./idempotency.ts";
import { allFailed, itemsOf, type Outcome, statusOf } from "./outcome.ts";
import { checkProviderOptions } from "./providerOptions.ts";
import { resume } from "./resume.ts";
import type { RouteCounters } from "./routeCounters.ts";
import { type Selection, selectInstances } from "./selectInstances.ts";

/** What the gateway needs of the host. */
export interface Gateway {
  pointer: TablePointer;
  clock: Clock;
  random(): number;
  guards: Guards;
  idempotency: IdempotencyStore;
  counters: RouteCounters;
  newId(): string;
  refs: Refs;
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
  /** The rules that have sent the call to this channel: none of them does so twice. */
  through?: readonly string[];
  /** What came of the channels that an earlier call with the same idempotency key was sent to. */
  before?: Outcome;
}

/**
 * A routed call: checks the request, chooses the instances, asks them in sequence, makes the outcome.
 * Throws `invalid_request`, `channel_unknown` and `idempotency_conflict`; what a platform did is in the outcome.
 */
export function callRoute(gateway: Gateway, hook: string, spec: HookSpec, given: unknown): Promise<Outcome> {
  const request = checkRequest(hook, spec, given) as Readonly<Record<string, unknown>>;
  const { channel, deadline_ms, idempotency_key: key } = request;
  const names = Array.isArray(channel) ? channel.map(String) : [String(channel)];
  for (const name of names) checkChannel(gateway.pointer.current, name);
  const hints = checkProviderOptions(gateway.pointer.current, hook, request.provider_options);
  const began = gateway.clock.now();
  const deadline = typeof deadline_ms === "number" ? began + deadline_ms : Number.POSITIVE_INFINITY;
  const shared = { hook, spec, request_id: gateway.newId(), began, deadline };
  const callOne = (name: string) =>
    once(gateway, { ...shared, channel: name, request: name === channel ? request : { ...request, channel: name } }, key);
  const outcome = Array.isArray(channel)
    ? callChannels(gateway.clock, { names, strategy: "all", route: { name: "channels" } }, shared, callOne)
    : callOne(names[0] ?? "");
  return hints.length === 0 ? outcome : outcome.then((told) => ({ ...told, warnings: [...told.warnings, ...hints] }));
}

/** With an idempotency key of the caller's: once, and of what was done in part only the rest. */
function once(gateway: Gateway, call: ChannelCall, key: unknown): Promise<Outcome> {
  if (typeof key !== "string" || call.request.dry_run === true) return callChannel(gateway, call);
  const { signal, deadline_ms: _, ...body } = call.request;
  const run = (before: Outcome | undefined) => resume(before, call, (rest) => callChannel(gateway, rest));
  return gateway.idempotency.once(JSON.stringify([call.hook, call.channel, key]), body, run, {
    deadline: call.deadline,
    signal: signal instanceof AbortSignal ? signal : undefined,
    late: () => stillRunning(gateway, call),
    named: key,
  });
}

/** Another call with the same key goes on; this one cannot wait for it any longer. */
function stillRunning({ clock }: Gateway, { hook, request_id, began }: ChannelCall): Outcome {
  const reason = `another call of ${hook} with this idempotency_key is still running, and this one could not wait for its end`;
  const error = new HooklineError("expired", { hook, reason, dispatched: "maybe" }).toJSON();
  return {
    status: "failed",
    error,
    attempts: [],
    route: { name: "idempotency_key" },
    warnings: [],
    request_id,
    timing: { ms: clock.now() - began },
  };
}

async function callChannel(gateway: Gateway, call: ChannelCall): Promise<Outcome> {
  const open = tableWithoutGate(gateway, call);
  const table = open instanceof Promise ? await open : open;
  const release = holdGenerations(table, call);
  try {
    if (table.users("before_call").length > 0) return await afterBeforeCall(gateway, table, call);
    const outcome = await routed(gateway, table, call);
    tellAfterCall(gateway, table, call, outcome);
    return outcome;
  } finally {
    release();
  }
}

async function afterBeforeCall(gateway: Gateway, table: Table, call: ChannelCall): Promise<Outcome> {
  const { hook, request_id, began } = call;
  let changed: ChannelCall;
  try {
    changed = await changedByBeforeCall(gateway, table, call);
  } catch (error) {
    // Nobody was asked, whatever the plugin that refused says of it.
    const refusal = { ...HooklineError.attribute(error, { instance: "before_call", hook }).toJSON(), dispatched: "no" as const };
    const timing = { ms: gateway.clock.now() - began };
    const refused: Outcome = {
      status: "failed",
      error: refusal,
      attempts: [],
      route: { name: "before_call" },
      warnings: [],
      request_id,
      timing,
    };
    tellAfterCall(gateway, table, call, refused);
    return refused;
  }
  const outcome = await routed(gateway, table, changed);
  tellAfterCall(gateway, table, changed, outcome);
  return outcome;
}

function routed(gateway: Gateway, table: Table, call: ChannelCall): Promise<Outcome> {
  const { hook, spec, channel, request_id, deadline } = call;
  const { clock, guards, random, seen } = gateway;
  const { request, instance: named } = gateway.refs.take(call.request, spec, (id) => table.instances.has(id));
  const selection = selectInstances(table, { hook, channel, request, through: call.through }, circuitProblem(guards), named);
  const { route, channels } = selection;
  if (channels) return fannedOut(gateway, table, { ...call, request }, selection);
  // The rule that had sent it to several channels is gone: what is left is not known any more.
  if (call.before?.channels) return Promise.resolve(call.before);
  const first = selection.instances[0]?.id;
  if (request.dry_run === true && first !== undefined) {
    return Promise.resolve({
      status: "dry_run",
      attempts: [],
      route: { ...route, instance: first },
      ...restOf(gateway, call, selection),
    });
  }
  const signal = request.signal instanceof AbortSignal ? request.signal : undefined;
  // A key of the call's own, so that what a plugin derives from it stays the same over retries.
  const keyed = spec.safe || request.idempotency_key !== undefined ? request : { ...request, idempotency_key: request_id };
  const current = () => gateway.pointer.current;
  const sequence = callInSequence({
    table,
    hook,
    spec,
    request: keyed,
    selection,
    signal,
    deadline,
    clock,
    random,
    guards,
    seen,
    current,
  });
  // A ref may name an instance of another channel, which the call does not hold yet.
  const release = named === undefined ? undefined : table.instances.get(named)?.generation?.acquire(hook);
  const outcome = sequence.then((result) => outcomeOf(gateway, { ...call, request }, selection, result));
  return release ? outcome.finally(release) : outcome;
}

/** The outcome of what the instances did. */
function outcomeOf(gateway: Gateway, call: ChannelCall, selection: Selection, result: SequenceResult): Outcome {
  const { attempts, instance, error, answer, doubtful } = result;
  const { hook, spec, request } = call;
  const { route } = selection;
  gateway.counters.count(route, attempts, error === undefined);
  const { warnings, request_id, timing } = restOf(gateway, call, selection);
  const told = { attempts, route: instance ? { ...route, instance: instance.id } : route, warnings, request_id, timing };
  if (error || !instance) return { status: "failed", ...(error && { error: withDoubt(error, doubtful) }), ...told };
  if (doubtful.length > 0)
    warnings.push(`${doubtful.join(", ")} may have acted before ${instance.id} answered: it could have happened twice`);
  const [primary] = attempts;
  if (primary?.error && primary.instance !== instance.id)
    gateway.failedOver({ hook, from: primary.instance, to: instance.id, code: primary.error.code });
  const value = gateway.refs.give(answer, spec, instance.id);
  const list = spec.items ?? spec.overflow?.list;
  const items = itemsOf(value, list === undefined ? undefined : request[list]);
  // A group without any of its members is there all the same.
  const status = spec.overflow && statusOf(items) === "failed" ? "partial" : statusOf(items);
  const failure = status === "failed" && items ? { error: allFailed(items, { instance: instance.id, hook }) } : undefined;
  return { status, value, ...(items && { items }), ...failure, attempts, route: told.route, warnings, request_id, timing };
}

function restOf(
  { clock }: Gateway,
  { request_id, began }: ChannelCall,
  { leftOut }: Selection,
): Pick<Outcome, "warnings" | "request_id" | "timing"> {
  return { warnings: warningsOf(leftOut), request_id, timing: { ms: clock.now() - began } };
}

/** Sends the call to the channels of a rule, each through its own route, on the same table. */
function fannedOut(gateway: Gateway, table: Table, call: ChannelCall, { route, channels, onMaybe }: Selection): Promise<Outcome> {
  const { names = [], strategy = "first" } = channels ?? {};
  const before = call.before?.channels ?? {};
  const through = [...(call.through ?? []), route.name];
  const callOne = (name: string): Promise<Outcome> => {
    const { before: _, ...own } = { ...call, channel: name, request: { ...call.request, channel: name }, through };
    return resume(before[name], own, (rest) => routed(gateway, table, rest));
  };
  // Of the first that succeeds, what failed before it is not asked again.
  const reached = strategy === "first" ? names.filter((name) => before[name] && before[name].status !== "failed") : [];
  const fan = {
    names: reached.length > 0 ? reached : names,
    strategy,
    route,
    resend: onMaybe === "resend" || call.spec.safe === true,
  };
  return callChannels(gateway.clock, fan, call, callOne);
}

/** What may have happened at an instance before stays possible, whatever ended the call. */
function withDoubt(error: HooklineError, doubtful: readonly string[]): ErrorData {
  const data = error.toJSON();
  return doubtful.length > 0 && data.dispatched === "no" ? { ...data, dispatched: "maybe" } : data;
}

function warningsOf(leftOut: readonly { instance: string; code: string; reason: string }[]): string[] {
  return leftOut.flatMap(({ instance, code, reason }) =>
    code === "circuit_open" || code === "plugin_unavailable" ? [`${instance} was left out: ${reason}`] : [],
  );
}
