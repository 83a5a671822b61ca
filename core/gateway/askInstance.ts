import { checkAnswer } from "../contract/checkRequest.ts";
import { HooklineError } from "../errors.ts";
import { redactError, redactValue } from "../plugins/redact.ts";
import type { Table, TableInstance } from "../table.ts";
import { askInChunks, type Through } from "./askInChunks.ts";
import type { Circuit } from "./breaker.ts";
import type { Sequence } from "./callInSequence.ts";
import { checkOwnOptions, ownOptions } from "./providerOptions.ts";
import { sleep } from "./sleep.ts";
import { waitFor } from "./waitFor.ts";
import { attemptRedactor } from "./withoutSecrets.ts";

/** What one attempt came to. `instance` is the one that answered: of a later table when it was being restarted. */
export interface Asked {
  instance: TableInstance;
  answer?: unknown;
  error?: HooklineError;
}

/**
 * One attempt at one instance: through its circuit, its rate limit and its concurrency limit, within its time. Never throws.
 * `until` is when the attempt has to be over, on the clock.
 */
export async function askInstance(sequence: Sequence, candidate: TableInstance, until: number): Promise<Asked> {
  const { hook, signal, clock, guards } = sequence;
  const { table, instance } = candidate.gate
    ? await settled(sequence, candidate, candidate.gate, until)
    : { table: sequence.table, instance: candidate };
  const { generation } = instance;
  const attributed = { instance: instance.id, hook };
  if (!generation) return { instance, error: notLoaded(instance, hook) };
  const { breaker, rate, limit } = guards.of(instance);
  const report = breaker.enter();
  if (!report) return { instance, error: keptAway(instance, hook, breaker.circuit()) };
  // Only an instance that was being restarted is not held by the call already.
  const release = instance === candidate ? undefined : generation.acquire(hook);
  let leave: (() => void) | undefined;
  let error: HooklineError | undefined;
  let isAsked = false;
  try {
    const wait = turn();
    if (wait > 0) await sleep(clock, wait, signal);
    signal?.throwIfAborted();
    leave = limit.enter() ?? (await limit.wait(until, signal));
    const answer = await askInChunks(sequence, instance, (request, through) => ask(table, request, through));
    return { instance, answer: withoutSecrets(answer, sequence, instance) };
  } catch (cause) {
    error = signal?.aborted
      ? cancelled(hook, signal, isAsked ? "maybe" : "no")
      : redactError(HooklineError.attribute(cause, attributed), attemptRedactor(sequence, instance));
    return { instance, error };
  } finally {
    report(error);
    leave?.();
    release?.();
  }

  /** Takes the call's turn at the instance's rate: how long to wait for it. */
  function turn(): number {
    const delay = rate.delay();
    if (delay > 0 && clock.now() + delay >= until) {
      const reason = `its rate_limit_per_minute is used up for ${delay} ms, longer than the call may wait`;
      // It is our limit: the platform is not to blame.
      throw new HooklineError("rate_limited", { ...attributed, reason, retry_after_ms: delay, penalize: "no" });
    }
    return rate.take();
  }

  async function ask(pinned: Table, request: Record<string, unknown>, { hook, spec }: Through = sequence): Promise<unknown> {
    const left = until - clock.now();
    const timeout = left === Number.POSITIVE_INFINITY ? undefined : Math.max(0, left);
    const options = signal ? { signal, timeout } : { timeout };
    const own = requestFor(hook, request, instance);
    isAsked = true;
    const answer = await pinned.hooks.callOne(hook, instance.id, own, options);
    return checkAnswer(hook, spec, answer ?? undefined, instance.id);
  }
}

function notLoaded(instance: TableInstance, hook: string): HooklineError {
  const reason = `it cannot answer now: ${instance.reason ?? "it is not loaded"}`;
  return new HooklineError("plugin_unavailable", { instance: instance.id, hook, reason });
}

function keptAway({ id: instance }: TableInstance, hook: string, { retry_in_ms, reason: code }: Circuit): HooklineError {
  const reason = `its circuit is open after ${code}; the next probe is in ${Math.ceil(retry_in_ms / 1000)} s`;
  return new HooklineError("circuit_open", { instance, hook, reason, retry_after_ms: retry_in_ms });
}

/** What an item says of its error is a plugin's sentence too. */
function withoutSecrets(answer: unknown, sequence: Sequence, instance: TableInstance): unknown {
  if (typeof answer !== "object" || answer === null || !("items" in answer) || !Array.isArray(answer.items)) return answer;
  if (!answer.items.some((item) => item?.error)) return answer;
  const redact = attemptRedactor(sequence, instance);
  return {
    ...answer,
    items: answer.items.map((item) => (item?.error ? { ...item, error: redactValue(item.error, redact) } : item)),
  };
}

/** The instance once it is not being restarted any more: then it is in the table of now. */
async function settled(
  { clock, current, signal }: Sequence,
  candidate: TableInstance,
  gate: Promise<void>,
  until: number,
): Promise<{ table: Table; instance: TableInstance }> {
  await waitFor(clock, gate, { deadline: until, signal });
  const now = current();
  return { table: now, instance: now.instances.get(candidate.id) ?? candidate };
}

/** What one plugin sees: its channel, its own part of the provider options, and no signal, which is in the call. */
function requestFor(hook: string, request: Readonly<Record<string, unknown>>, instance: TableInstance): Record<string, unknown> {
  const { channel, plugin_id } = instance;
  if (request.signal === undefined && request.provider_options === undefined) return { ...request, channel };
  const { signal: _, provider_options: _all, ...rest } = request;
  const own = ownOptions(request, plugin_id);
  // An instance that was being restarted when the call began has its schema only now.
  checkOwnOptions(instance, hook, own);
  return own === undefined ? { ...rest, channel } : { ...rest, channel, provider_options: { [plugin_id]: own } };
}

/** The caller has given up: what was asked (`maybe`) may still happen. */
export function cancelled(hook: string, signal: AbortSignal, dispatched: "no" | "maybe"): HooklineError {
  const when = dispatched === "no" ? "before an instance was asked" : "while it was asked; it may still happen";
  return new HooklineError(
    "cancelled",
    { hook, reason: `the caller gave ${hook} up ${when}`, dispatched },
    { cause: signal.reason },
  );
}
