import { inspect } from "node:util";
import { expect, test } from "vitest";
import { createHost, definePlugin, HooklineError, type Implementations, type Log, unwrap } from "../../core/index.ts";
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

test("a secret inside what cannot be copied is blanked as well: URLs, maps, objects of a class, and what lies too deep", () => {
  class Request {
    readonly headers = { authorization: `Bearer ${secret}` };
  }
  const deep = Array.from({ length: 30 }).reduce<unknown>((inner) => ({ inner }), { deepest: secret });
  const broken = new (class {
    [inspect.custom]() {
      throw new Error("not to be shown");
    }
  })();
  const harmless = { at: new Date(0), url: new URL("https://example.com/a") };
  const details = {
    url: new URL(`https://x/?k=${encodeURIComponent(secret)}`),
    map: new Map([[1, secret]]),
    request: new Request(),
  };

  const clean = redactError(new HooklineError("unavailable", { ...details, deep, broken, harmless }), createRedactor([secret]));

  expect(inspect(clean.details, { depth: 50 }) + JSON.stringify(clean.details)).not.toMatch(/p4ss/);
  expect(clean.details.harmless).toEqual(harmless);
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

/** A plugin with a token of its own, and what it does with it. */
function keeper(plugin_id: string, setup: (token: string) => Implementations, channel_type = "none") {
  const plugin = definePlugin<{ token: string }>({
    manifest: { plugin_id, channel_type },
    setup: ({ config }) => setup(config.token),
  });
  return { plugin, entry: { plugin_id, config: { token: `t0ken-of-${plugin_id}` } } };
}

/** A host of keepers, and all that it writes. */
async function hostOf(...keepers: ReturnType<typeof keeper>[]) {
  const lines: unknown[] = [];
  const write = (...line: unknown[]) => void lines.push(line);
  const logger: Log = { debug: write, info: write, warn: write, error: write };
  const enabled_plugins = keepers.map(({ entry }) => entry);
  const host = await createHost({ plugins: keepers.map(({ plugin }) => plugin), config: { enabled_plugins }, logger });
  return { host, lines };
}

const sender = keeper("sender", (token) => ({ send_message: () => ({ message_id: token.slice(0, 1) }) }), "chat");
const message = { channel: "chat", to: "anna", content: "x" };
const throwing = (token: string) => () => {
  throw new Error(`bad ${token}`, { cause: { header: Buffer.from(`me:${token}`).toString("base64") } });
};
const wrapping = (token: string) => ({
  wrapper: true as const,
  async handler(_: unknown, next: () => unknown) {
    await next();
    throw new Error(`bad ${token}`);
  },
});

test.each([
  ["before_call", (token: string): Implementations => ({ before_call: throwing(token) })],
  ["a wrapper of before_call", (token: string): Implementations => ({ before_call: wrapping(token) })],
  ["a wrapper of send_message", (token: string): Implementations => ({ send_message: wrapping(token) })],
])("what %s throws is in the outcome without the secrets of its own instance", async (_, setup) => {
  const { host, lines } = await hostOf(keeper("guard", setup), sender);

  const outcome = await host.call("send_message", message);
  await host.close();

  expect(outcome).toMatchObject({ status: "failed", error: { instance: "guard", message: expect.stringContaining("bad ***") } });
  expect(inspect([outcome, lines], { depth: 20 })).not.toMatch(/t0ken|dDBrZW/);
});

test("a wrapper that quotes what another instance threw gives away no secret of that one", async () => {
  const quoting = keeper("quoting", () => ({
    send_message: {
      wrapper: true,
      async handler(_, next) {
        try {
          return await next();
        } catch (error) {
          throw new HooklineError("unavailable", { reason: `it said: ${String(error)}` });
        }
      },
    },
    before_call: {
      wrapper: true,
      async handler(_, next) {
        try {
          return (await next()) as never;
        } catch (error) {
          throw new HooklineError("permission", { reason: `it said: ${String(error)}` });
        }
      },
    },
  }));
  const failing = keeper("failing", (token) => ({ send_message: throwing(token) }), "chat");
  const refusing = keeper("refusing", (token) => ({ before_call: throwing(token) }));

  const asked = await hostOf(quoting, failing);
  const refused = await hostOf(quoting, refusing, sender);
  const outcomes = [await asked.host.call("send_message", message), await refused.host.call("send_message", message)];
  await Promise.all([asked.host.close(), refused.host.close()]);

  expect(outcomes.map(({ error }) => [error?.instance, error?.message.includes("bad ***")])).toEqual([
    ["quoting", true],
    ["quoting", true],
  ]);
  expect(inspect([outcomes, asked.lines, refused.lines], { depth: 20 })).not.toContain("t0ken");
});

test("a wrapper of add_member around the parts of a create_group gives its secret away in no item", async () => {
  const group = { id: "g", name: "Team" };
  const manifest = { plugin_id: "making", channel_type: "chat", limits: { members: 1 } };
  const making = definePlugin({
    manifest,
    setup: () => ({ create_group: () => group, add_member: () => ({ items: [] }) }),
  });
  const guard = keeper("guard", (token) => ({ add_member: wrapping(token) }));
  const enabled_plugins = [guard.entry, { plugin_id: "making" }];
  const host = await createHost({ plugins: [guard.plugin, making], config: { enabled_plugins }, logger: false });

  const outcome = await host.call("create_group", { channel: "chat", name: "Team", members: ["a", "b"] });
  await host.close();

  expect(outcome).toMatchObject({ status: "partial", items: [{}, { error: { message: expect.stringContaining("bad ***") } }] });
  expect(inspect(outcome, { depth: 20 })).not.toContain("t0ken");
});

test("what event_received and after_call throw is logged without secrets, under whatever name they throw it", async () => {
  const diary = keeper("diary", (token) => ({
    event_received() {
      // An instance that is none of ours does not keep it from being blanked.
      throw new HooklineError("auth", { instance: "somebody", reason: `bad ${token}` });
    },
    after_call: throwing(token),
  }));
  const { host, lines } = await hostOf(diary, sender);

  const errors = await host.call("event_received", { instance: "sender", event: { type: "other" } });
  await host.call("send_message", message);
  await host.close();

  expect(errors.map(({ message }) => message)).toEqual([expect.stringContaining("bad ***")]);
  expect(inspect(lines)).toMatch(/after_call failed/);
  expect(inspect([errors, lines], { depth: 20 })).not.toMatch(/t0ken|dDBrZW/);
});

test("an event of a plugin that event_received chokes on is logged without secrets", async () => {
  const diary = keeper("diary", (token) => ({ event_received: throwing(token) }));
  const teller = keeper("teller", () => ({ handle_webhook: () => ({ events: [{ type: "other" as const }] }) }));
  const { host, lines } = await hostOf(diary, teller);

  await host.handleWebhook("teller", { method: "POST", headers: {}, raw_body: "" });
  await host.close();

  expect(inspect(lines)).toMatch(/event_received failed: .*bad \*\*\*/);
  expect(inspect(lines, { depth: 20 })).not.toMatch(/t0ken|dDBrZW/);
});
