import { z } from "../contract/schema.ts";
import { isRange, isVersion } from "../contract/versions.ts";

const text = z.string().min(1, { error: "must not be empty" });

const pluginId = text
  .regex(/^[a-z][a-z0-9_]*$/, { error: ({ input }) => `must be lower snake case, like twilio_sms, and "${input}" is not` })
  // Ids become keys of plain objects (`status().plugin_health`).
  .refine((id) => !(id in {}), { error: ({ input }) => `cannot be "${input}": every object already has something of that name` });

const range = text.refine(isRange, { error: ({ input }) => `must be a range of versions, like ^1.0, and "${input}" is none` });

const dependencies = z.union([z.array(text), z.record(text, text)], {
  error: "must be a list of plugin ids, like [other_plugin, third_plugin@^1.2], or a mapping of plugin ids to ranges",
});

/** The manifest of a plugin: what is known of it before any of its code runs. */
export const manifestSchema = z.object({
  plugin_id: pluginId.describe("Lower snake case; the same everywhere."),
  channel_type: text
    .regex(/^[a-z][a-z0-9_-]*$/, {
      error: ({ input }) => `must be a lower-case word, like sms or google_groups, and "${input}" is not`,
    })
    .describe("The channel that the plugin's instances serve."),
  entry_point: text
    .describe(
      "A file inside the folder (`index.ts`), or `file.ExportName`. A folder needs it, a single file or an object does not.",
    )
    .optional(),
  name: text.describe("What people call it.").optional(),
  version: text
    .refine(isVersion, { error: ({ input }) => `must be a semantic version, like 1.0.0, and "${input}" is none` })
    .describe("The plugin's own semantic version; needed where another plugin depends on a range of it.")
    .optional(),
  description: z.string().describe("One sentence: what it does.").optional(),
  author: z.string().describe("Who wrote it.").optional(),
  license: z.string().describe("SPDX identifier of its licence.").optional(),
  homepage: z.string().describe("Where to read more.").optional(),
  capabilities: z
    .array(text)
    .describe("Words for people; the names of hooks among them narrow what the plugin's code implements.")
    .optional(),
  required_config: z.array(text).describe("Settings without which an instance does not start.").optional(),
  optional_config: z.record(text, z.unknown()).describe("Settings with their defaults.").optional(),
  config_schema: z.record(z.string(), z.unknown()).describe("JSON Schema of the settings (2020-12 or draft-07).").optional(),
  options_schema: z
    .record(z.string(), z.unknown())
    .describe("JSON Schema of the plugin's part of provider_options, checked at every call. Defaults are not filled in.")
    .optional(),
  dependencies: dependencies
    .describe("Plugins that must be there first: `other_plugin`, or `other_plugin@^1.2`, or a mapping of ids to ranges.")
    .transform(dependencyList)
    .optional(),
  hookline: z
    .union([range, z.record(text, range)])
    .describe("Range of contract versions the plugin was written for: `^1.0`, or per contract: `{ communication: ^1.0 }`.")
    .optional(),
  limits: z
    .object({
      recipients: z.int().min(1).describe("Recipients of one call; more are sent in several.").optional(),
      members: z.int().min(1).describe("Members of one call; more are added or removed in several.").optional(),
      text_length: z.int().min(1).describe("Characters of a message's text.").optional(),
      payload_bytes: z.int().min(1).describe("Bytes of content and attachments together.").optional(),
    })
    .describe("What the platform takes at a time.")
    .optional(),
  idempotent: z
    .array(text)
    .describe(
      "Hooks that may be repeated after a time-out: the platform acts once per idempotency_key, or a repeat ends in the same state and tells nobody twice.",
    )
    .optional(),
  permissions: z.array(text).describe("What the plugin needs, in words for the operator.").optional(),
});

/** The manifest of a plugin that is a folder: it also says which file to load. */
export const folderManifestSchema = manifestSchema.required({ entry_point: true });

/** A manifest as an author writes it, in manifest.yml or in `definePlugin({ manifest })`. */
export type ManifestInput = z.input<typeof manifestSchema>;

/** A manifest after its check. */
export type Manifest = z.output<typeof manifestSchema>;

/** One plugin that another one needs. */
export interface Dependency {
  plugin_id: string;
  /** `*` when any version will do. */
  range: string;
}

function dependencyList(written: z.output<typeof dependencies>, context: z.core.$RefinementCtx): Dependency[] {
  const list = Array.isArray(written)
    ? written.map((entry, index) => ({ ...splitAt(entry), key: index }))
    : Object.entries(written).map(([plugin_id, versions]) => ({ plugin_id, range: versions, key: plugin_id }));
  for (const { plugin_id, range, key } of list) {
    if (!pluginId.safeParse(plugin_id).success)
      complain(key, `must name a plugin by its id, like other_plugin@^1.2, and "${plugin_id}" is no id`);
    if (!isRange(range)) complain(key, `must say a range of versions, like ^1.2, and "${range}" is none`);
  }
  return list.map(({ plugin_id, range }) => ({ plugin_id, range }));

  function complain(key: string | number, message: string): void {
    context.issues.push({ code: "custom", path: [key], message, input: written });
  }
}

function splitAt(entry: string): Dependency {
  const at = entry.indexOf("@");
  return at === -1
    ? { plugin_id: entry.trim(), range: "*" }
    : { plugin_id: entry.slice(0, at).trim(), range: entry.slice(at + 1).trim() };
}
