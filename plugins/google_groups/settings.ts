import type { ServiceAccountSettings } from "./serviceAccount.ts";

/** The settings, as the manifest describes them. */
export interface Settings extends ServiceAccountSettings {
  domain: string;
  /** Whom the service account acts for: somebody who may manage groups. */
  admin: string;
  /** Groups Settings that every new group gets. */
  group_settings: Record<string, string>;
  /** Whose mailbox sends mail to a group, through the Gmail API. */
  send_as?: string;
  /** Sends mail to a group instead of Gmail. */
  smtp?: SmtpSettings;
  api_url: string;
  settings_url: string;
  gmail_url: string;
  token_url: string;
}

/** A mail server. */
export interface SmtpSettings {
  host: string;
  port: number;
  secure: boolean;
  username?: string;
  password?: string;
  from: string;
}
