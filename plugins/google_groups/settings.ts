import type { ServiceAccountSettings } from "./serviceAccount.ts";

/** The settings, as the manifest describes them. */
export interface Settings extends ServiceAccountSettings {
  domain: string;
  admin: string;
  group_settings: Record<string, string>;
  send_as?: string;
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
