import type { Clock } from "../clock.ts";
import { checkRequest } from "../contract/checkRequest.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import { giveRefs, takeRefs } from "../contract/refs.ts";
import { HooklineError } from "../errors.ts";
import type { Generation } from "../plugins/generation.ts";
import type { Table, TablePointer } from "../table.ts";
import { type AttemptSeen, callInSequence } from "./callInSequence.ts";
import { candidatesFor } from "./candidates.ts";
import { mergeOutcomes, type Outcome, type OutcomeItem, statusOf } from "./outcome.ts";

/** What the gateway needs of the host. */
export interface Gateway {
  pointer: TablePointer;
  clock: Clock;
  newId(): string;
  seen: AttemptSeen;
  /** The first instance did not answer, another did. */
  failedOver(event: { hook: string; from: string; to: string; code: string }): void;
  /** An `after_call` that failed: the outcome stands. */
  onError(error: unknown): void;
}

type Request = Record<string, unknown>;

/**
 * One routed call: check the request, choose the instances, ask them in sequence, make the outcome.
 * Throws `invalid_request` and `channel_unknown`; what a platform did is in the outcome.
 */
export async function callRoute(gateway: Gateway, hook: string, spec: HookSpec, given: unknown): Promise<Outcome> {
  const request = asRecord(checkRequest(hook, spec, given));
  const request_id = gateway.newId();
  const { channel } = request;
  if (!Array.isArray(channel)) return callChannel(gateway, { hook, spec, request, channel: String(channel), request_id });
  const began = gateway.clock.now();
  for (const name of channel) candidatesFor(gateway.pointer.current, hook, String(name));
  const outcomes: Record<string, Outcome> = {};
  for (const name of channel) {
    outcomes[String(name)] = await callChannel(gateway, {
      hook,
      spec,
      request: { ...request, channel: name },
      channel: String(name),
      request_id,
    });
  }
  return mergeOutcomes(outcomes, request_id, gateway.clock.now() - began);
}

interface ChannelCall {
  hook: string;
  spec: HookSpec;
  request: Request;
  channel: string;
  request_id: string;
}

async function callChannel(gateway: Gateway, call: ChannelCall): Promise<Outcome> {
  const { clock } = gateway;
  const { hook, request } = call;
  const began = clock.now();
  const deadline = typeof request.deadline_ms === "number" ? began + request.deadline_ms : Number.POSITIVE_INFINITY;
  const table = await tableFor(gateway.pointer, hook, call.channel);
  const release = hold(table, hook, call.channel);
  try {
    const outcome = await answered(gateway, table, call, { began, deadline });
    afterCall(gateway, table, hook, request, outcome);
    return outcome;
  } finally {
    release();
  }
}

async function answered(
  gateway: Gateway,
  table: Table,
  call: ChannelCall,
  time: { began: number; deadline: number },
): Promise<Outcome> {
  const { hook, spec, channel, request_id } = call;
  const { clock } = gateway;
  const rest = () => ({ warnings: [], request_id, timing: { ms: clock.now() - time.began } });
  let name = "priority";
  try {
    const changed = table.users("before_call").length > 0 ? await beforeCall(table, call) : call.request;
    const { request, instance: named } = takeRefs(changed, spec.refs?.request ?? [], (id) => table.instances.has(id));
    const selection = candidatesFor(table, hook, channel, named);
    name = selection.name;
    if (request.dry_run === true) {
      return { status: "dry_run", attempts: [], route: { name, instance: selection.instances[0]?.id }, ...rest() };
    }
    const signal = request.signal instanceof AbortSignal ? request.signal : undefined;
    const { seen } = gateway;
    const sequence = {
      table,
      hook,
      spec,
      request,
      candidates: selection.instances,
      signal,
      deadline: time.deadline,
      clock,
      seen,
    };
    const result = await callInSequence({ ...sequence, current: () => gateway.pointer.current });
    const { attempts, instance } = result;
    if (result.error)
      return { status: "failed", error: result.error.toJSON(), attempts, route: { name, instance: instance?.id }, ...rest() };
    const [first] = attempts;
    if (first?.error && attempts.length > 1) {
      gateway.failedOver({ hook, from: first.instance, to: result.instance.id, code: first.error.code });
    }
    const answer = giveRefs(result.answer, spec.refs?.answer ?? [], result.instance.id);
    const items = itemsOf(answer);
    return {
      status: statusOf(items),
      value: answer,
      ...(items && { items }),
      attempts,
      route: { name, instance: result.instance.id },
      ...rest(),
    };
  } catch (error) {
    if (HooklineError.is(error) && error.code === "invalid_request" && error.instance === undefined) throw error;
    // `before_call` refused.
    return {
      status: "failed",
      error: HooklineError.attribute(error, { instance: "before_call", hook }).toJSON(),
      attempts: [],
      route: { name },
      ...rest(),
    };
  }
}

/** While the instance that would be asked first is being restarted, the call waits and begins with the table that follows. */
async function tableFor(pointer: TablePointer, hook: string, channel: string): Promise<Table> {
  for (;;) {
    const table = pointer.current;
    const gate = candidatesFor(table, hook, channel).instances[0]?.gate;
    if (!gate) return table;
    await gate;
  }
}

/** Holds every generation that the call may run, so that none of them is disposed under it. */
function hold(table: Table, hook: string, channel: string): () => void {
  const before = table.users("before_call");
  // A before_call takes time and may change what is chosen: then hold all.
  const chosen = before.length > 0 ? [...table.instances.values()] : (table.channels.get(channel) ?? []);
  const held = new Set<Generation>([...table.wrappers(hook), ...table.users("after_call")]);
  for (const { generation } of chosen) if (generation) held.add(generation);
  const ends = [...held].map((generation) => generation.acquire(hook));
  return () => {
    for (const end of ends) end();
  };
}

async function beforeCall(table: Table, { hook, spec, request, request_id }: ChannelCall): Promise<Request> {
  const { signal, ...data } = request;
  const changed = asRecord(await table.hooks.call("before_call", { request_id, hook, request: data }));
  if (changed.request === data) return request;
  const checked = asRecord(checkRequest(hook, spec, changed.request));
  return signal === undefined ? checked : { ...checked, signal };
}

/** Tells `after_call`; the outcome does not wait for it, its generations do. */
function afterCall({ onError }: Gateway, table: Table, hook: string, request: Request, outcome: Outcome): void {
  const users = table.users("after_call");
  if (users.length === 0) return;
  const ends = users.map((generation) => generation.acquire("after_call"));
  const { signal: _, ...data } = request;
  Promise.resolve()
    .then(() => table.hooks.call("after_call", { request_id: outcome.request_id, hook, request: data, outcome }))
    .catch(onError)
    .finally(() => {
      for (const end of ends) end();
    });
}

function itemsOf(answer: unknown): OutcomeItem[] | undefined {
  if (typeof answer !== "object" || answer === null || !("items" in answer) || !Array.isArray(answer.items)) return undefined;
  return answer.items.map((item: OutcomeItem, index) => ({ ...item, index }));
}

function asRecord(value: unknown): Request {
  return value as Request;
}
