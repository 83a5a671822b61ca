import { checkHooks, definePlugin, HooklineError, type Item } from "hookline";
import { addressOf } from "./addressOf.ts";
import { type Answered, composeMail, noAddress } from "./composeMail.ts";
import { headerOf, message, messageId, place, placeOf, profile, thread } from "./gmailAnswers.ts";
import { createInbound } from "./inbound.ts";
import { openGoogle, tokenUrl } from "./openGoogle.ts";
import { isBounceOf } from "./readMail.ts";
import { serviceAccount } from "./serviceAccount.ts";
import type { Settings } from "./settings.ts";

const hour = 3_600_000;
// In JSON a message may be a third longer than it is, and for some mailboxes JSON ends at 1 MiB.
const mostInJson = 700_000;

/** Mail through the Gmail API, and mail that arrives through Pub/Sub. */
export default definePlugin<Settings>({
  async setup({ config, http, log, state, signal: ended, setInterval }) {
    const userId = config.user;
    const sender = config.from === undefined ? undefined : addressOf(config.from);
    if (config.from !== undefined && !sender)
      throw new HooklineError("settings_invalid", { reason: 'from must be an address, like "Acme <mail@acme.test>"' });
    const google = openGoogle({
      http,
      client: await clientFor(config),
      addresses: {
        [tokenUrl]: config.token_url,
        "https://gmail.googleapis.com": config.api_url,
        "https://www.googleapis.com/oauth2/v1/certs": config.certs_url,
      },
    });
    const { gmail_v1 } = await import("googleapis/build/src/apis/gmail/v1.js");
    const gmail = new gmail_v1.Gmail({ auth: google.auth });
    // Gmail tells of a mailbox under its first address; `user` may be another of its addresses, or "me".
    let mailbox: string | undefined;
    const isOurs = (address: string) => mailbox === undefined || mailbox.toLowerCase() === address.toLowerCase();
    const parts = { config, context: { state, log }, google, gmail, userId, isOurs };
    const inbound = config.topic === undefined ? undefined : createInbound(parts);
    const renew = async () => {
      try {
        await inbound?.watch(ended);
      } catch (error) {
        log.warn("Gmail does not watch the mailbox; tried again within the hour", { error: String(error) });
      }
    };
    if (inbound) setInterval(() => void renew(), hour);

    /** What a reply has to name of the mail that it answers. Whatever goes wrong, nothing was sent. */
    const answeredBy = async (id: string, signal: AbortSignal): Promise<Answered> => {
      try {
        const params = { userId, id, format: "metadata" };
        const { payload = {} } = await google.ask(message, () => gmail.users.messages.get(params, { signal }));
        const [messageId, references, subject] = ["Message-ID", "References", "Subject"].map((name) => headerOf(payload, name));
        return { messageId, references, subject };
      } catch (error) {
        if (!HooklineError.is(error)) throw error;
        throw new HooklineError(error.code, { ...error.details, dispatched: "no" }, { cause: error });
      }
    };

    return {
      async send_message(request, { signal }) {
        const answers = request.thread === undefined ? undefined : placeOf(request.thread);
        const answered = answers && (await answeredBy(answers.id, signal));
        const { people, raw } = await composeMail(request, { sender, hideRecipients: config.hide_recipients, answered });
        const inThread = answers && { threadId: answers.threadId };
        const body =
          raw.length <= mostInJson
            ? { requestBody: { ...inThread, raw: raw.toString("base64url") } }
            : { requestBody: inThread, media: { mimeType: "message/rfc822", body: raw.toString() } };
        const sent = await google.ask(place, () => gmail.users.messages.send({ userId, ...body }, { signal }));
        const items = request.to.map((recipient, index): Item => {
          if (people[index]) return { subject: recipient.value, status: "sent" };
          const { code, message } = noAddress(recipient);
          return { subject: recipient.value, status: "failed", error: { code, message } };
        });
        return { message_id: messageId(sent), items };
      },

      async get_message_status(request, { signal }) {
        const { id, threadId } = placeOf(request.message);
        const params = { userId, id: threadId, format: "metadata" };
        const { messages } = await google.ask(thread, () => gmail.users.threads.get(params, { signal }));
        const index = messages.findIndex((one) => one.id === id);
        const found = messages[index];
        if (!found) throw new HooklineError("not_found", { reason: `there is no message ${request.message} in this mailbox` });
        if (found.labelIds.includes("TRASH")) return { status: "deleted", terminal: true };
        if (messages.slice(index + 1).some((later) => isBounceOf(found, later))) return { status: "failed", terminal: true };
        // A bounce may come for some days, and nothing comes when all went well.
        return { status: found.labelIds.includes("SENT") ? "sent" : "unknown", terminal: false };
      },

      ...checkHooks(
        async ({ signal }) => {
          try {
            mailbox = (await google.ask(profile, () => gmail.users.getProfile({ userId }, { signal }))).emailAddress;
          } catch (error) {
            // Scopes that only send are refused here, and are enough to send.
            const isSendOnly =
              HooklineError.is(error) && error.code === "permission" && error.details.google_reason === "insufficientPermissions";
            if (!isSendOnly) throw error;
          }
          await inbound?.watch(signal);
          return { user: userId };
        },
        { log },
      ),

      ...(inbound && { handle_webhook: (push, { signal }) => inbound.handle(push, signal) }),
    };
  },
});

/** Who signs: the service account in the name of `user`, or the consent that the refresh token stands for. */
async function clientFor(config: Readonly<Settings>): Promise<Parameters<typeof openGoogle>[0]["client"]> {
  const { JWT, OAuth2Client } = await import("google-auth-library");
  const { client_id, client_secret, refresh_token, user, scopes } = config;
  if (refresh_token === undefined) {
    if (user === "me")
      throw new HooklineError("settings_invalid", { reason: "a service account has no mailbox of its own; say whose in `user`" });
    const { email, key } = await serviceAccount(config);
    return (options) => new JWT({ ...options, email, key, subject: user, scopes });
  }
  return (options) => {
    const client = new OAuth2Client({ ...options, clientId: client_id, clientSecret: client_secret });
    client.setCredentials({ refresh_token });
    return client;
  };
}
