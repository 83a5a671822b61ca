/** What the manifest lets an instance be told. */
export interface Settings {
  webhook_url: string;
  webhook_urls: Readonly<Record<string, string>>;
  tenant_id?: string;
  client_id?: string;
  client_secret?: string;
  team_id?: string;
  owner?: string;
  members_by: "email" | "id";
  graph_url: string;
  login_url: string;
}
