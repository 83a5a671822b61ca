import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { readConfig } from "../../core/config/readConfig.ts";
import { readManifest } from "../../core/plugins/readManifest.ts";
import { checkSettings } from "../../core/plugins/settings.ts";
import { pageBlocks } from "./pageBlocks.ts";

const plugins = readdirSync(new URL("../../plugins/", import.meta.url));

test.each(plugins)(
  "plugins/%s/README.md opens with a configuration, and each one in it is taken as it stands",
  async (plugin) => {
    const blocks = pageBlocks(`plugins/${plugin}/README.md`).filter(
      ({ language, code }) => language === "yaml" && code.includes("enabled_plugins:"),
    );

    for (const { code, line } of blocks) {
      const { instances } = readConfig({ file: `README.md:${line}`, source: code }, { cwd: "/", home: "/home/me", environment });
      for (const instance of instances) {
        const file = new URL(`../../plugins/${instance.plugin_id}/manifest.yml`, import.meta.url);
        const { manifest } = readManifest(readFileSync(file, "utf8"), "manifest.yml");
        await expect(checkSettings(manifest, instance), `the block at line ${line}`).resolves.toBeDefined();
      }
    }

    expect(blocks.length).toBeGreaterThan(0);
  },
);

/** Every variable is set, to something of the kind that its name promises. */
const environment: Record<string, string> = new Proxy(
  {},
  {
    get: (_, name) => {
      const words = String(name);
      if (words.endsWith("_ID")) return "123456789012345678";
      if (words.includes("URL")) return "https://hooks.example.com/services/T0/B0/0123456789";
      if (words.includes("WEBHOOK_SECRET")) return "whsec_C2FVsBQIhrscChlQIMVxb5sSYspob7oD";
      return "123456:abcdefghijklmnop0123";
    },
    has: () => true,
    getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true, value: "" }),
  },
);
