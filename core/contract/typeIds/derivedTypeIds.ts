import { HooklineError } from "../../errors.ts";
import { parseTypeId } from "./parseTypeId.ts";
import { typeIdToken } from "./typeIdToken.ts";

/** What of a manifest its type ids come from. */
export interface TypedPlugin {
  plugin_id: string;
  channel_type: string;
  /** Semantic; a plugin that has none counts as version 0. */
  version?: string | undefined;
}

/** The type id of a contract: `gts.hookline.contracts._.communication.v1.0~`. */
export function contractTypeId({ id, version }: { id: string; version: string }): string {
  return typeIdOf("contracts", "_", id, version);
}

/** The type id of the settings that a plugin takes: `gts.hookline.plugins.sms.twilio_sms.v1.4~`. */
export function settingsTypeId({ plugin_id, channel_type, version }: TypedPlugin): string {
  return typeIdOf("plugins", channel_type, plugin_id, version);
}

/** The type id of an instance, below that of its plugin: `gts.hookline.plugins.sms.twilio_sms.v1.4~hookline.instances._.main.v1`. */
export function instanceTypeId({ instance, ...plugin }: TypedPlugin & { instance: string }): string {
  return checked(`${settingsTypeId(plugin)}hookline.instances._.${typeIdToken(instance)}.v1`);
}

function typeIdOf(kind: string, namespace: string, name: string, version: string | undefined): string {
  return checked(`gts.hookline.${kind}.${typeIdToken(namespace)}.${typeIdToken(name)}.${versionOf(name, version)}~`);
}

function versionOf(name: string, version = "0"): string {
  const [, major, minor] = /^(\d+)(?:\.(\d+)\.\d+(?:[-+].*)?)?$/.exec(version) ?? [];
  if (major === undefined) {
    throw new HooklineError("type_id_invalid", {
      reason: `The version of ${name} must be like 1.0.0 to stand in a type id, and "${version}" is not`,
    });
  }
  return minor === undefined ? `v${major}` : `v${major}.${minor}`;
}

/** A name can be so long that the id is none. */
function checked(id: string): string {
  return parseTypeId(id).id;
}
