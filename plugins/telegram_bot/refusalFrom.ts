import { type ErrorCode, type ErrorFacts, HooklineError, parseJson, z } from "hookline";

interface Meaning {
  /** Telegram has no error codes below the status: the description is all there is. */
  says: RegExp;
  code: ErrorCode;
  advice?: string;
  /** It is about the place that is called; when something is sent, that is the recipient. */
  isPlace?: true;
}

const meanings: readonly Meaning[] = [
  { says: /bot was blocked by the user/i, code: "recipient_blocked" },
  {
    says: /can't initiate conversation/i,
    code: "invalid_recipient",
    advice: "the person has to press Start in a chat with the bot first",
  },
  {
    says: /user is deactivated|can't send messages to (the |other )?bots?\b|user not found|member not found|invalid user_id|(PEER|PARTICIPANT|USER)_ID_INVALID/i,
    code: "invalid_recipient",
  },
  {
    says: /chat not found|chat was (deleted|deactivated)/i,
    code: "not_found",
    advice: "the bot knows only chats that it is in, and people who have pressed Start",
    isPlace: true,
  },
  { says: /thread not found|topic not found|TOPIC_(ID_INVALID|DELETED)/i, code: "not_found", isPlace: true },
  { says: /TOPIC_CLOSED|topic is closed/i, code: "conflict", advice: "the topic is archived", isPlace: true },
  { says: /not a forum/i, code: "unsupported", advice: "switch Topics on in the settings of the group" },
  {
    says: /message to (be )?(edit|delete|repl)\S* not found|(replied|reply) message not found|MESSAGE_ID_INVALID/i,
    code: "not_found",
  },
  { says: /message can't be (edited|deleted)|no (text|caption) in the message/i, code: "conflict" },
  { says: /too (long|big|large)/i, code: "payload_too_large" },
  {
    says: /rights|administrator|ADMIN_REQUIRED|FORBIDDEN|not a member|was kicked/i,
    code: "permission",
    advice: "check what the bot may do in this chat",
  },
];

const byStatus = new Map<number, Pick<Meaning, "code" | "advice">>([
  [400, { code: "invalid_request" }],
  [401, { code: "auth", advice: "check bot_token" }],
  [403, { code: "permission" }],
  // A path of the API is never missing but for a token that is none.
  [404, { code: "auth", advice: "there is no such bot; check bot_token and api_url" }],
  [409, { code: "conflict" }],
  [413, { code: "payload_too_large" }],
  [429, { code: "rate_limited" }],
]);

const refusal = z.object({
  ok: z.literal(false),
  error_code: z.number(),
  description: z.string(),
  parameters: z.object({ retry_after: z.number().optional(), migrate_to_chat_id: z.number().optional() }).optional(),
});

/**
 * A refusal of the Bot API in our words; `details.migrated_to` is the new id of a group that has become a supergroup. Undefined for
 * what the Bot API did not say itself, and for its own failures: the error is right as it is.
 */
export function refusalFrom(error: unknown, method: string): HooklineError | undefined {
  if (!HooklineError.is(error)) return undefined;
  const said = refusal.safeParse(parseJson(error.details.body)).data;
  if (!said || said.error_code >= 500) return undefined;
  const { error_code, description, parameters: { migrate_to_chat_id: migrated_to, retry_after } = {} } = said;
  const { code, advice, ...facts } = meaningOf(said, method);
  const retry_after_ms = retry_after === undefined ? error.retry_after_ms : retry_after * 1000;
  const reason = [`Telegram refused ${method}: "${description}" (${error_code})`, advice].filter(Boolean).join("; ");
  return new HooklineError(code, { ...facts, reason, retry_after_ms, migrated_to }, { cause: error });
}

function meaningOf(
  { error_code, description, parameters }: z.output<typeof refusal>,
  method: string,
): Pick<Meaning, "code" | "advice"> & Partial<ErrorFacts> {
  const migrated_to = parameters?.migrate_to_chat_id;
  if (migrated_to !== undefined) {
    if (/^(edit|delete)Message/.test(method))
      return { code: "not_found", advice: `the message stayed behind when the group became ${migrated_to}, a supergroup` };
    // Nothing was done, and the same request works with the new id, which the next try uses.
    const facts = { retryable: true, failover: false, penalize: "no", dispatched: "no" } as const;
    return { code: "unavailable", advice: `the group's id is ${migrated_to} now`, ...facts };
  }
  const meaning = error_code === 429 ? undefined : meanings.find(({ says }) => says.test(description));
  const { code, advice } = meaning ?? byStatus.get(error_code) ?? { code: "invalid_request" };
  return { code: meaning?.isPlace && method.startsWith("send") ? "invalid_recipient" : code, advice };
}
