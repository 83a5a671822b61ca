import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { settingsOf } from "../support/settingsOf.ts";
import { pageBlocks } from "./pageBlocks.ts";

const plugins = readdirSync(new URL("../../plugins/", import.meta.url));

test.each(plugins)(
  "plugins/%s/README.md opens with a configuration, and each one in it is taken as it stands",
  async (plugin) => {
    const blocks = pageBlocks(`plugins/${plugin}/README.md`).filter(
      ({ language, code }) => language === "yaml" && code.includes("enabled_plugins:"),
    );

    for (const { code, line } of blocks) {
      await expect(settingsOf(code, environment), `the block at line ${line}`).resolves.not.toEqual([]);
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
