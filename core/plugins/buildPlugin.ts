import { HooklineError } from "../errors.ts";
import type { PluginDefinition } from "./definePlugin.ts";
import type { FoundPlugin } from "./discover.ts";
import type { Loader } from "./loader/createLoader.ts";
import { checkManifest } from "./readManifest.ts";

/** The code of a plugin, evaluated: what a generation is set up from. */
export interface Build {
  readonly found: FoundPlugin;
  readonly definition: PluginDefinition;
  /** Real path → sha1 of the bytes that were evaluated. */
  readonly files: ReadonlyMap<string, string>;
  /** Paths that were looked for and are not there. */
  readonly misses: ReadonlySet<string>;
}

const none: { files: ReadonlyMap<string, string>; misses: ReadonlySet<string> } = { files: new Map(), misses: new Set() };

/** Evaluates a plugin's code; an object given by the application is taken as it is. Throws `load_failed` or `plugin_invalid`. */
export async function buildPlugin(
  found: FoundPlugin,
  loader: Loader | undefined,
  objects: ReadonlyMap<string, PluginDefinition>,
): Promise<Build> {
  const given = objects.get(found.plugin_id);
  if (found.kind === "object" && given) return { found, definition: given, ...none };
  if (!loader || found.entry === undefined) {
    throw new HooklineError("load_failed", { instance: found.plugin_id, reason: `${found.folder} has no file to load` });
  }
  const { exports, files, misses } = await loader.load({ folder: found.folder, boundary: found.boundary, entry: found.entry });
  const name = found.export_name ?? "default";
  const definition = exports[name];
  if (!isDefinition(definition)) {
    throw new HooklineError("plugin_invalid", {
      reason: `${found.entry} must export ${name === "default" ? "a default made by definePlugin({ setup() {} })" : `${name}, made by definePlugin({ setup() {} })`}`,
      files,
      misses,
    });
  }
  return { found: found.kind === "file" ? withOwnManifest(found, definition) : found, definition, files, misses };
}

/** The plugin of a single file carries its manifest in the code; the file's name is its id. */
function withOwnManifest(found: FoundPlugin, definition: PluginDefinition): FoundPlugin {
  if (definition.manifest === undefined) {
    throw new HooklineError("manifest_invalid", {
      reason: `${found.entry} is a plugin of one file: give definePlugin() a manifest with plugin_id and channel_type`,
    });
  }
  const { manifest, warnings } = checkManifest(definition.manifest, { file: found.entry ?? found.folder });
  if (manifest.plugin_id !== found.plugin_id) {
    throw new HooklineError("manifest_invalid", {
      reason: `${found.entry} says plugin_id "${manifest.plugin_id}": a plugin of one file has the id of its file, so rename one of them`,
    });
  }
  return { ...found, manifest, channel_type: manifest.channel_type, warnings: [...found.warnings, ...warnings] };
}

function isDefinition(value: unknown): value is PluginDefinition {
  return typeof value === "object" && value !== null && "setup" in value && typeof value.setup === "function";
}
