import type { Clock } from "../clock.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import { HooklineError } from "../errors.ts";
import type { Table, TableInstance } from "../table.ts";
import { type Asked, askInstance, cancelled } from "./askInstance.ts";
import { backoff } from "./backoff.ts";
import type { Guards } from "./guards.ts";
import type { Attempt } from "./outcome.ts";
import type { Selection } from "./selectInstances.ts";
import { sleep } from "./sleep.ts";

/** One call on its way through the instances that were selected for it. */
export interface Sequence {
  table: Table;
  hook: string;
  spec: HookSpec;
  /** Checked, with the platform's own ids. */
  request: Readonly<Record<string, unknown>>;
  selection: Selection;
  signal: AbortSignal | undefined;
  /** When the whole call ends, on the clock; Infinity for never. */
  deadline: number;
  clock: Clock;
  random(): number;
  guards: Guards;
  /** Hears of every attempt. */
  seen(instance: TableInstance, error: HooklineError | undefined): void;
  /** The table of now, for an instance that was being restarted when the call began. */
  current(): Table;
}

/** The answer and who gave it, or the error that ended the call; and every attempt. */
export interface SequenceResult {
  attempts: Attempt[];
  answer?: unknown;
  instance?: TableInstance;
  error?: HooklineError;
}

/** One instance in the sequence. */
interface Candidate {
  instance: TableInstance;
  tries: number;
  /** When its time is over, tries and waits included; set with the first try. */
  until: number;
  error?: HooklineError;
}

/**
 * Asks the selected instances until one answers, an error forbids to go on, or tries and time are used up. The next instance is
 * asked before the same one again, but for a rate limit that ends in time.
 */
export async function callInSequence(sequence: Sequence): Promise<SequenceResult> {
  const { clock, hook, signal, deadline, selection } = sequence;
  const attempts: Attempt[] = [];
  const candidates = selection.instances.map((instance): Candidate => ({ instance, tries: 0, until: deadline }));
  let next = candidates[0] && { candidate: candidates[0], wait: 0 };
  let last: Candidate | undefined;
  while (next) {
    const { candidate, wait } = next;
    if (wait > 0) await sleep(clock, wait, signal);
    if (signal?.aborted) return { attempts, error: attempts.length === 0 ? neverAsked(hook, signal) : cancelled(hook, signal) };
    if (clock.now() >= deadline) break;
    const began = clock.now();
    if (candidate.tries === 0) candidate.until = Math.min(deadline, began + candidate.instance.timeout);
    const asked = await askInstance(sequence, candidate.instance, candidate.until);
    const { instance, error } = asked;
    attempts.push(attemptOf(asked, candidate, attempts.length, clock.now() - began));
    sequence.seen(instance, error);
    if (!error) return { attempts, answer: asked.answer, instance };
    candidate.tries += 1;
    candidate.error = error;
    last = candidate;
    next = error.code === "cancelled" ? undefined : following(sequence, candidates, candidate, error);
  }
  if (!last) return { attempts, error: candidates.length === 0 ? nobody(sequence) : expired(hook) };
  return { attempts, instance: last.instance, error: last.error ?? expired(hook) };
}

/** Whom to ask after an error, and how long to wait before; undefined when the call ends with it. */
function following(
  sequence: Sequence,
  candidates: readonly Candidate[],
  candidate: Candidate,
  error: HooklineError,
): { candidate: Candidate; wait: number } | undefined {
  const { retry_after_ms } = error;
  // A limit that ends in time is waited for; one that does not is a reason to ask another.
  if (error.code === "rate_limited" && retry_after_ms !== undefined && mayRetry(sequence, candidate, retry_after_ms)) {
    return { candidate, wait: retry_after_ms };
  }
  const untried = candidates.find((one) => one.tries === 0 && mayMoveOn(sequence, error, one.instance));
  if (untried) return { candidate: untried, wait: 0 };
  const others = mayMoveOn(sequence, error, undefined) ? candidates : [candidate];
  for (const one of [...others].sort((a, b) => a.tries - b.tries)) {
    const wait = backoff(one.tries, { retryAfter: one.error?.retry_after_ms, random: sequence.random });
    if (mayRetry(sequence, one, wait)) return { candidate: one, wait };
  }
  return undefined;
}

function mayMoveOn({ selection, spec, request }: Sequence, error: HooklineError, next: TableInstance | undefined): boolean {
  const { failoverOn, onMaybe } = selection;
  const isAllowed =
    error.code !== "recipient_blocked" &&
    (error.failover === true || failoverOn.includes(error.code) || (error.failover === "if_fits" && next !== undefined && fits(request, next)));
  return isAllowed && (error.dispatched === "no" || onMaybe === "resend" || spec.safe === true);
}

function mayRetry({ selection, spec, hook, clock }: Sequence, { instance, error, tries, until }: Candidate, wait: number): boolean {
  if (!error?.retryable || tries > instance.maxRetries || clock.now() + wait >= until) return false;
  return error.dispatched === "no" || selection.onMaybe === "resend" || spec.safe === true || isIdempotent(instance, hook);
}

/** True when the platform itself sends once per idempotency key. */
function isIdempotent({ generation }: TableInstance, hook: string): boolean {
  return generation?.build.found.manifest.idempotent?.includes(hook) ?? false;
}

/** True when the plugin says how much it takes, and the message is not more. */
function fits({ content, attachments }: Readonly<Record<string, unknown>>, { generation }: TableInstance): boolean {
  const limits = generation?.build.found.manifest.limits;
  const text = typeof content === "object" && content !== null && "text" in content ? String(content.text ?? "") : "";
  if (limits?.payload_bytes !== undefined) return JSON.stringify([content, attachments]).length <= limits.payload_bytes;
  return limits?.text_length !== undefined && text.length <= limits.text_length;
}

function attemptOf({ instance, error }: Asked, { tries }: Candidate, before: number, ms: number): Attempt {
  return {
    instance: instance.id,
    generation: instance.generation?.number ?? 0,
    n: before + 1,
    ms,
    reason: tries > 0 ? "retry" : before === 0 ? "primary" : "failover",
    outcome: error ? "failed" : "ok",
    ...(error && { error: error.toJSON() }),
  };
}

function nobody({ hook, selection: { leftOut, route } }: Sequence): HooklineError {
  const told = leftOut.filter(({ code }) => code !== "not_chosen");
  const why = told.map(({ instance, reason }) => `${instance}: ${reason}`).join("; ");
  const code = (["circuit_open", "plugin_unavailable"] as const).find((one) => told.some((left) => left.code === one)) ?? "unsupported";
  const hint = why || `the route ${route.name} names no live instance`;
  return new HooklineError(code, { hook, reason: `nobody is there to answer ${hook} (${hint})` });
}

function expired(hook: string): HooklineError {
  return new HooklineError("expired", { hook, reason: `the deadline of ${hook} passed before an instance was asked` });
}

function neverAsked(hook: string, signal: AbortSignal): HooklineError {
  return new HooklineError("cancelled", { hook, reason: `the caller gave ${hook} up before an instance was asked` }, { cause: signal.reason });
}
