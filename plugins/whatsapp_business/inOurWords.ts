import { type ErrorCode, type ErrorDetails, HooklineError, parseJson, z } from "hookline";

interface Meaning extends Pick<ErrorDetails, "retryable" | "failover" | "penalize" | "retry_after_ms"> {
  code: ErrorCode;
  /** What to do, as the end of the sentence. */
  advice?: string;
}

const newToken = "put a valid access token of a system user into api_token";
const notAllowed = "give the token's app the permission, or use a number that has it";
const rateLimited = { code: "rate_limited" } as const;
const unavailable = { code: "unavailable" } as const;
const badRequest = { code: "invalid_request" } as const;
const badTemplate = { code: "unsupported", advice: "see the template in WhatsApp Manager: name, language, status" } as const;
const badVariables = { code: "invalid_request", advice: "give the variables that the template has" } as const;

// https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes, and …/whatsapp/groups/error-codes
const meanings = new Map<number, Meaning>([
  [0, { code: "auth", advice: newToken }],
  [1, unavailable],
  [2, unavailable],
  [3, { code: "permission", advice: notAllowed }],
  [4, rateLimited],
  [10, { code: "permission", advice: notAllowed }],
  [100, badRequest],
  [190, { code: "auth", advice: newToken }],
  [368, { code: "permission", advice: "the account is restricted for a violation of policy" }],
  [80007, rateLimited],
  [130429, rateLimited],
  [130472, { code: "unsupported", advice: "Meta keeps marketing from this person as part of an experiment" }],
  [130497, { code: "permission", advice: "the account may not write to people in this country" }],
  [131000, unavailable],
  [131005, { code: "permission", advice: notAllowed }],
  [131008, badRequest],
  [131009, badRequest],
  [131016, unavailable],
  [131020, { code: "invalid_recipient", advice: "nobody else is in the group" }],
  [131021, { code: "invalid_recipient", advice: "a number cannot write to itself" }],
  [131026, { code: "invalid_recipient", advice: "the number is not on WhatsApp, or cannot get this message" }],
  [131030, { code: "invalid_recipient", advice: "add the number to the allowed list of the test number" }],
  [131031, { code: "auth", advice: "the account is locked" }],
  [131037, { code: "permission", advice: "the display name of the number is not approved yet" }],
  [131041, { code: "not_found", advice: "WhatsApp does not know the group" }],
  [131042, { code: "quota_exceeded", advice: "see the payment settings of the account" }],
  [131045, { code: "auth", advice: "register the sending number" }],
  [131047, { code: "unsupported", advice: "the 24 hours since their last message are over: send a template" }],
  [131048, { code: "quota_exceeded", advice: "too many people blocked or reported this number" }],
  // Meta asks not to try again soon; a limit of one person says nothing about the instance.
  [131049, { ...rateLimited, retryable: false, penalize: "never", advice: "this person gets no more marketing for now" }],
  [131050, { code: "recipient_blocked", advice: "this person has stopped marketing messages" }],
  [131051, { code: "unsupported" }],
  [131052, badRequest],
  [131053, badRequest],
  [131055, { code: "unsupported" }],
  // One message in six seconds to the same person.
  [131056, { ...rateLimited, penalize: "never", retry_after_ms: 6_000 }],
  [131057, unavailable],
  [131204, { code: "conflict", advice: "the group is full" }],
  [131207, { code: "permission", advice: "WhatsApp has suspended the group" }],
  [131208, rateLimited],
  // Of groups only: the number still sends messages.
  [131211, { code: "quota_exceeded", penalize: "no", advice: "delete a group first" }],
  [132000, badVariables],
  [132001, badTemplate],
  [132005, { code: "payload_too_large", advice: "the text of the template is too long with these variables" }],
  [132007, badTemplate],
  [132012, badVariables],
  [132015, badTemplate],
  [132016, badTemplate],
  [133004, unavailable],
  [133010, { code: "auth", advice: "register the sending number" }],
]);

const graphError = z.looseObject({
  code: z.coerce.number(),
  message: z.string().catch(""),
  title: z.string().optional(),
  error_subcode: z.number().optional(),
  is_transient: z.boolean().optional(),
  fbtrace_id: z.string().optional(),
  error_data: z.looseObject({ details: z.string().optional() }).optional(),
});
type GraphError = z.output<typeof graphError>;

/** What WhatsApp reports in a webhook, as code and sentence of ours; undefined when it is no error of its. */
export function reportedError(value: unknown): { code: ErrorCode; message: string } | undefined {
  const { data } = graphError.safeParse(value);
  return data && { code: meaningOf(data)?.code ?? "invalid_request", message: sentenceOf(data, meaningOf(data)?.advice) };
}

/** The error that the API's own code stands for; what has no such code stays as it is. `isOfNumber`: it was a path of the sending number. */
export function inOurWords(error: unknown, isOfNumber: boolean): unknown {
  if (!HooklineError.is(error)) return error;
  const graph = z.object({ error: graphError }).safeParse(parseJson(error.details.body)).data?.error;
  if (!graph) return error;
  const { where, status, dispatched } = error.details;
  const { code, advice, ...facts } = meaningOf(graph, isOfNumber) ?? { code: error.code };
  const reason = `${where} answered ${status}: ${sentenceOf(graph, advice)}`;
  const wait = code === "rate_limited" ? waitIn(error.details.headers) : undefined;
  const retry_after_ms = wait ?? error.retry_after_ms ?? facts.retry_after_ms;
  return new HooklineError(
    code,
    { dispatched, ...facts, reason, retry_after_ms, where, status, vendor_code: graph.code },
    { cause: error },
  );
}

function meaningOf({ code, error_subcode, is_transient }: GraphError, isOfNumber = false): Meaning | undefined {
  const isUnknown = code === 33 || (code === 100 && error_subcode === 33);
  // It is the sending number of this instance that is not there: another instance has one of its own.
  if (isUnknown && isOfNumber) return { code: "not_found", failover: true, advice: "check phone_number_id" };
  if (isUnknown) return { code: "not_found", advice: "check the id, and that the token may see it" };
  if (code === 131041 && isOfNumber) return { code: "invalid_recipient", advice: "WhatsApp does not know the group" };
  if (code >= 200 && code <= 299) return { code: "permission", advice: notAllowed };
  return meanings.get(code) ?? (is_transient ? unavailable : undefined);
}

function sentenceOf({ code, message, title, error_data, fbtrace_id }: GraphError, advice?: string): string {
  const said = [message || title, error_data?.details].filter((part) => part).join(": ");
  const trace = fbtrace_id === undefined ? "" : `, trace ${fbtrace_id}`;
  return `${said.slice(0, 300)} (${code}${trace})${advice === undefined ? "" : `; ${advice}`}`;
}

/** A limit of the whole account says in a header, in minutes, when it ends. */
function waitIn(headers: unknown): number | undefined {
  const usage = z.object({ "x-business-use-case-usage": z.string() }).safeParse(headers).data?.["x-business-use-case-usage"];
  const minutes = z
    .record(z.string(), z.array(z.looseObject({ estimated_time_to_regain_access: z.number().default(0) })))
    .safeParse(parseJson(usage)).data;
  const longest = Math.max(
    0,
    ...Object.values(minutes ?? {}).flatMap((rows) => rows.map((row) => row.estimated_time_to_regain_access)),
  );
  return longest === 0 ? undefined : longest * 60_000;
}
