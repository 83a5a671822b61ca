import type { Item } from "../contract/communication.ts";
import { HooklineError } from "../errors.ts";
import type { TableInstance } from "../table.ts";
import type { Sequence } from "./callInSequence.ts";

/**
 * Asks once, or, when the request lists more members or recipients than the plugin takes at a time, once per part, in order; the
 * items of all parts are the answer's. What fails after a part has succeeded is in the items, and does not undo it.
 */
export async function askInChunks(
  { spec, request, hook }: Sequence,
  instance: TableInstance,
  ask: (request: Record<string, unknown>) => Promise<unknown>,
): Promise<unknown> {
  const { items: list } = spec;
  const size = list === undefined ? undefined : instance.generation?.build.found.manifest.limits?.[list === "to" ? "recipients" : "members"];
  const whole: unknown = list === undefined ? undefined : request[list];
  if (list === undefined || size === undefined || !Array.isArray(whole) || whole.length <= size) return ask(request);
  const items: Item[] = [];
  let first: object | undefined;
  let failure: HooklineError | undefined;
  for (let start = 0; start < whole.length; start += size) {
    const part = whole.slice(start, start + size);
    try {
      if (failure && !goesOn(failure)) throw failure;
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
      if (!first && start === 0) throw error;
      failure = error;
      items.push(...part.map((one) => ({ subject: subjectOf(one), status: "failed" as const, error: { code: error.code, message: error.message } })));
    }
  }
  return { ...first, items };
}

/** After these the next part would fail the same way. */
function goesOn({ code }: HooklineError): boolean {
  return code !== "auth" && code !== "permission" && code !== "cancelled" && code !== "timeout" && code !== "quota_exceeded";
}

function itemsOf(answer: object, part: readonly unknown[]): Item[] {
  if ("items" in answer && Array.isArray(answer.items)) return answer.items;
  return part.map((one) => ({ subject: subjectOf(one), status: "sent" }));
}

function subjectOf(one: unknown): string {
  if (typeof one !== "object" || one === null) return String(one);
  if ("who" in one) return subjectOf(one.who);
  return "value" in one ? String(one.value) : "";
}
