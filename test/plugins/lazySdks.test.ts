import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { pluginSettings } from "../../bench/support/pluginSettings.ts";

const program = fileURLToPath(new URL("./fixtures/packagesLoaded.ts", import.meta.url));
const sdks = ["discord.js", "@discordjs/rest", "googleapis", "google-auth-library", "@slack/web-api", "nodemailer"];
/** What each plugin needs to start; the others need nothing. */
const needed: Record<string, string[]> = {
  discord: ["@discordjs/rest"],
  email_smtp: ["nodemailer"],
  gmail: ["googleapis", "google-auth-library", "nodemailer"],
  google_groups: ["googleapis", "google-auth-library"],
  slack: ["@slack/web-api"],
};
const settings = Object.entries(pluginSettings());

test.each(settings)(
  "with all plugins there and %s enabled, no SDK is loaded that it does not need",
  { timeout: 60_000 },
  async (plugin, config) => {
    const { stdout } = await promisify(execFile)(process.execPath, [program, plugin, JSON.stringify(config)]);

    const { state, failure, packages } = JSON.parse(stdout);
    expect([state, failure]).toEqual(["live", undefined]);
    expect(packages).toContain("zod");
    expect(sdks.filter((name) => packages.includes(name))).toEqual(needed[plugin] ?? []);
  },
);
