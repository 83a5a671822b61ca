import type { Item } from "../contract/communication.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import { routedFields } from "../contract/shapes.ts";
import { HooklineError } from "../errors.ts";
import type { TableInstance } from "../table.ts";
import type { Sequence } from "./callInSequence.ts";
import { subjectOf } from "./subjectOf.ts";

/**
 * Asks once, or, when the request lists more members or recipients than the plugin takes at a time, once per part, in order; the
 * items of all parts are the answer's. What fails after a part has succeeded is in the items, and does not undo it. Of a hook that
 * makes something, the first part makes it, and the others go through the hook that adds to it.
 */
export function askInChunks(sequence: Sequence, instance: TableInstance, ask: Ask): Promise<unknown> {
  const { spec, request } = sequence;
  const list = spec.items ?? spec.overflow?.list;
  if (list === undefined) return ask(request);
  const { limits } = instance.generation?.build.found.manifest ?? {};
  const size = limits?.[list === "to" ? "recipients" : "members"];
  const whole: unknown = request[list];
  if (size === undefined || !Array.isArray(whole) || whole.length <= size) return ask(request);
  return askInParts(sequence, instance, ask, { list, whole, size });
}

/** The hook that a part goes through, when it is not the one that was called. */
export type Through = Pick<Sequence, "hook" | "spec">;

type Ask = (request: Record<string, unknown>, through?: Through) => Promise<unknown>;

async function askInParts(
  { request, hook, spec: { overflow } }: Sequence,
  instance: TableInstance,
  ask: Ask,
  { list, whole, size }: { list: string; whole: readonly unknown[]; size: number },
): Promise<unknown> {
  if (overflow && !instance.generation?.answers.includes(overflow.hook)) throw tooMany(instance, hook, overflow.hook, size);
  const items: Item[] = [];
  let first: object | undefined;
  let failure: HooklineError | undefined;
  for (let start = 0; start < whole.length; start += size) {
    const part = whole.slice(start, start + size);
    try {
      if (failure && !goesOn(failure)) throw notAsked(failure);
      if (overflow && first && "pending" in first && first.pending === true) throw notYet(hook, overflow.hook);
      const key = request.idempotency_key;
      // Each part is a call of its own to the platform.
      const own = typeof key === "string" && start > 0 ? { idempotency_key: `${key}.${start / size}` } : {};
      const answer =
        overflow && first
          ? await ask({ ...overflowRequest(request, overflow, first, part), ...own }, overflow)
          : await ask({ ...request, ...own, [list]: part });
      if (typeof answer === "object" && answer !== null) {
        first ??= answer;
        items.push(...itemsOf(answer, part, list === "to" ? "sent" : "added"));
      }
    } catch (cause) {
      const error = HooklineError.attribute(cause, { instance: instance.id, hook });
      // Nothing has happened yet: it is the error of the whole, unless it is about some of the recipients.
      if (overflow ? first === undefined : items.length === 0 && !isOfRecipients(error)) throw error;
      failure = error;
      const { code, message, dispatched } = error;
      items.push(
        ...part.map((one) => ({ subject: subjectOf(one), status: "failed" as const, error: { code, message, dispatched } })),
      );
    }
  }
  return { ...first, items };
}

/** The request that adds to what was made. */
export function overflowRequest(
  request: Readonly<Record<string, unknown>>,
  { ref, list }: NonNullable<HookSpec["overflow"]>,
  made: object,
  part: readonly unknown[],
): Record<string, unknown> {
  const shared = Object.entries(request).filter(([field]) => routedFields.includes(field));
  return { ...Object.fromEntries(shared), [ref]: "id" in made ? made.id : undefined, [list]: part };
}

function tooMany({ id: instance }: TableInstance, hook: string, needed: string, size: number): HooklineError {
  const reason = `it takes ${size} members at a time, and cannot add the others: it does not implement ${needed}; name fewer`;
  // Another instance says itself whether it takes them.
  return new HooklineError("payload_too_large", { instance, hook, reason, failover: true });
}

/** True for an error about the recipients of one part; a plugin says `penalize: "never"` of such an error, whatever its code. */
function isOfRecipients({ penalize }: HooklineError): boolean {
  return penalize === "never";
}

/** What the platform finishes later has no id yet that anything could be added to. */
function notYet(hook: string, next: string): HooklineError {
  return new HooklineError("conflict", {
    reason: `${hook} is not finished yet; call ${next} for this one when the platform has said so`,
  });
}

/** After another error the next part would fail the same way, or the instance wants to be left alone. */
function goesOn(error: HooklineError): boolean {
  const ofOnePart = ["invalid_request", "not_found", "conflict", "payload_too_large"];
  return isOfRecipients(error) || ofOnePart.includes(error.code);
}

/** The error of a part that is not sent because the one before it failed. */
function notAsked(failure: HooklineError): HooklineError {
  return failure.dispatched === "no"
    ? failure
    : new HooklineError(failure.code, { ...failure.details, dispatched: "no" }, { cause: failure });
}

function itemsOf(answer: object, part: readonly unknown[], status: "sent" | "added"): Item[] {
  if ("items" in answer && Array.isArray(answer.items)) return answer.items;
  return part.map((one) => ({ subject: subjectOf(one), status }));
}
