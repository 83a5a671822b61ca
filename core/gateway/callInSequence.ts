import type { Clock } from "../clock.ts";
import { checkAnswer } from "../contract/checkRequest.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import { HooklineError } from "../errors.ts";
import type { Table, TableInstance } from "../table.ts";
import type { Attempt } from "./outcome.ts";

/** What happened to one attempt: the lifecycle counts it. */
export type AttemptSeen = (instance: TableInstance, error: HooklineError | undefined) => void;

/** One call on its way through the candidates. */
export interface Sequence {
  table: Table;
  hook: string;
  spec: HookSpec;
  /** Checked, with the platform's own ids. */
  request: Readonly<Record<string, unknown>>;
  candidates: readonly TableInstance[];
  signal: AbortSignal | undefined;
  /** When the whole call ends, on the clock; Infinity for never. */
  deadline: number;
  clock: Clock;
  seen: AttemptSeen;
  /** The table of now, for an instance that was being swapped when the call began. */
  current(): Table;
}

/** The answer and who gave it, or the error that ended the call; and every attempt. */
export type SequenceResult = { attempts: Attempt[] } & (
  | { answer: unknown; instance: TableInstance; error?: undefined }
  | { answer?: undefined; instance?: TableInstance; error: HooklineError }
);

/** Asks the candidates one after the other until one answers, or an error forbids to ask the next. */
export async function callInSequence(sequence: Sequence): Promise<SequenceResult> {
  const { candidates, clock, hook, deadline, signal } = sequence;
  const attempts: Attempt[] = [];
  let failure: { error: HooklineError; instance: TableInstance } | undefined;
  for (const candidate of candidates) {
    if (signal?.aborted) return { error: cancelled(hook, signal), attempts };
    if (clock.now() >= deadline) return { error: failure?.error ?? expired(hook), attempts };
    const began = clock.now();
    const reason = attempts.length === 0 ? "primary" : "failover";
    const result = await attempt(sequence, candidate);
    const { instance, error } = result;
    const facts = {
      instance: instance.id,
      generation: instance.generation?.number ?? 0,
      n: attempts.length + 1,
      ms: clock.now() - began,
      reason,
    } as const;
    sequence.seen(instance, error);
    if (!error) {
      attempts.push({ ...facts, outcome: "ok" });
      return { answer: result.answer, instance, attempts };
    }
    attempts.push({ ...facts, outcome: "failed", error: error.toJSON() });
    failure = { error, instance };
    if (!allowsNext(error)) break;
  }
  return failure ? { ...failure, attempts } : { error: unsupported(hook), attempts };
}

/** After `maybe`, the platform could have acted: asking the next could deliver twice. */
function allowsNext(error: HooklineError): boolean {
  return error.failover === true && error.dispatched === "no";
}

async function attempt(
  sequence: Sequence,
  candidate: TableInstance,
): Promise<{ instance: TableInstance; answer?: unknown; error?: HooklineError }> {
  const { hook, spec, signal, deadline, clock } = sequence;
  let { table } = sequence;
  let instance = candidate;
  if (candidate.gate) {
    await candidate.gate;
    table = sequence.current();
    instance = table.instances.get(candidate.id) ?? candidate;
  }
  const { generation } = instance;
  if (!generation) {
    const reason = `it cannot answer now: ${instance.reason ?? "it is not loaded"}`;
    return { instance, error: new HooklineError("plugin_unavailable", { instance: instance.id, hook, reason }) };
  }
  // Only a gated instance is not held by the call already.
  const release = instance === candidate ? undefined : generation.acquire(hook);
  let leave: (() => void) | undefined;
  try {
    leave = instance.limit.enter() ?? (await instance.limit.wait(Math.min(deadline, clock.now() + instance.timeout)));
    const timeout = Math.min(instance.timeout, deadline - clock.now());
    const answer = await table.hooks.callOne(hook, instance.id, requestFor(sequence.request, instance), { signal, timeout });
    return { instance, answer: checkAnswer(hook, spec, answer ?? undefined, instance.id) };
  } catch (error) {
    if (signal?.aborted) return { instance, error: cancelled(hook, signal) };
    return { instance, error: HooklineError.attribute(error, { instance: instance.id, hook }) };
  } finally {
    leave?.();
    release?.();
  }
}

/** What one plugin sees: its channel, its own part of the provider options, and no signal, which is in the call. */
function requestFor(request: Readonly<Record<string, unknown>>, { channel, plugin_id }: TableInstance): Record<string, unknown> {
  const { signal: _, provider_options, ...rest } = request;
  const own =
    typeof provider_options === "object" && provider_options !== null ? Reflect.get(provider_options, plugin_id) : undefined;
  return own === undefined ? { ...rest, channel } : { ...rest, channel, provider_options: { [plugin_id]: own } };
}

function cancelled(hook: string, signal: AbortSignal): HooklineError {
  return new HooklineError(
    "cancelled",
    { hook, reason: `the caller gave ${hook} up`, dispatched: "maybe" },
    { cause: signal.reason },
  );
}

function expired(hook: string): HooklineError {
  return new HooklineError("expired", { hook, reason: `the deadline of ${hook} passed before an instance was asked` });
}

function unsupported(hook: string): HooklineError {
  return new HooklineError("unsupported", {
    hook,
    reason: `no instance of this channel implements ${hook}; enable a plugin that does`,
  });
}
