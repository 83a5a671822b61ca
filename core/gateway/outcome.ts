import { createHash } from "node:crypto";
import type { Item } from "../contract/communication.ts";
import { type ErrorCode, type ErrorData, errorTable, HooklineError } from "../errors.ts";
import { subjectOf } from "./subjectOf.ts";

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
  route: { name: string; instance?: string; arm?: string; bucket?: number };
  warnings: string[];
  request_id: string;
  /** With an `idempotency_key`: `replayed` is an outcome of before, nothing was sent again. */
  idempotent?: "fresh" | "replayed";
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

/**
 * The items of an answer, with their places in the list of the request: by their subject, and where that is not in the list, by
 * their order.
 */
export function itemsOf(answer: unknown, list: unknown): OutcomeItem[] | undefined {
  if (typeof answer !== "object" || answer === null || !("items" in answer) || !Array.isArray(answer.items)) return undefined;
  const subjects: (string | undefined)[] = Array.isArray(list) ? list.map(subjectOf) : [];
  return answer.items.map((item: Item, order) => {
    const place = subjects[order] === item.subject ? order : subjects.indexOf(item.subject);
    if (place >= 0) subjects[place] = undefined;
    return { ...item, index: place >= 0 ? place : order };
  });
}

/** The error of an answer of which every item failed. */
export function allFailed(items: readonly Item[], { instance, hook }: { instance: string; hook: string }): ErrorData {
  const { code = "", message = "no reason given" } = items[0]?.error ?? {};
  const dispatched = items.some(isDoubtful) ? "maybe" : "no";
  const reason = items.length === 1 ? message : `all ${items.length} failed, the first: ${message}`;
  return new HooklineError(isErrorCode(code) ? code : "plugin_error", { instance, hook, reason, dispatched }).toJSON();
}

/** True for a failed item that the platform may have carried out all the same. */
function isDoubtful({ error }: Item): boolean {
  const { code = "", dispatched } = error ?? {};
  return (dispatched ?? (isErrorCode(code) ? errorTable[code].dispatched : "no")) !== "no";
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}

/** True when calling again has something left to do, and does nothing twice. */
export function isUnfinished({ status, error, items, channels }: Outcome): boolean {
  if (status === "failed") return error?.dispatched === "no";
  if (status !== "partial") return false;
  if (channels) return Object.values(channels).some(isUnfinished);
  return items?.some((item) => item.status === "failed" && !isDoubtful(item)) ?? false;
}

/** The request for what failed of an outcome, and the places of that; undefined when the outcome does not say what did. */
export function onlyFailed(
  { items }: Outcome,
  request: Readonly<Record<string, unknown>>,
  list: string | undefined,
): { request: Readonly<Record<string, unknown>>; places: number[] } | undefined {
  const whole: unknown = list === undefined ? undefined : request[list];
  if (list === undefined || !items || !Array.isArray(whole) || items.length !== whole.length) return undefined;
  const places = items.filter((item) => item.status === "failed" && !isDoubtful(item)).map(({ index }) => index);
  // To the platform it is another request, which must not share the key of the first.
  const idempotency_key = createHash("sha256")
    .update(JSON.stringify([request.idempotency_key, places]))
    .digest("hex");
  return { request: { ...request, idempotency_key, [list]: places.map((place) => whole[place]) }, places };
}

/** A partial outcome with what a later call of the rest has come to. */
export function mergeItems(before: Outcome, places: readonly number[], after: Outcome): Outcome {
  const items = before.items?.map((item): OutcomeItem => {
    const order = places.indexOf(item.index);
    if (order < 0) return item;
    const now = after.items?.find(({ index }) => index === order);
    if (now) return { ...now, index: item.index };
    // Without items the answer is the same for all of them.
    const { error: _, ...sent } = item;
    if (!after.error) return { ...sent, status: "sent" };
    const { code, message, dispatched } = after.error;
    return { ...item, error: { code, message, dispatched } };
  });
  const parts = items?.map(({ index: _, ...item }) => item);
  const value =
    typeof before.value === "object" && before.value !== null && parts ? { ...before.value, items: parts } : before.value;
  return { ...after, status: statusOf(items), value, ...(items && { items }) };
}

/** One outcome for several channels: each keeps its own, none hides another. */
export function mergeOutcomes(
  channels: Record<string, Outcome>,
  strategy: "all" | "first",
  { request_id, route, ms }: { request_id: string; route: { name: string }; ms: number },
): Outcome {
  const all = Object.values(channels);
  const good = all.filter(({ status }) => status !== "failed");
  const same = all.every(({ status }) => status === all[0]?.status) ? all[0]?.status : "partial";
  const status = good.length === 0 ? "failed" : strategy === "first" ? (good[0]?.status ?? "failed") : (same ?? "failed");
  const value = good[0]?.value;
  const error = status === "ok" ? undefined : worstOf(all.flatMap((one) => one.error ?? []));
  return {
    status,
    ...(value !== undefined && { value }),
    ...(error && { error }),
    attempts: all.flatMap(({ attempts }) => attempts).map((attempt, index) => ({ ...attempt, n: index + 1 })),
    route: { ...route, ...(good[0]?.route.instance && { instance: good[0].route.instance }) },
    warnings: all.flatMap(({ warnings }) => warnings),
    request_id,
    channels,
    timing: { ms },
  };
}

/** The first error, with what may have happened in any of the channels. */
function worstOf(errors: readonly ErrorData[]): ErrorData | undefined {
  const doubtful = errors.find(({ dispatched }) => dispatched !== "no");
  return errors[0] && doubtful ? { ...errors[0], dispatched: doubtful.dispatched } : errors[0];
}
