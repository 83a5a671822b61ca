/** What the manifest lets an instance be told. */
export interface Settings {
  api_token: string;
  phone_number_id: string;
  /** Without it there is no webhook: nothing that comes could be verified. */
  app_secret?: string;
  verify_token?: string;
  template_language: string;
  preview_url: boolean;
  invite_template?: string;
  join_approval_mode: "auto_approve" | "approval_required";
  api_url: string;
  api_version: string;
}
