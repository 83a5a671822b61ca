import type { Clock } from "../clock.ts";
import { checkRequest } from "../contract/checkRequest.ts";
import { type CommunicationContract, communication, type InboundEvent } from "../contract/communication.ts";
import type { CheckedAnswerOf } from "../contract/defineContract.ts";
import { type ErrorData, HooklineError } from "../errors.ts";
import type { TablePointer } from "../table.ts";
import { callDirect } from "./callDirect.ts";
import type { SeenEvents } from "./seenEvents.ts";
import { waitFor } from "./waitFor.ts";

/** An HTTP request of a platform, as your server received it. */
export interface WebhookRequest {
  method: string;
  /** As your server has them, `request.headers` of node:http or the standard `Headers`; plugins get the names in lower case. */
  headers: Headers | Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Of the URL. */
  query?: Readonly<Record<string, string>>;
  /** The body before anything parsed it: a signature is made over its bytes. */
  raw_body: string | Uint8Array;
}

/** What to answer the platform, and what the request has told. */
export interface WebhookAnswer {
  /** 200 unless the plugin chose another; 503 or 500 when it failed, so that the platform delivers again. */
  status: number;
  headers: Record<string, string>;
  /** Empty unless the plugin gave one. */
  body: string;
  /** The events that are new: each was passed on as `event_received`. */
  events: InboundEvent[];
  /** The events that were passed on before, in an earlier delivery: not passed on again. */
  duplicates: InboundEvent[];
  /** Why the status is 503 or 500. For your log, not for the platform. */
  error?: ErrorData;
}

/** What a webhook needs of the host. */
export interface WebhookDesk {
  pointer: TablePointer;
  clock: Clock;
  seen: SeenEvents;
  /** Every instance of the configuration, also those that do not run. */
  instances(): string[];
  /** Why an instance does not run. */
  problemOf(instance: string): string;
  /** Passes an event on as `event_received`, as `context.emit` does. */
  passOn(instance: string, event: InboundEvent): void;
  /** Hears of every webhook that the plugin failed to handle. */
  onError(error: HooklineError): void;
}

const hook = "handle_webhook";
const spec = communication.hooks[hook];

/**
 * Gives an HTTP request to an instance's `handle_webhook` and passes its events on, each once. Throws `instance_unknown`,
 * `invalid_request`, and `unsupported` for an instance that handles no webhooks; what the plugin throws is an answer of 503 or 500.
 */
export async function handleWebhook(desk: WebhookDesk, id: string, given: WebhookRequest): Promise<WebhookAnswer> {
  const request = checkRequest(hook, spec, withPlainHeaders(given));
  const known = desk.instances();
  if (!known.includes(id)) throw new HooklineError("instance_unknown", { id, known });
  await restarted(desk, id);
  const table = desk.pointer.current;
  const { generation } = table.instances.get(id) ?? {};
  if (!generation) {
    const reason = `it cannot take a webhook now: ${desk.problemOf(id)}`;
    return failed(desk, new HooklineError("plugin_unavailable", { instance: id, hook, reason }));
  }
  if (!generation.answers.includes(hook)) {
    throw new HooklineError("unsupported", { instance: id, hook, reason: "its plugin takes no webhooks" });
  }
  try {
    // The answer was checked against the contract.
    const answer = (await callDirect(table, { hook, spec, request, instance: id })) as Answer;
    return { ...answerTo(answer), ...passedOn(desk, id, answer.events) };
  } catch (cause) {
    return failed(desk, HooklineError.attribute(cause, { instance: id, hook }));
  }
}

type Answer = CheckedAnswerOf<CommunicationContract, typeof hook>;

/** One text each; the contract brings the names into lower case. */
function withPlainHeaders(given: unknown): unknown {
  if (typeof given !== "object" || given === null || !("headers" in given)) return given;
  const { headers } = given;
  if (typeof headers !== "object" || headers === null) return given;
  // The `Headers` of another realm or package are none of ours, and have no properties of their own either.
  const entries: [string, unknown][] = isIterable(headers) ? [...headers] : Object.entries(headers);
  const plain = entries.flatMap(([name, value]) =>
    value === undefined ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
  );
  return { ...given, headers: Object.fromEntries(plain) };
}

function isIterable(headers: object): headers is Headers {
  return Symbol.iterator in headers && !Array.isArray(headers);
}

/** Waits while the instance is being restarted, at most as long as a call to it may take. */
async function restarted({ pointer, clock }: WebhookDesk, id: string): Promise<void> {
  const first = pointer.current.instances.get(id);
  const deadline = clock.now() + (first?.timeout ?? 0);
  for (let gate = first?.gate; gate && clock.now() < deadline; gate = pointer.current.instances.get(id)?.gate) {
    await waitFor(clock, gate, { deadline });
  }
}

/**
 * Passes each event on unless it was before. That an event was seen is written down when it has been passed on, with nothing in
 * between: of two deliveries at once one passes it on, and one that failed on its way leaves nothing behind.
 */
function passedOn(
  { seen, passOn }: WebhookDesk,
  instance: string,
  all: readonly InboundEvent[],
): Pick<WebhookAnswer, "events" | "duplicates"> {
  const events: InboundEvent[] = [];
  const duplicates: InboundEvent[] = [];
  for (const event of all) {
    const { id } = event;
    if (id && seen.has(instance, id)) {
      duplicates.push(event);
      continue;
    }
    passOn(instance, event);
    if (id) seen.add(instance, id);
    events.push(event);
  }
  return { events, duplicates };
}

function answerTo({ response }: Answer): Pick<WebhookAnswer, "status" | "headers" | "body"> {
  return { status: response?.status ?? 200, headers: response?.headers ?? {}, body: response?.body ?? "" };
}

/** Anything but a 2xx makes a platform deliver again; the body stays empty, since the reason is nothing of its. */
function failed({ onError }: WebhookDesk, error: HooklineError): WebhookAnswer {
  onError(error);
  const { retryable, retry_after_ms } = error;
  const headers: Record<string, string> = {};
  if (retryable && retry_after_ms !== undefined) headers["retry-after"] = String(Math.ceil(retry_after_ms / 1_000));
  return { status: retryable ? 503 : 500, headers, body: "", events: [], duplicates: [], error: error.toJSON() };
}
