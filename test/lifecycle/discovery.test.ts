import { expect, test } from "vitest";
import { createHost, defineContract, definePlugin, z } from "../../core/index.ts";
import { answer, answering, createWorkspace, moduleOf } from "../support/workspace.ts";

test("an npm package is a plugin by its name, and an edit in it goes live", async () => {
  const place = await createWorkspace();
  const package_ = "node_modules/@acme/hookline-chat";
  await place.write(`${package_}/package.json`, '{ "name": "@acme/hookline-chat", "version": "1.0.0", "type": "module" }');
  await place.write(`${package_}/manifest.yml`, "plugin_id: acme_chat\nchannel_type: chat\nentry_point: index.ts\n");
  await place.write(`${package_}/index.ts`, answering("1"));
  await place.write("hookline.yml", 'plugin_paths: ["@acme/hookline-chat"]\nenabled_plugins: [{ plugin_id: acme_chat }]\n');
  const host = await place.open();
  expect(await answer(host)).toBe("acme_chat:1");
  const reloaded = host.once("reloaded");

  await place.write(`${package_}/index.ts`, answering("2"));
  await reloaded;

  expect(await answer(host)).toBe("acme_chat:2");
});

test("an edit of the manifest of an npm package goes live", async () => {
  const place = await createWorkspace();
  const package_ = "node_modules/hookline-chat";
  const manifest = (version: string) =>
    `plugin_id: packed_chat\nchannel_type: chat\nentry_point: index.ts\nversion: ${version}\n`;
  await place.write(`${package_}/package.json`, '{ "name": "hookline-chat", "version": "1.0.0", "type": "module" }');
  await place.write(`${package_}/manifest.yml`, manifest("1.0.0"));
  await place.write(`${package_}/index.ts`, answering("1"));
  await place.write("hookline.yml", "plugin_paths: [hookline-chat]\nenabled_plugins: [{ plugin_id: packed_chat }]\n");
  const host = await place.open();
  const reloaded = host.once("reloaded");

  await place.write(`${package_}/manifest.yml`, manifest("1.1.0"));
  await reloaded;

  expect(host.instance("packed_chat").version).toBe("1.1.0");
});

test("the six-line manifest of the seeds loads as it stands", async () => {
  const place = await createWorkspace();
  await place.write(
    "plugins/communication/twilio_sms/manifest.yml",
    'plugin_id: "twilio_sms"\nname: "Twilio SMS Plugin"\nchannel_type: "sms"\ncapabilities: ["text_messaging", "delivery_receipts"]\nrequired_config: ["account_sid", "auth_token", "from_number"]\nentry_point: "twilio_sms_plugin.TwilioSMSPlugin"\n',
  );
  await place.write(
    "plugins/communication/twilio_sms/twilio_sms_plugin.ts",
    'import { definePlugin } from "hookline"; export const TwilioSMSPlugin = definePlugin({ setup: ({ config }) => ({ send_message: () => ({ message_id: `${config.account_sid} ${config.from_number}` }) }) });',
  );
  await place.write(
    "hookline.yml",
    'plugin_paths:\n  - "plugins/communication"\nenabled_plugins:\n  - plugin_id: "twilio_sms"\n    config:\n      account_sid: "${TWILIO_SID}"\n      auth_token: "${TWILIO_TOKEN}"\n      from_number: "${TWILIO_FROM_NUMBER}"\n',
  );

  const host = await place.open({ environment: { TWILIO_SID: "AC1", TWILIO_TOKEN: "t", TWILIO_FROM_NUMBER: "+15550100" } });

  const outcome = await host.sendMessage("sms", "+1234567890", "Your verification code is: 123456");
  expect(outcome.value?.message_id).toBe("twilio_sms:AC1 +15550100");
});

test("a plugin is set up after those it depends on", async () => {
  const place = await createWorkspace();
  const order: string[] = [];
  Object.assign(globalThis, { hooklineOrder: order });
  const noting = (id: string) =>
    moduleOf(`(async () => { await null; globalThis.hooklineOrder.push("${id}"); return {}; })()`).replace("=> (", "=> (");
  await place.plugin("app", noting("app"), "dependencies: [base, middle@^1.0]\n");
  await place.plugin("middle", noting("middle"), "version: 1.2.0\ndependencies: [base]\n");
  await place.plugin("base", noting("base"));
  await place.configure("plugin_id: app", "plugin_id: middle", "plugin_id: base");

  await place.open();

  expect(order).toEqual(["base", "middle", "app"]);
});

test("a missing dependency and a cycle refuse only whom they touch, and the cycle is named", async () => {
  const place = await createWorkspace();
  await place.plugin("needs", answering("x"), "dependencies: [nowhere]\n");
  await place.plugin("left", answering("x"), "dependencies: [right]\n");
  await place.plugin("right", answering("x"), "dependencies: [left]\n");
  await place.plugin("free", answering("free"));
  await place.configure("plugin_id: needs", "plugin_id: left", "plugin_id: right", "plugin_id: free");

  const host = await place.open();

  expect(await answer(host)).toBe("free:free");
  expect(host.instance("needs").failure).toMatchObject({ code: "dependency_missing" });
  expect(host.instance("left").failure?.message).toMatch(/left → right → left|right → left → right/);
});

test("a manifest written for another contract version is refused, both values named", async () => {
  const place = await createWorkspace();
  await place.plugin("future", answering("x"), 'hookline: "^2.0"\n');
  await place.configure("plugin_id: future");

  const host = await place.open();

  expect(host.instance("future").failure?.message).toMatch(/\^2\.0.*communication 1\.0\.0/);
});

test("a deprecated hook works, and is warned of once per plugin", async () => {
  const warnings: string[] = [];
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    error: () => undefined,
    warn: (message: string) => void warnings.push(message),
  };
  const old = defineContract({
    id: "shop",
    version: "1.1.0",
    hooks: { quote: { mode: "first", request: z.strictObject({}), answer: z.number(), deprecated: "use price" } },
  });
  const plugin = definePlugin<object, typeof old>({
    manifest: { plugin_id: "one", channel_type: "shop" },
    setup: () => ({ quote: () => 7 }),
  });
  await using host = await createHost({ contracts: [old], plugins: [plugin], logger });

  await host.reload("one");

  expect(await host.call("quote", {})).toBe(7);
  expect(warnings).toEqual(["quote is deprecated in shop 1.1.0: use price"]);
});

test("capabilities that are hooks narrow what a plugin answers", async () => {
  const place = await createWorkspace();
  await place.plugin(
    "one",
    "{ send_message: () => ({ message_id: 'x' }), delete_message: () => ({ message_id: 'x' }) }",
    "capabilities: [send_message, receipts]\n",
  );
  await place.configure("plugin_id: one");

  const host = await place.open();

  expect(host.instance("one").hooks).toEqual(["send_message"]);
  const outcome = await host.call("delete_message", { channel: "chat", message: "x" });
  expect(outcome).toMatchObject({ status: "failed", error: { code: "unsupported" } });
});
