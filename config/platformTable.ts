import { readdirSync, readFileSync } from "node:fs";
import { readManifest } from "../core/plugins/readManifest.ts";

const columns = {
  messages: { send_message: "send", edit_message: "edit", delete_message: "delete", get_message_status: "status" },
  groups: { create_group: "create", get_group: "get", update_group: "update", delete_group: "delete", list_groups: "list" },
  members: { add_member: "add", remove_member: "remove", list_members: "list" },
  "webhooks in": { handle_webhook: "verified" },
  checks: { validate_config: "settings", health_check: "health" },
} as const;

/** Who implements which hook, as a table in Markdown: from the manifests, which every plugin's own test compares with its code. */
export function platformTable(): string {
  const root = new URL("../plugins/", import.meta.url);
  const manifests = readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => readManifest(readFileSync(new URL(`${name}/manifest.yml`, root), "utf8"), `${name}/manifest.yml`).manifest)
    .sort((a, b) => a.plugin_id.localeCompare(b.plugin_id));
  const rows = manifests.map(({ plugin_id, channel_type, capabilities = [] }) => [
    `[${plugin_id}](plugins/${plugin_id})`,
    channel_type,
    ...Object.values(columns).map((hooks) =>
      Object.entries(hooks)
        .flatMap(([hook, word]) => (capabilities.includes(hook) ? word : []))
        .join(", "),
    ),
  ]);
  const head = ["plugin", "channel", ...Object.keys(columns)];
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}
