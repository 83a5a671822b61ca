import { checkHooks, definePlugin } from "hookline";
import { openDirectory } from "./directory.ts";
import { groupHooks, groupPage } from "./groups.ts";
import { mailHooks } from "./mail.ts";
import { memberHooks } from "./members.ts";
import { openGoogle, tokenUrl } from "./openGoogle.ts";
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
    const { admin_directory_v1 } = await import("googleapis/build/src/apis/admin/directory_v1.js");
    const { groupssettings_v1 } = await import("googleapis/build/src/apis/groupssettings/v1.js");
    const account = await serviceAccount(config);
    const addresses = {
      [tokenUrl]: config.token_url,
      "https://admin.googleapis.com": config.api_url,
      "https://www.googleapis.com": config.settings_url,
      "https://gmail.googleapis.com": config.gmail_url,
    };
    const as = (subject: string, scopes: string[]) =>
      openGoogle({ http, addresses, client: (options) => new JWT({ ...options, ...account, subject, scopes }) });

    const google = as(config.admin, directoryScopes);
    const api = new admin_directory_v1.Admin({ auth: google.auth });
    const directory = openDirectory(google, api, state);
    const mail = mailHooks(config, (user) => as(user, mailScopes));
    return {
      ...groupHooks(config, directory, new groupssettings_v1.Groupssettings({ auth: google.auth })),
      ...memberHooks(directory),
      ...mail.hooks,
      ...checkHooks(
        async ({ signal }) => {
          await google.ask(groupPage, () => api.groups.list({ domain: config.domain, maxResults: 1 }, { signal }));
          await mail.check?.();
          return { domain: config.domain };
        },
        { log },
      ),
    };
  },
});
