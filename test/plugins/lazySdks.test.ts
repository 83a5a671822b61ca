import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const program = fileURLToPath(new URL("./fixtures/packagesLoaded.ts", import.meta.url));
const sdks = ["discord.js", "@discordjs/rest", "googleapis", "google-auth-library", "@slack/web-api", "nodemailer", "twilio"];
// Nobody answers there.
const api_url = "http://127.0.0.1:9/";

test.each([
  ["generic_webhook", { url: api_url, secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" }, []],
  ["email_smtp", { host: "127.0.0.1", port: 9, from: "a@example.com" }, ["nodemailer"]],
  ["slack", { api_url, token: "xoxb-0123456789" }, ["@slack/web-api"]],
])("with all plugins there and %s enabled, no other SDK is loaded", { timeout: 60_000 }, async (plugin, settings, own) => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, plugin, JSON.stringify(settings)]);

  const { state, failure, packages } = JSON.parse(stdout);
  expect([state, failure]).toEqual(["live", undefined]);
  expect(packages).toContain("zod");
  expect(sdks.filter((name) => packages.includes(name))).toEqual(own);
});
