import type { Clock } from "../clock.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import { type ErrorFacts, HooklineError } from "../errors.ts";
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
  /** Instances whose platform may have acted although they failed: what was sent to another after them may have been sent twice. */
  doubtful: string[];
}

/** One instance in the sequence. */
interface Candidate {
  instance: TableInstance;
  tries: number;
  /** When its time is over, tries and waits included; set with the first try. */
  until: number;
  error?: HooklineError;
  /** The worst of its errors, but for a hook that changes nothing: what may have happened is not undone by a later error. */
  dispatched: ErrorFacts["dispatched"];
}

/**
 * Asks the selected instances until one answers, an error forbids to go on, or tries and time are used up. The next instance is
 * asked before the same one again, but for a rate limit that ends in time.
 */
export async function callInSequence(sequence: Sequence): Promise<SequenceResult> {
  const { clock, hook, spec, signal, deadline, selection } = sequence;
  const attempts: Attempt[] = [];
  const candidates = selection.instances.map(
    (instance): Candidate => ({ instance, tries: 0, until: deadline, dispatched: "no" }),
  );
  let next = candidates[0] && { candidate: candidates[0], wait: 0 };
  let last: Candidate | undefined;
  while (next) {
    const { candidate, wait } = next;
    if (wait > 0) await sleep(clock, wait, signal);
    if (signal?.aborted) {
      const doubtful = doubtfulOf(candidates);
      return { attempts, error: cancelled(hook, signal, doubtful.length > 0 ? "maybe" : "no"), doubtful };
    }
    const began = clock.now();
    if (began >= deadline) break;
    if (candidate.tries === 0) candidate.until = Math.min(deadline, began + candidate.instance.timeout);
    const asked = await askInstance(sequence, candidate.instance, candidate.until);
    const { instance, error } = asked;
    attempts.push(attemptOf(asked, candidate, attempts.length, clock.now() - began));
    sequence.seen(instance, error);
    if (!error) {
      const doubtful =
        attempts.length === 1 ? none : doubtfulOf(candidates, isIdempotent(instance, hook) ? candidate : undefined);
      return { attempts, answer: asked.answer, instance, doubtful };
    }
    candidate.tries += 1;
    candidate.error = error;
    if (spec.safe !== true) candidate.dispatched = worse(candidate.dispatched, error.dispatched);
    last = candidate;
    next = isFinal(error) ? undefined : following(sequence, candidates, candidate, error);
  }
  if (!last) return { attempts, error: candidates.length === 0 ? nobody(sequence) : expired(hook), doubtful: none };
  return { attempts, instance: last.instance, error: last.error ?? expired(hook), doubtful: doubtfulOf(candidates) };
}

const none: string[] = [];

/** After these nobody is asked again, whatever a plugin says of them: a STOP must not be evaded. */
function isFinal({ code }: HooklineError): boolean {
  return code === "cancelled" || code === "recipient_blocked";
}

function worse(one: ErrorFacts["dispatched"], other: ErrorFacts["dispatched"]): ErrorFacts["dispatched"] {
  return one === "yes" || other === "no" ? one : other;
}

function doubtfulOf(candidates: readonly Candidate[], except?: Candidate): string[] {
  return candidates.filter((one) => one.dispatched !== "no" && one !== except).map(({ instance }) => instance.id);
}

/** Whom to ask after an error, and how long to wait before; undefined when the call ends with it. */
function following(
  sequence: Sequence,
  candidates: readonly Candidate[],
  candidate: Candidate,
  error: HooklineError,
): { candidate: Candidate; wait: number } | undefined {
  // A limit that ends in time is waited for; one that does not is a reason to ask another.
  if (error.code === "rate_limited" && error.retry_after_ms !== undefined) {
    const wait = Math.max(error.retry_after_ms, restOf(sequence, candidate));
    if (mayRetry(sequence, candidate, wait)) return { candidate, wait };
  }
  const untried = candidates.find((one) => one.tries === 0 && mayMoveOn(sequence, candidate, error, one.instance));
  if (untried) return { candidate: untried, wait: 0 };
  const others = mayMoveOn(sequence, candidate, error, undefined) ? candidates : [candidate];
  for (const one of [...others].sort((a, b) => a.tries - b.tries)) {
    const wait = backoff(one.tries, { retryAfter: one.error?.retry_after_ms, random: sequence.random });
    if (mayRetry(sequence, one, wait)) return { candidate: one, wait };
  }
  return undefined;
}

function mayMoveOn(
  sequence: Sequence,
  { dispatched }: Candidate,
  error: HooklineError,
  next: TableInstance | undefined,
): boolean {
  const isAllowed =
    error.failover === true ||
    sequence.selection.failoverOn.includes(error.code) ||
    (error.failover === "if_fits" && next !== undefined && fits(sequence.request, next));
  return isAllowed && mayDouble(sequence, dispatched);
}

function mayRetry(sequence: Sequence, candidate: Candidate, wait: number): boolean {
  const { instance, error, tries, until, dispatched } = candidate;
  if (!error?.retryable || tries > instance.maxRetries || sequence.clock.now() + wait >= until) return false;
  // A circuit that has opened meanwhile would only turn the retry away.
  return restOf(sequence, candidate) <= wait && (mayDouble(sequence, dispatched) || isIdempotent(instance, sequence.hook));
}

/** How long the circuit of an instance lets nobody through. */
function restOf({ guards }: Sequence, { instance }: Candidate): number {
  return guards.circuit(instance)?.retry_in_ms ?? 0;
}

/** True when to ask again does no harm, or the route takes the risk; what surely happened is never asked for twice. */
function mayDouble({ selection }: Sequence, dispatched: ErrorFacts["dispatched"]): boolean {
  return dispatched === "no" || (dispatched === "maybe" && selection.onMaybe === "resend");
}

/** True when the platform itself sends once per idempotency key. */
function isIdempotent({ generation }: TableInstance, hook: string): boolean {
  return generation?.build.found.manifest.idempotent?.includes(hook) ?? false;
}

/** True when the plugin says how much it takes, and the message is not more. */
function fits({ content, attachments }: Readonly<Record<string, unknown>>, { generation }: TableInstance): boolean {
  const { payload_bytes, text_length } = generation?.build.found.manifest.limits ?? {};
  if (payload_bytes === undefined && text_length === undefined) return false;
  const text = typeof content === "object" && content !== null && "text" in content ? String(content.text ?? "") : "";
  if (text_length !== undefined && text.length > text_length) return false;
  return payload_bytes === undefined || Buffer.byteLength(JSON.stringify([content, attachments])) <= payload_bytes;
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
  const code =
    (["circuit_open", "plugin_unavailable"] as const).find((one) => told.some((left) => left.code === one)) ?? "unsupported";
  const hint =
    why ||
    (route.name === "priority" ? "no enabled instance serves the channel" : `the route ${route.name} names no live instance`);
  return new HooklineError(code, { hook, reason: `nobody is there to answer ${hook} (${hint})` });
}

function expired(hook: string): HooklineError {
  return new HooklineError("expired", { hook, reason: `the deadline of ${hook} passed before an instance was asked` });
}
