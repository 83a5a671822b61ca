import { inspect } from "node:util";
import { expect, test } from "vitest";
import { HooklineError, type Host, type ManifestInput } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { chat, openOn } from "../support/plugins.ts";
import { type Scripted, scripted } from "../support/scripted.ts";
import { answering, createWorkspace } from "../support/workspace.ts";

const options_schema = {
  type: "object",
  additionalProperties: false,
  properties: {
    sender: { type: "string", maxLength: 11 },
    priority: { enum: ["low", "high"] },
    one_time_token: { type: "string", minLength: 8, default: "12345678" },
  },
} satisfies ManifestInput["options_schema"];

async function opened(...members: Scripted[]): Promise<Host> {
  return openOn(createFakeClock(), { plugins: members.map(({ plugin }) => plugin) });
}

const message = { channel: "chat", to: "anna", content: "hello" };
const sendWith = (host: Host, provider_options: Record<string, Record<string, unknown>>, more: object = {}) =>
  host.call("send_message", { ...message, provider_options, ...more });

test("options that fit the plugin's schema reach it as they are, without defaults", async () => {
  const one = scripted("twilio", [], { options_schema });
  const host = await opened(one);

  const outcome = await sendWith(host, { twilio: { sender: "Acme", priority: "low" } });

  expect(outcome).toMatchObject({ status: "ok", warnings: [] });
  expect(one.asked[0]?.provider_options).toEqual({ twilio: { sender: "Acme", priority: "low" } });
});

test.each([
  [{ sendr: "Acme" }, 'provider_options.twilio: sendr is no option of this plugin; did you mean "sender"?'],
  [{ colour: 1 }, "provider_options.twilio: colour is no option of this plugin; there are sender, priority, one_time_token."],
  [{ sender: 7 }, "provider_options.twilio: sender must be string."],
  [{ priority: "medium" }, 'provider_options.twilio: priority must be one of "low", "high".'],
  [{ sender: 7, priority: 7 }, "provider_options.twilio: sender must be string; priority must be one of"],
])("%j is refused by plugin and field, with what is allowed, and the plugin is not called", async (options, sentence) => {
  const one = scripted("twilio", [], { options_schema });
  const host = await opened(one);

  const refused = sendWith(host, { twilio: options });

  await expect(refused).rejects.toMatchObject({ code: "invalid_request", message: expect.stringContaining(sentence) });
  expect(one.asked).toEqual([]);
});

test("the options of the plugin that would be asked last are checked as well: a mistake does not wait for a failover", async () => {
  const [one, two] = [scripted("one"), scripted("two", [], { options_schema })];
  const host = await opened(one, two);

  await expect(sendWith(host, { two: { sender: 7 } })).rejects.toThrow(/provider_options\.two: sender must be string/);

  expect(one.asked).toEqual([]);
});

test("what a plugin without a schema gets is its own affair", async () => {
  const one = scripted("free");
  const host = await opened(one);

  expect(await sendWith(host, { free: { anything: [1] } })).toMatchObject({ status: "ok", warnings: [] });
});

test.each([
  ["twillio", 'there is no plugin of that id. Did you mean "twilio"? Known: twilio.'],
  ["xyz", "there is no plugin of that id. Known: twilio."],
  ["my_sms", "my_sms is an instance of twilio; name the plugin"],
])("options of %s, which is no plugin here, are a warning", async (name, sentence) => {
  const one = scripted("twilio", [], { options_schema });
  const config = { enabled_plugins: [{ plugin_id: "twilio", id: "my_sms" }] };
  const host = await openOn(createFakeClock(), { plugins: [one.plugin], config });

  const outcome = await sendWith(host, { [name]: { sender: 7 } }, { channel: ["chat", "chat"] });

  expect(outcome).toMatchObject({ status: "ok", warnings: [`provider_options.${name} has no effect: ${sentence}`] });
});

test("what a before_call makes of the options is checked again", async () => {
  const one = scripted("twilio", [], { options_schema });
  const spoiler = chat("spoiler", () => ({
    before_call: (call) => ({ ...call, request: { ...call.request, provider_options: { twilio: { sender: 7 } } } }),
  }));
  const host = await openOn(createFakeClock(), { plugins: [spoiler, one.plugin] });

  const outcome = await host.call("send_message", message);

  expect(outcome).toMatchObject({ status: "failed", error: { code: "invalid_request" }, route: { name: "before_call" } });
  expect(outcome.error?.message).toContain("provider_options.twilio: sender must be string");
  expect(one.asked).toEqual([]);
});

test("no value of an option stands in a refusal, and a secret one is blanked in the errors of the plugin", async () => {
  const leaky = scripted(
    "twilio",
    ({ provider_options }) => {
      throw new HooklineError("auth", { reason: `refused ${JSON.stringify(provider_options)}` });
    },
    { options_schema },
  );
  const host = await opened(leaky);

  const refusal = await sendWith(host, { twilio: { one_time_token: "s3cret" } }).catch((error: unknown) => error);
  const outcome = await sendWith(host, { twilio: { one_time_token: "s3cret-token", sender: "Acme" } });

  expect(refusal).toMatchObject({ message: expect.stringContaining("one_time_token must NOT have fewer than 8 characters") });
  expect(outcome.error?.message).toContain('{"twilio":{"one_time_token":"***","sender":"Acme"}}');
  expect(inspect([refusal, outcome], { depth: 20 })).not.toContain("s3cret");
});

test("an options_schema that is none keeps the plugin from being loaded, and the version before goes on", async () => {
  const place = await createWorkspace();
  const schema = (type: string) => `options_schema: { type: object, properties: { sender: { type: ${type} } } }\n`;
  await place.plugin("one", answering("m1"), schema("string"));
  await place.configure("plugin_id: one");
  const host = await place.open({ watch: false });

  await place.plugin("one", answering("m2"), schema("strin"));
  const refused = await host.reload("one").catch((error: unknown) => error);

  expect(refused).toMatchObject({ code: "manifest_invalid", message: expect.stringContaining("The options_schema of one") });
  expect((await host.call("send_message", message)).value?.message_id).toBe("one:m1");
});

test("a reload brings the new schema", async () => {
  const place = await createWorkspace();
  const schema = (type: string) => `options_schema: { type: object, properties: { sender: { type: ${type} } } }\n`;
  await place.plugin("one", answering("m1"), schema("string"));
  await place.configure("plugin_id: one");
  const host = await place.open({ watch: false });
  await expect(sendWith(host, { one: { sender: 7 } })).rejects.toThrow(/sender must be string/);

  await place.plugin("one", answering("m2"), schema("number"));
  await host.reload("one");

  expect((await sendWith(host, { one: { sender: 7 } })).status).toBe("ok");
});
