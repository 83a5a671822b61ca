import type { gmail_v1 } from "googleapis/build/src/apis/gmail/v1.js";
import { HooklineError } from "hookline";
import type { Answered } from "./composeMail.ts";
import { headerOf, message } from "./gmailAnswers.ts";
import type { Google } from "./openGoogle.ts";

/** Reads what a reply has to name of the mail that it answers. Whatever goes wrong, nothing was sent. */
export async function answeredMail(
  google: Google,
  gmail: gmail_v1.Gmail,
  place: { userId: string; id: string },
  signal: AbortSignal,
): Promise<Answered> {
  try {
    const { payload = {} } = await google.ask(message, () =>
      gmail.users.messages.get({ ...place, format: "metadata" }, { signal }),
    );
    const [messageId, references, subject] = ["Message-ID", "References", "Subject"].map((name) => headerOf(payload, name));
    return { messageId, references, subject };
  } catch (error) {
    if (!HooklineError.is(error)) throw error;
    throw new HooklineError(error.code, { ...error.details, dispatched: "no" }, { cause: error });
  }
}
