import { createHash } from "node:crypto";
import type { gmail_v1 } from "googleapis/build/src/apis/gmail/v1.js";
import {
  type AnswerOf,
  type CheckedRequestOf,
  type CommunicationContract,
  type Context,
  HooklineError,
  type InboundEvent,
  parseJson,
  z,
} from "hookline";
import { historyPage, message, watch as watchAnswer } from "./gmailAnswers.ts";
import { wireErrorIn } from "./inOurWords.ts";
import type { Google } from "./openGoogle.ts";
import { readMail } from "./readMail.ts";
import type { Settings } from "./settings.ts";

type Answer = AnswerOf<CommunicationContract, "handle_webhook">;
type Push = CheckedRequestOf<CommunicationContract, "handle_webhook">;

/** Mail that arrives: a watch at Gmail, and what Pub/Sub pushes of it. */
export interface Inbound {
  /** Sets up the watch, and again when it is due: Google asks for once a day, and forgets it after seven. */
  watch(signal: AbortSignal): Promise<void>;
  handle(push: Push, signal: AbortSignal): Promise<Answer>;
}

interface Parts {
  config: Readonly<Settings>;
  context: Pick<Context, "state" | "log">;
  google: Google;
  gmail: gmail_v1.Gmail;
  userId: string;
  /** True for the address of our own mailbox, under which Gmail tells of it. */
  isOurs(emailAddress: string): boolean;
}

const day = 24 * 3_600_000;
const notification = z.object({ message: z.object({ data: z.base64() }) });
const change = z.object({ emailAddress: z.string(), historyId: z.coerce.string().regex(/^\d{1,40}$/) });

/** Makes the inbound half of the plugin. `context.state` holds the last change that was read, over reloads. */
export function createInbound({ config, context: { state, log }, google, gmail, userId, isOurs }: Parts): Inbound {
  let due = 0;

  /** The events of all mails since the last change that was read. */
  async function mailsSince(notified: string, signal: AbortSignal): Promise<InboundEvent[]> {
    // Never from later than what this push is about: it may be one that waited while we were away.
    const before = BigInt(notified) - 1n;
    const known = typeof state.history_id === "string" ? BigInt(state.history_id) : before;
    const startHistoryId = String(known < before ? known : before);
    const events: InboundEvent[] = [];
    for (let pageToken: string | undefined; ; ) {
      const params = { userId, startHistoryId, historyTypes: ["messageAdded"], ...(pageToken !== undefined && { pageToken }) };
      const page = await google.ask(historyPage, () => gmail.users.history.list(params, { signal }));
      const added = page.history.flatMap(({ messagesAdded }) => messagesAdded.map((one) => one.message));
      for (const one of added.filter(({ labelIds }) => labelIds.some((label) => config.labels.includes(label)))) {
        const params = { userId, id: one.id, format: "full" };
        const mail = await orGone(google.ask(message, () => gmail.users.messages.get(params, { signal })));
        if (mail) events.push(readMail(mail));
      }
      if (page.nextPageToken === undefined) {
        moveTo(page.historyId);
        return events;
      }
      pageToken = page.nextPageToken;
    }
  }

  function moveTo(historyId: string): void {
    if (typeof state.history_id !== "string" || BigInt(historyId) > BigInt(state.history_id)) state.history_id = historyId;
  }

  return {
    async watch(signal) {
      if (Date.now() < due) return;
      const requestBody = { topicName: config.topic, labelIds: config.labels, labelFilterBehavior: "include" };
      const asked = () => gmail.users.watch({ userId, requestBody }, { signal });
      const { historyId, expiration } = await google.ask(watchAnswer, asked);
      if (state.history_id === undefined) moveTo(historyId);
      due = Date.now() + Math.min(day, Math.max(0, Number(expiration) - Date.now()) / 2);
    },

    async handle({ method, headers, raw_body }, signal) {
      if (method !== "POST") return refusal(405, "use POST");
      const stranger = await refusalOf(headers, google, config);
      if (stranger) return stranger;
      const pushed = changeIn(raw_body);
      if (!pushed) return strangePush(raw_body);
      // Of another mailbox under the same topic; taken all the same, or Pub/Sub would send it for days.
      if (!isOurs(pushed.emailAddress)) return { events: [] };
      try {
        return { events: await mailsSince(pushed.historyId, signal) };
      } catch (error) {
        if (!HooklineError.is(error)) throw error;
        if (error.code === "not_found") {
          log.warn("Gmail has forgotten the changes since the last push; mails between are not told of", {
            error: error.message,
          });
          moveTo(pushed.historyId);
          return { events: [] };
        }
        log.warn("a push could not be followed up; Pub/Sub will send it again", { error: error.message });
        return refusal(503, "Gmail cannot be read now");
      }
    },
  };
}

/** Who pushes has to be the service account of the subscription, and has to mean us. The token says both; Google has signed it. */
async function refusalOf(headers: Push["headers"], { auth }: Google, config: Readonly<Settings>): Promise<Answer | undefined> {
  const idToken = /^Bearer (\S+)$/i.exec(headers.authorization ?? "")?.[1];
  if (idToken === undefined) return refusal(401, "a bearer token is needed");
  try {
    const ticket = await auth.verifyIdToken({ idToken, audience: config.push_audience });
    const { email, email_verified } = ticket.getPayload() ?? {};
    const isExpected = email_verified === true && email === config.push_service_account;
    return isExpected ? undefined : refusal(403, "this account does not push for us");
  } catch (error) {
    // Without Google's certificates nobody can be told from a stranger: the push has to come again.
    return wireErrorIn(error)
      ? refusal(503, "the certificates of Google cannot be read now")
      : refusal(401, "the token is not genuine");
  }
}

/** Signed, and of a shape that is new: Pub/Sub would send what is refused for days. */
function strangePush(body: Push["raw_body"]): Answer {
  const { data } = z.record(z.string(), z.unknown()).safeParse(parseJson(body));
  if (!data) return refusal(400, "the body is no JSON object");
  return { events: [{ type: "other", id: createHash("sha256").update(body).digest("hex"), data }] };
}

/** What a push is about; undefined when Gmail would not say such a thing, signed or not. */
function changeIn(body: Push["raw_body"]): z.output<typeof change> | undefined {
  const pushed = notification.safeParse(parseJson(body));
  return change.safeParse(parseJson(pushed.data && Buffer.from(pushed.data.message.data, "base64"))).data;
}

/** A mail that was deleted since is no error. */
async function orGone<T>(asking: Promise<T>): Promise<T | undefined> {
  try {
    return await asking;
  } catch (error) {
    if (HooklineError.is(error) && error.code === "not_found") return undefined;
    throw error;
  }
}

function refusal(status: number, body: string): Answer {
  return { events: [], response: { status, body } };
}
