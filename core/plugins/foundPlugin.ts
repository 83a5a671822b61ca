import { HooklineError } from "../errors.ts";
import type { Manifest, ManifestInput } from "./manifest.ts";
import { checkManifest } from "./readManifest.ts";

/** A plugin that was found and whose manifest passed its check; none of its code has run. */
export interface FoundPlugin {
  plugin_id: string;
  /** Empty for a single file, whose manifest is in its code. */
  channel_type: string;
  manifest: Manifest;
  kind: "folder" | "file" | "package" | "object";
  /** Real path; empty for an object. */
  folder: string;
  /** Where its code may come from: the plugin path it was found in, or its own folder when a link led out of that. A real path. */
  boundary: string;
  manifest_file?: string;
  /** Of the bytes of `manifest_file`. */
  manifest_sha1?: string;
  /** The file to load: absolute and real. */
  entry?: string;
  /** The export to take from it; without one it is the default export. */
  export_name?: string;
  warnings: string[];
}

/** A place where a plugin should be, and why there is none to be used. */
export interface DiscoveryProblem {
  path: string;
  /** What the manifest says, or else the name of the folder. Missing when an earlier plugin has that id. */
  plugin_id?: string;
  error: HooklineError;
}

/** A plugin that the application gives as an object. Throws `manifest_invalid` when it has no manifest, or a bad one. */
export function foundFromObject(definition: { manifest?: ManifestInput }): FoundPlugin {
  if (definition.manifest === undefined) {
    throw new HooklineError("manifest_invalid", {
      reason: "A plugin given as an object needs a manifest: definePlugin({ manifest: { plugin_id, channel_type }, setup() {} })",
    });
  }
  const { manifest, warnings } = checkManifest(definition.manifest, { file: "definePlugin({ manifest })" });
  return {
    plugin_id: manifest.plugin_id,
    channel_type: manifest.channel_type,
    manifest,
    kind: "object",
    folder: "",
    boundary: "",
    warnings,
  };
}
