import { readFile } from "node:fs/promises";
import { type InstanceConfig, readConfig } from "../../core/config/readConfig.ts";
import { readManifest } from "../../core/plugins/readManifest.ts";
import { checkSettings } from "../../core/plugins/settings.ts";

/** Reads a configuration of plugins that are here; gives each instance with its settings as its manifest has them. */
export async function settingsOf(
  source: string,
  environment: Record<string, string | undefined>,
): Promise<{ instance: InstanceConfig; checked: Record<string, unknown> }[]> {
  const { instances } = readConfig({ file: "hookline.yml", source }, { cwd: "/", home: "/home/me", environment });
  return Promise.all(
    instances.map(async (instance) => {
      const file = new URL(`../../plugins/${instance.plugin_id}/manifest.yml`, import.meta.url);
      const { manifest } = readManifest(await readFile(file, "utf8"), "manifest.yml");
      return { instance, checked: await checkSettings(manifest, instance) };
    }),
  );
}
