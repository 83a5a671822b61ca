import { definePlugin, HooklineError, type Implementations } from "hookline";
import { addressOf } from "./addressOf.ts";
import { openDirectory } from "./directory.ts";
import { groupPage, sentMail } from "./directoryAnswers.ts";
import { groupMail, itemsOf } from "./groupMail.ts";
import { groupHooks } from "./groups.ts";
import { memberHooks } from "./members.ts";
import { type Google, openGoogle, tokenUrl } from "./openGoogle.ts";
import { serviceAccount } from "./serviceAccount.ts";
import type { Settings } from "./settings.ts";

const directoryScopes = [
  "https://www.googleapis.com/auth/admin.directory.group",
  "https://www.googleapis.com/auth/apps.groups.settings",
];
const mailScopes = ["https://www.googleapis.com/auth/gmail.send"];

/** Groups and members of a Google Workspace domain, and mail to a group. */
export default definePlugin<Settings>({
  async setup({ config, http, log, state }) {
    const { JWT } = await import("google-auth-library");
    const { email, key } = await serviceAccount(config);
    const addresses = {
      [tokenUrl]: config.token_url,
      "https://admin.googleapis.com": config.api_url,
      "https://www.googleapis.com": config.settings_url,
      "https://gmail.googleapis.com": config.gmail_url,
    };
    /** Google as one user of the domain. */
    const as = (subject: string, scopes: string[]): Google =>
      openGoogle({ http, addresses, client: (options) => new JWT({ ...options, email, key, subject, scopes }) });

    const google = as(config.admin, directoryScopes);
    const { admin_directory_v1 } = await import("googleapis/build/src/apis/admin/directory_v1.js");
    const { groupssettings_v1 } = await import("googleapis/build/src/apis/groupssettings/v1.js");
    const api = new admin_directory_v1.Admin({ auth: google.auth });
    const directory = openDirectory(google, api, state);

    const problem = async (): Promise<HooklineError | undefined> => {
      try {
        await google.ask(groupPage, () => api.groups.list({ domain: config.domain, maxResults: 1 }));
      } catch (error) {
        if (HooklineError.is(error)) return error;
        throw error;
      }
    };

    return {
      ...groupHooks(config, directory, new groupssettings_v1.Groupssettings({ auth: google.auth })),
      ...memberHooks(directory),
      ...(await mailHooks(config, as)),

      async validate_config() {
        const error = await problem();
        if (error === undefined) return { ok: true };
        // A Google that is down now says nothing about the settings.
        if (error.retryable) log.warn("the Directory cannot be asked now", { error: error.message });
        return { ok: error.retryable, problems: [error.message] };
      },

      async health_check() {
        const error = await problem();
        return {
          healthy: error === undefined,
          details: { domain: config.domain, ...(error && { code: error.code, problem: error.message }) },
        };
      },
    };
  },
});

/** A group has no hook to be written to, but an address: mail goes there from one mailbox, or through a mail server. */
async function mailHooks(
  config: Readonly<Settings>,
  as: (subject: string, scopes: string[]) => Google,
): Promise<Implementations> {
  const { smtp, send_as, domain } = config;
  const from = smtp?.from ?? send_as;
  if (from === undefined) return {};
  const sender = addressOf(from);
  if (!sender) throw new HooklineError("settings_invalid", { reason: `${JSON.stringify(from)} is no mail address to send from` });
  if (smtp) {
    return {
      async send_message(request, { signal }) {
        const { message_id, mail, groups } = groupMail(request, sender, domain);
        const { throughSmtp } = await import("./throughSmtp.ts");
        const refusals = await throughSmtp(smtp, mail, signal);
        return { message_id, items: itemsOf(request.to, groups, refusals) };
      },
    };
  }
  const google = as(sender.address, mailScopes);
  return {
    async send_message(request, { signal }) {
      const { mail, groups } = groupMail(request, sender, domain);
      const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
      const { gmail_v1 } = await import("googleapis/build/src/apis/gmail/v1.js");
      const gmail = new gmail_v1.Gmail({ auth: google.auth });
      const raw = await new MailComposer(mail).compile().build();
      const body = { mimeType: "message/rfc822", body: raw.toString("latin1") };
      const { id } = await google.ask(sentMail, () => gmail.users.messages.send({ userId: "me", media: body }, { signal }));
      return { message_id: id, items: itemsOf(request.to, groups) };
    },
  };
}
