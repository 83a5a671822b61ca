import type { Item } from "../contract/communication.ts";
import { HooklineError } from "../errors.ts";
import type { TableInstance } from "../table.ts";
import type { Sequence } from "./callInSequence.ts";
import { subjectOf } from "./subjectOf.ts";

/**
 * Asks once, or, when the request lists more members or recipients than the plugin takes at a time, once per part, in order; the
 * items of all parts are the answer's. What fails after a part has succeeded is in the items, and does not undo it.
 */
export function askInChunks(sequence: Sequence, instance: TableInstance, ask: Ask): Promise<unknown> {
  const { spec, request } = sequence;
  const { items: list } = spec;
  const size =
    list === undefined ? undefined : instance.generation?.build.found.manifest.limits?.[list === "to" ? "recipients" : "members"];
  const whole: unknown = list === undefined ? undefined : request[list];
  if (list === undefined || size === undefined || !Array.isArray(whole) || whole.length <= size) return ask(request);
  return askInParts(sequence, instance, ask, { list, whole, size });
}

type Ask = (request: Record<string, unknown>) => Promise<unknown>;

async function askInParts(
  { request, hook }: Sequence,
  instance: TableInstance,
  ask: Ask,
  { list, whole, size }: { list: string; whole: readonly unknown[]; size: number },
): Promise<unknown> {
  const items: Item[] = [];
  let first: object | undefined;
  let failure: HooklineError | undefined;
  for (let start = 0; start < whole.length; start += size) {
    const part = whole.slice(start, start + size);
    try {
      if (failure && !goesOn(failure)) throw notAsked(failure);
      const key = request.idempotency_key;
      // Each part is a call of its own to the platform.
      const own = typeof key === "string" && start > 0 ? { idempotency_key: `${key}.${start / size}` } : {};
      const answer = await ask({ ...request, ...own, [list]: part });
      if (typeof answer === "object" && answer !== null) {
        first ??= answer;
        items.push(...itemsOf(answer, part));
      }
    } catch (cause) {
      const error = HooklineError.attribute(cause, { instance: instance.id, hook });
      // Nothing has happened yet: it is the error of the whole, unless it is about some of the recipients.
      if (items.length === 0 && !isOfRecipients(error)) throw error;
      failure = error;
      const { code, message, dispatched } = error;
      items.push(
        ...part.map((one) => ({ subject: subjectOf(one), status: "failed" as const, error: { code, message, dispatched } })),
      );
    }
  }
  return { ...first, items };
}

function isOfRecipients({ code }: HooklineError): boolean {
  return code === "invalid_recipient" || code === "recipient_blocked";
}

/** After another error the next part would fail the same way, or the instance wants to be left alone. */
function goesOn({ code }: HooklineError): boolean {
  return ["invalid_recipient", "recipient_blocked", "invalid_request", "not_found", "conflict", "payload_too_large"].includes(
    code,
  );
}

/** The error of a part that is not sent because the one before it failed. */
function notAsked(failure: HooklineError): HooklineError {
  return failure.dispatched === "no"
    ? failure
    : new HooklineError(failure.code, { ...failure.details, dispatched: "no" }, { cause: failure });
}

function itemsOf(answer: object, part: readonly unknown[]): Item[] {
  if ("items" in answer && Array.isArray(answer.items)) return answer.items;
  return part.map((one) => ({ subject: subjectOf(one), status: "sent" }));
}
