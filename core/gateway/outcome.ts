import type { Item } from "../contract/communication.ts";
import { type ErrorData, HooklineError } from "../errors.ts";

/** One try at one instance. */
export interface Attempt {
  instance: string;
  generation: number;
  /** Counts from 1 over the whole call. */
  n: number;
  /** How long it took, in milliseconds. */
  ms: number;
  outcome: "ok" | "failed";
  reason: "primary" | "retry" | "failover";
  error?: ErrorData;
}

/** What became of one recipient or member, with its place in the request. */
export interface OutcomeItem extends Item {
  index: number;
}

/** What became of a routed call: a value, never a bare boolean. */
export interface Outcome<Value = unknown> {
  status: "ok" | "partial" | "failed" | "queued" | "dry_run";
  /** The answer of the instance that succeeded. */
  value?: Value;
  items?: OutcomeItem[];
  /** Why it failed: the error that ended the call. */
  error?: ErrorData;
  attempts: Attempt[];
  /** Which rule chose, and who answered. Without a rule the name is "priority". */
  route: { name: string; instance?: string };
  warnings: string[];
  request_id: string;
  /** For a list of channels: the outcome of each. */
  channels?: Record<string, Outcome<Value>>;
  timing: { ms: number };
}

/** The value of an outcome that is `ok` or `partial`; throws the outcome's error otherwise. */
export function unwrap<Value>(outcome: Outcome<Value>): Value {
  const { status, value, error } = outcome;
  if ((status === "ok" || status === "partial") && value !== undefined) return value;
  if (error) throw errorFrom(error);
  throw new HooklineError("unsupported", { reason: `an outcome "${status}" has no value to unwrap` });
}

function errorFrom({ code, message, ...facts }: ErrorData): HooklineError {
  const error = new HooklineError(code, { ...facts, reason: message });
  error.message = message;
  return error;
}

/** `ok`, or `partial`/`failed` when some or all of the items failed. */
export function statusOf(items: readonly Item[] | undefined): "ok" | "partial" | "failed" {
  const failed = items?.filter((item) => item.status === "failed").length ?? 0;
  if (failed === 0) return "ok";
  return failed === items?.length ? "failed" : "partial";
}

/** One outcome for a list of channels: each keeps its own, none hides another. */
export function mergeOutcomes<Value>(channels: Record<string, Outcome<Value>>, request_id: string, ms: number): Outcome<Value> {
  const all = Object.values(channels);
  const good = all.filter(({ status }) => status !== "failed");
  const status =
    good.length === 0 ? "failed" : all.every((one) => one.status === all[0]?.status) ? (all[0]?.status ?? "ok") : "partial";
  return {
    status,
    value: good[0]?.value,
    error: all.find(({ error }) => error)?.error,
    attempts: all.flatMap(({ attempts }) => attempts).map((attempt, index) => ({ ...attempt, n: index + 1 })),
    route: { name: "channels", instance: good[0]?.route.instance },
    warnings: all.flatMap(({ warnings }) => warnings),
    request_id,
    channels,
    timing: { ms },
  };
}
