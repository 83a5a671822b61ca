import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createHost, definePlugin, HooklineError, type Log, unwrap } from "../../core/index.ts";
import { createRedactor, redactError } from "../../core/plugins/redact.ts";

const secret = 'p4ss"w/ö+rd &=';
const forms = [
  secret,
  JSON.stringify(secret).slice(1, -1),
  encodeURIComponent(secret),
  encodeURIComponent(secret).replaceAll("%20", "+"),
  Buffer.from(secret).toString("base64"),
  Buffer.from(secret).toString("base64url"),
];
const inside = ["", "u", "us", "user"].map((user) => Buffer.from(`${user}:${secret}:more`).toString("base64"));

test.each(forms)("a redactor blanks the form %s", (form) => {
  const redact = createRedactor([secret]);

  expect(redact(`before ${form} after`)).toBe("before *** after");
});

test.each(inside)("a redactor blanks the secret inside the base64 of a longer text: %s", (text) => {
  const redacted = createRedactor([secret])(text);

  expect(redacted).toContain("***");
  expect(Buffer.from(redacted.split("***").join(""), "base64").toString("latin1")).not.toContain("4ss");
});

test("an error is blanked in message, stack, details and every cause, and keeps its code and facts", () => {
  const deepest = Object.assign(new TypeError(`deep ${secret}`), { code: "ECONNREFUSED" });
  const middle = new Error(`middle ${secret}`, { cause: deepest });
  const details = { reason: `cannot reach https://x/${encodeURIComponent(secret)}`, url: secret, dispatched: "maybe" as const };
  const error = new HooklineError("unavailable", details, { cause: middle });

  const clean = redactError(error, createRedactor([secret]));

  expect(inspect(clean, { depth: 10 })).not.toMatch(/p4ss|w\/ö/);
  expect(clean).toMatchObject({ code: "unavailable", dispatched: "maybe" });
  expect(clean.stack).toContain("secrets.test.ts");
});

test("a secret of the settings is in no error, log line or status, whatever a plugin does with it", async () => {
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const logger: Log = { debug: write, info: write, warn: write, error: write };
  const leaky = definePlugin({
    manifest: { plugin_id: "leaky", channel_type: "chat" },
    setup: ({ config, log }) => ({
      send_message() {
        const basic = Buffer.from(`me:${config.auth_token}`).toString("base64");
        log.error(`sending with ${config.auth_token}`, { headers: { authorization: `Basic ${basic}` } });
        throw new Error(`401 for token ${config.auth_token}`, {
          cause: { url: `https://x/?t=${encodeURIComponent(String(config.auth_token))}` },
        });
      },
      add_member: () => ({
        items: [{ subject: "a", status: "failed" as const, error: { code: "auth", message: `bad ${config.auth_token}` } }],
      }),
      health_check() {
        throw new Error(`bad ${config.auth_token}`);
      },
    }),
  });
  const broken = definePlugin({
    manifest: { plugin_id: "broken", channel_type: "other" },
    setup({ config }) {
      throw new Error(`cannot log in with ${config.password}`);
    },
  });
  const enabled_plugins = [
    { plugin_id: "leaky", config: { auth_token: secret } },
    { plugin_id: "broken", config: { password: secret } },
  ];
  const host = await createHost({ plugins: [leaky, broken], config: { enabled_plugins }, logger });

  const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: "x" });
  const members = await host.call("add_member", { channel: "chat", group: "g", members: ["a"] });
  await host.checkHealth();
  const thrown = await Promise.resolve()
    .then(() => unwrap(outcome))
    .catch((error: unknown) => error);

  expect(outcome.error?.message).toContain("401 for token ***");
  for (const shown of [outcome, members, host.status(), lines, thrown])
    expect(inspect(shown, { depth: 20 })).not.toMatch(/p4ss|cDRzcy/);
  expect(lines.length).toBeGreaterThan(0);
  await host.close();
});
