import type { ServiceAccountSettings } from "./serviceAccount.ts";

/** The settings, as the manifest describes them. */
export interface Settings extends ServiceAccountSettings {
  /** Whose mailbox; `me` is that of the refresh token. */
  user: string;
  client_id?: string;
  client_secret?: string;
  refresh_token?: string;
  scopes: string[];
  from?: string;
  hide_recipients: boolean;
  topic?: string;
  labels: string[];
  push_audience?: string;
  push_service_account?: string;
  api_url: string;
  token_url: string;
  certs_url: string;
}
