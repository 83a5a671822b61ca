import type { RateLimitError } from "@discordjs/rest";
import { type ErrorCode, type ErrorDetails, HooklineError, parseJson, z } from "hookline";

interface Kind extends ErrorDetails {
  code: ErrorCode;
  /** What to do, as the end of the sentence. */
  advice?: string;
}

// https://docs.discord.com/developers/topics/opcodes-and-status-codes#json-json-error-codes
const kinds: readonly [Kind, ...codes: number[]][] = [
  [{ code: "not_found", advice: "the channel is gone, or was never there" }, 10003],
  [{ code: "not_found", failover: true, advice: "the bot is not in the server that guild_id names; invite it" }, 10004],
  [{ code: "not_found", advice: "the message is gone" }, 10008],
  [{ code: "not_found", advice: "the role is gone, or was never there" }, 10011],
  [{ code: "invalid_recipient", advice: "this user shares no server with the bot; have them join first" }, 10007, 50278],
  [{ code: "invalid_recipient", advice: "there is no such user, or it is the bot itself" }, 10013, 50033],
  [{ code: "invalid_recipient", advice: "this user is banned from the server" }, 40007],
  [{ code: "recipient_blocked", advice: "this user takes no direct messages from the bot" }, 50007],
  [{ code: "rate_limited" }, 20016, 20022, 20028, 20029, 30046, 40003, 40062],
  [{ code: "quota_exceeded", penalize: "no", advice: "the server is full; delete some first" }, 30005, 30013, 30060],
  [{ code: "payload_too_large", advice: "a message takes 10 files" }, 30015],
  [{ code: "payload_too_large", advice: "send smaller files" }, 40005, 50045],
  [{ code: "unsupported", advice: "bots may not do this" }, 20001],
  [{ code: "auth", advice: "check the token in the settings" }, 40001, 50014],
  [{ code: "permission", advice: "give the bot's role this permission in the server, or in the channel" }, 50001, 50013],
  [{ code: "permission", advice: "a bot edits its own messages only" }, 50005],
  [{ code: "conflict", advice: "the thread is archived or locked" }, 50083, 160005],
  [{ code: "invalid_request", advice: "this channel is of another kind" }, 50008, 50024],
  [{ code: "invalid_request", advice: "the server's moderation rules refuse this content" }, 200000, 200001, 240000],
  [{ code: "unavailable" }, 40004, 40006, 130000],
];
const known = new Map(kinds.flatMap(([kind, ...codes]) => codes.map((code) => [code, kind])));

const invalidForm = 50035;
// Of the details of an invalid form: what makes it more than that.
const details = new Map<string, Kind>([
  ["BASE_TYPE_MAX_LENGTH", { code: "payload_too_large" }],
  ["BASE_TYPE_BAD_LENGTH", { code: "payload_too_large" }],
  ["REPLIES_UNKNOWN_MESSAGE", { code: "not_found", advice: "the message that this one answers is gone" }],
]);

const longestQuote = 200;

const refusal = z.object({
  code: z.number().default(0),
  message: z.string().default(""),
  errors: z.unknown().optional(),
  retry_after: z.number().nonnegative().optional(),
});

const flaws = z.object({ _errors: z.array(z.object({ code: z.string(), message: z.string() })) });

/** What Discord said, in our words: its own code decides, the HTTP status where there is none. */
export function inOurWords(error: HooklineError): HooklineError {
  const said = refusal.safeParse(parseJson(error.details.body));
  if (!said.success) return error;
  const { code, message, errors, retry_after } = said.data;
  // Its own seconds have a fraction, those of the header are rounded up.
  const wait = retry_after === undefined ? {} : { retry_after_ms: Math.ceil(retry_after * 1000) };
  if (code === 0) return new HooklineError(error.code, { ...error.details, ...wait }, { cause: error });
  const flaw = code === invalidForm ? flawIn(errors) : undefined;
  const kind: Kind = known.get(code) ?? details.get(flaw?.code ?? "") ?? { code: error.code };
  const { code: ours, advice, ...facts } = kind;
  const what = (flaw?.text ?? message).slice(0, longestQuote).toWellFormed();
  const heard = `${error.details.where} answered ${error.details.status}: ${what} (${code})`;
  const reason = advice === undefined ? heard : `${heard}; ${advice}`;
  return new HooklineError(ours, { ...error.details, ...facts, ...wait, reason, said_code: code }, { cause: error });
}

/** The code of Discord that an error came from; undefined when there was none. */
export function saidCode(error: unknown): unknown {
  return HooklineError.is(error) ? error.details.said_code : undefined;
}

/** The SDK knows from earlier answers that Discord would refuse: nothing was sent. */
export function tooSoon({ retryAfter, timeToReset, route, global }: RateLimitError): HooklineError {
  const retry_after_ms = Math.max(1, Math.ceil(retryAfter || timeToReset));
  const what = global ? "50 requests in a second" : `the limit of ${route}`;
  const reason = `${what} is used up for ${retry_after_ms} ms; nothing was sent`;
  return new HooklineError("rate_limited", { reason, retry_after_ms, penalize: "no" });
}

/** The first flaw of a form, with the name of its field: `{ content: { _errors: [{ code, message }] } }`. */
function flawIn(errors: unknown, path: readonly string[] = []): { code: string; text: string } | undefined {
  if (typeof errors !== "object" || errors === null) return undefined;
  const own = flaws.safeParse(errors);
  const [first] = own.success ? own.data._errors : [];
  if (first) return { code: first.code, text: `${path.join(".")}: ${first.message}` };
  for (const [name, below] of Object.entries(errors)) {
    const flaw = flawIn(below, [...path, name]);
    if (flaw) return flaw;
  }
  return undefined;
}
