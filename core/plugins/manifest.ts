/** A manifest as an author writes it, in manifest.yml or in `definePlugin({ manifest })`. */
export interface ManifestInput {
  /** Lower snake case; the same everywhere. */
  plugin_id: string;
  /** The channel that the plugin's instances serve. */
  channel_type: string;
  /** A file inside the folder (`index.ts`), or `file.ExportName`. A folder needs it, a single file or an object does not. */
  entry_point?: string;
  name?: string;
  version?: string;
  description?: string;
  author?: string;
  license?: string;
  homepage?: string;
  /** May only narrow what the plugin implements. */
  capabilities?: string[];
  /** Settings without which an instance does not start. */
  required_config?: string[];
  /** Settings with their defaults. */
  optional_config?: Record<string, unknown>;
  /** JSON Schema of the settings. */
  config_schema?: Record<string, unknown>;
  /** Plugins that must be there first: `other_plugin`, or `other_plugin@^1.2`. */
  dependencies?: string[] | Record<string, string>;
  /** Range of contract versions the plugin was written for: `^1.0`. */
  hookline?: string;
  permissions?: string[];
}
