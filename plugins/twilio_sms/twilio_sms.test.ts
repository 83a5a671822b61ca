import { createHost } from "hookline";
import { openPlugin, type PlatformRequest, testPlugin } from "hookline/testing";
import twilio from "twilio/lib/webhooks/webhooks.js";
import { expect, test } from "vitest";
import { account, apiKey, startTwilio } from "./test/startTwilio.ts";

const folder = import.meta.dirname;
const to = "+4915112345678";
// Nobody listens there: the callbacks of these tests go nowhere. Those that arrive are in webhooks.test.ts.
const webhook_url = "http://127.0.0.1:9/hooks/twilio";
let known = "";

const refusal = (code: number, status = 400, message = "No.") => ({ status, json: { code, message, status, more_info: "" } });

testPlugin(folder, {
  test,
  config: (url) => ({ ...account, ...apiKey, webhook_url, status_callback: webhook_url, delete_mode: "redact", api_url: url }),
  platform: async () => {
    const running = await startTwilio();
    known = await running.create();
    return running;
  },
  calls: {
    send_message: {
      to,
      content: "Hi",
      provider_options: { twilio_sms: { MediaUrl: ["https://a.test/1.png"], ValidityPeriod: 60 } },
    },
    // The emulator makes its ids by chance: each call asks for the message that its double has.
    get_message_status: {
      get message() {
        return known;
      },
    },
    delete_message: {
      get message() {
        return known;
      },
    },
  },
  errors: [
    { name: "a wrong login", hook: "send_message", answer: refusal(20003, 401), code: "auth" },
    { name: "a number that is none", hook: "send_message", answer: refusal(21211), code: "invalid_recipient" },
    { name: "a landline", hook: "send_message", answer: refusal(21614), code: "invalid_recipient", facts: { failover: false } },
    {
      name: "a number that this sender does not reach",
      hook: "send_message",
      answer: refusal(21612),
      code: "invalid_recipient",
      facts: { failover: true, penalize: "never" },
    },
    {
      name: "a recipient who sent STOP",
      hook: "send_message",
      answer: refusal(21610),
      code: "recipient_blocked",
      facts: { failover: false, retryable: false, penalize: "never", dispatched: "no" },
    },
    { name: "a premium number", hook: "send_message", answer: refusal(21268), code: "invalid_recipient" },
    { name: "the sender's own number", hook: "send_message", answer: refusal(21266), code: "invalid_recipient" },
    { name: "a landline, in Twilio's newer words", hook: "send_message", answer: refusal(21635), code: "invalid_recipient" },
    { name: "a sender that cannot send SMS", hook: "send_message", answer: refusal(21661), code: "permission" },
    { name: "a service that is not ours", hook: "send_message", answer: refusal(21701, 404), code: "permission" },
    { name: "a text that Twilio finds too long", hook: "send_message", answer: refusal(21617), code: "payload_too_large" },
    { name: "a template of another account", hook: "send_message", answer: refusal(21655), code: "unsupported" },
    { name: "a trial account", hook: "send_message", answer: refusal(21608), code: "permission", facts: { failover: true } },
    { name: "a sender that is not ours", hook: "send_message", answer: refusal(21606), code: "permission" },
    { name: "the day's limit", hook: "send_message", answer: refusal(63038, 429), code: "quota_exceeded" },
    { name: "the queue of the number is full", hook: "send_message", answer: refusal(21611), code: "rate_limited" },
    {
      name: "too many at once",
      hook: "send_message",
      answer: { ...refusal(20429, 429), headers: { "retry-after": "3" } },
      code: "rate_limited",
      facts: { retry_after_ms: 3_000, dispatched: "no" },
    },
    { name: "an answer without a sid", hook: "send_message", answer: { json: { status: "queued" } }, code: "unavailable" },
    { name: "a message that has gone out", hook: "delete_message", answer: refusal(30409, 409), code: "conflict" },
    { name: "an answer about another message", hook: "delete_message", answer: { json: { sid: "SM0" } }, code: "unavailable" },
  ],
  rateLimit: { answer: { ...refusal(20429, 429), headers: { "retry-after": "2" } }, retry_after_ms: 2_000 },
  webhook: () => signedCallback({ MessageSid: "SM1", MessageStatus: "delivered", To: to }),
  api: {
    document: "../../../shared/specs/twilio.messaging.openapi.json",
    exceptions: [],
  },
});

function signedCallback(fields: Record<string, string>) {
  const signature = twilio.getExpectedTwilioSignature(account.auth_token, webhook_url, fields);
  const headers = { "X-Twilio-Signature": signature, "content-type": "application/x-www-form-urlencoded" };
  return { method: "POST", headers, query: {}, raw_body: new URLSearchParams(fields).toString() };
}

test("a message goes out as Twilio keeps it: sender, text, and where its status is to be told", async () => {
  await using open = await openPlugin(folder, {
    config: (url) => ({ ...account, webhook_url, api_url: url }),
    platform: await startTwilio(),
  });

  const outcome = await open.call("send_message", { to, content: "Grüße 👋" });

  const sent = lastForm(open.platform.requests);
  expect(Object.fromEntries(sent)).toEqual({ To: to, From: account.from_number, Body: "Grüße 👋", StatusCallback: webhook_url });
  expect(outcome).toMatchObject({ status: "ok", items: [{ subject: to, status: "sent" }] });
  expect(outcome.value?.message_id).toMatch(/^twilio_sms:SM[0-9a-f]{32}$/);
  expect(await open.call("get_message_status", { message: outcome.value?.message_id })).toMatchObject({
    value: { status: "queued", terminal: false },
  });
});

test.each<[string, object, object, object]>([
  ["a sender of the message's own", { from: "MGM" }, {}, { From: "MGM", MessagingServiceSid: null }],
  [
    "a service of Twilio's own parameters, which then sends from the number",
    { provider_options: { twilio_sms: { MessagingServiceSid: "MG2" } } },
    {},
    { From: account.from_number, MessagingServiceSid: "MG2" },
  ],
  [
    "a service of the message's own",
    { from: `MG${"3".repeat(32)}` },
    {},
    { From: null, MessagingServiceSid: `MG${"3".repeat(32)}` },
  ],
  [
    "the service of the settings",
    {},
    { from_number: undefined, messaging_service_sid: "MG1" },
    { From: null, MessagingServiceSid: "MG1" },
  ],
  ["a subject as the first line", { content: { subject: "Alarm", text: "Door" } }, {}, { Body: "Alarm\nDoor" }],
  ["Markdown as it is written", { content: { markdown: "*Door*" } }, {}, { Body: "*Door*" }],
  ["the text of a message that has HTML, too", { content: { html: "<b>Door</b>", text: "Door" } }, {}, { Body: "Door" }],
  [
    "a template",
    { content: { template: { name: `HX${"4".repeat(32)}`, variables: { 1: "Anna" } } } },
    {},
    { ContentSid: `HX${"4".repeat(32)}`, ContentVariables: '{"1":"Anna"}', Body: null },
  ],
  [
    "Twilio's own parameters, which cannot change the recipient",
    { provider_options: { twilio_sms: { To: "+1", SmartEncoded: true, PersistentAction: { a: 1 } } } },
    {},
    { To: to, SmartEncoded: "true", PersistentAction: '{"a":1}' },
  ],
  ["another place for the status", {}, { status_callback: "https://b.test/s" }, { StatusCallback: "https://b.test/s" }],
])("%s is passed on", async (_name, request, settings, expected) => {
  const platform = () => ({ status: 201, json: { sid: "SM1" } });
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, ...settings, api_url: url }), platform });

  const outcome = await open.call("send_message", { to, content: "Hi", ...request });

  expect(outcome.status, outcome.error?.message).toBe("ok");
  const sent = lastForm(open.platform.requests);
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, sent.get(name)]))).toEqual(expected);
});

test("an MMS names each of its media, and a text may be left out", async () => {
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: await startTwilio() });
  const MediaUrl = ["https://a.test/1.png", "https://a.test/2.png"];

  const outcome = await open.call("send_message", { to, content: "", provider_options: { twilio_sms: { MediaUrl } } });

  expect(outcome.value?.message_id).toMatch(/^twilio_sms:MM/);
  expect(lastForm(open.platform.requests).getAll("MediaUrl")).toEqual(MediaUrl);
  expect(lastForm(open.platform.requests).has("Body")).toBe(false);
});

test.each<[string, object, object, string]>([
  ["1601 characters", { content: "x".repeat(1601) }, {}, "payload_too_large"],
  ["HTML without a text", { content: { html: "<b>Hi</b>" } }, {}, "unsupported"],
  ["a file", { attachments: [{ filename: "a.txt", content_base64: "aGk=" }] }, {}, "unsupported"],
  ["a mail address", { to: { kind: "email", value: "a@x.test" } }, {}, "unsupported"],
  ["no sender at all", {}, { from_number: undefined }, "unsupported"],
])("%s is refused before anything is sent", async (_name, request, settings, code) => {
  await using open = await openPlugin(folder, {
    config: (url) => ({ ...account, ...settings, api_url: url }),
    platform: await startTwilio(),
  });
  const before = open.platform.requests.length;

  const outcome = await open.call("send_message", { to, content: "Hi", ...request });

  expect(outcome.error).toMatchObject({ code, dispatched: "no" });
  expect(open.platform.requests.length).toBe(before);
});

test("1600 characters are 1600, also when each of them takes two units", async () => {
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: await startTwilio() });

  const outcome = await open.call("send_message", { to, content: "👋".repeat(1600) });

  expect(outcome.status).toBe("ok");
});

test("several recipients are a request each; one who sent STOP does not keep the others from it", async () => {
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: await startTwilio() });
  const people = ["+4915100000001", "+4915100000002", "+4915100000003"];
  const before = open.platform.requests.length;
  open.platform.failNext(refusal(21610, 400, "Attempt to send to unsubscribed recipient"), { after: 1 });

  const outcome = await open.call("send_message", { to: people, content: "Hi" });

  expect(open.platform.requests.slice(before).map(({ form }) => form.To)).toEqual(people);
  expect(outcome).toMatchObject({
    status: "partial",
    items: [
      { subject: people[0], status: "sent", ref: expect.stringMatching(/^twilio_sms:SM/) },
      { subject: people[1], status: "failed", error: { code: "recipient_blocked", message: expect.stringContaining("21610") } },
      { subject: people[2], status: "sent" },
    ],
  });
});

test.each([
  ["cancel", { Status: "canceled" }, { status: "canceled", body: "Hi" }],
  ["redact", { Body: "" }, { status: "queued" }],
])("delete_mode %s changes Twilio's record so", async (delete_mode, form, kept) => {
  const double = await startTwilio();
  const sid = await double.create();
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, delete_mode, api_url: url }), platform: double });

  const outcome = await open.call("delete_message", { message: `twilio_sms:${sid}` });

  expect(outcome).toMatchObject({ status: "ok", value: { message_id: `twilio_sms:${sid}` } });
  expect(open.platform.requests.at(-1)?.form).toEqual(form);
  expect(await double.message(sid)).toMatchObject(kept);
});

test("delete_mode remove deletes the record, and a second time there is none", async () => {
  const double = await startTwilio();
  const message = await double.create();
  await using open = await openPlugin(folder, {
    config: (url) => ({ ...account, delete_mode: "remove", api_url: url }),
    platform: double,
  });

  const outcomes = [await open.call("delete_message", { message }), await open.call("delete_message", { message })];

  expect(outcomes).toMatchObject([{ status: "ok" }, { error: { code: "not_found" } }]);
  expect(open.platform.requests.at(-1)).toMatchObject({ method: "DELETE", body: "" });
  open.platform.failNext({ status: 200 });
  expect(await open.call("delete_message", { message })).toMatchObject({ error: { code: "unavailable", dispatched: "maybe" } });
});

test("a message that Twilio leaves as it is was not taken back", async () => {
  const double = await startTwilio();
  const message = await double.create();
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: double });
  open.platform.failNext({ json: { sid: message, status: "sent" } });

  const outcome = await open.call("delete_message", { message });

  expect(outcome.error).toMatchObject({ code: "conflict", message: expect.stringContaining("is sent already") });
});

test.each([
  ["accepted", "accepted", false],
  ["scheduled", "accepted", false],
  ["sending", "queued", false],
  ["sent", "sent", false],
  ["delivered", "delivered", true],
  ["read", "read", true],
  ["undelivered", "failed", true],
  ["failed", "failed", true],
  ["canceled", "deleted", true],
  ["received", "delivered", true],
  ["something new", "unknown", false],
])("Twilio's status %s is %s", async (status, ours, terminal) => {
  const platform = () => ({ json: {} });
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform });
  open.platform.failNext({ json: { sid: "SM1", status } });

  const outcome = await open.call("get_message_status", { message: "SM1" });

  expect(outcome.value).toEqual({ status: ours, terminal });
});

test("an API key logs in instead of the auth token, and is checked with what it may read", async () => {
  const { auth_token: _, ...withoutToken } = account;
  const double = await startTwilio();
  await using open = await openPlugin(folder, {
    config: (url) => ({ ...withoutToken, ...apiKey, api_url: url }),
    platform: double,
  });

  const outcome = await open.call("send_message", { to, content: "Hi" });

  expect(outcome.status).toBe("ok");
  expect(open.platform.requests[0]?.path).toMatch(/Messages\.json$/);
  const login = `${apiKey.api_key_sid}:${apiKey.api_key_secret}`;
  expect(open.platform.requests.at(-1)?.headers.authorization).toBe(`Basic ${btoa(login)}`);
});

test.each([
  ["a wrong token", { auth_token: "another-token" }, "20003"],
  ["no credentials", { auth_token: undefined }, "auth_token is missing"],
  ["half an API key", { api_key_sid: "SK1" }, "api_key_secret"],
  ["a setting that is none", { from: "+1" }, "from"],
])("%s is refused before the instance goes live", async (_name, settings, said) => {
  const opening = openPlugin(folder, {
    config: (url) => ({ ...account, ...settings, api_url: url }),
    platform: await startTwilio(),
  });

  await expect(opening).rejects.toMatchObject({ code: "settings_invalid", message: expect.stringContaining(said) });
});

test("a restricted API key that may send and not read starts, and the log says what could not be checked", async () => {
  const config = (url: string) => ({ ...account, ...apiKey, api_url: url });
  await using open = await openPlugin(folder, { config, platform: () => refusal(70051, 401, "Authorization Failed") });

  const answer = await open.ask("validate_config");

  expect(answer).toMatchObject({ ok: true, problems: [expect.stringContaining("70051")] });
  expect(open.logs.some((line) => line.includes("the settings could not be checked"))).toBe(true);
});

test("an account that is suspended is refused, and makes an instance unhealthy later", async () => {
  const config = (url: string) => ({ ...account, api_url: url });
  let status = "active";
  await using open = await openPlugin(folder, { config, platform: () => ({ json: { sid: account.account_sid, status } }) });
  const before = await open.ask("health_check");
  status = "suspended";

  const after = await open.ask("health_check");

  expect([before, after]).toMatchObject([{ healthy: true }, { healthy: false, details: { code: "auth" } }]);
  expect(await open.ask("validate_config")).toMatchObject({ ok: false, problems: [expect.stringContaining("suspended")] });
});

test("the configuration of the proposals loads as it stands", async () => {
  await using host = await createHost({
    config: {
      plugin_paths: [folder],
      enabled_plugins: [
        {
          plugin_id: "twilio_sms",
          priority: 1,
          config: {
            account_sid: "${TWILIO_SID}",
            auth_token: "${TWILIO_TOKEN}",
            from_number: "${TWILIO_FROM_NUMBER}",
            api_url: "http://127.0.0.1:1",
          },
        },
        {
          plugin_id: "twilio_sms",
          id: "without_number",
          config: { account_sid: "${TWILIO_SID}", auth_token: "${TWILIO_TOKEN}", api_url: "http://127.0.0.1:1" },
        },
      ],
    },
    environment: { TWILIO_SID: "AC1", TWILIO_TOKEN: "token-0123", TWILIO_FROM_NUMBER: "+15550001111" },
    logger: false,
    watch: false,
  });

  expect([host.instance("twilio_sms").state, host.instance("without_number").state]).toEqual(["live", "live"]);
});

function lastForm(requests: readonly PlatformRequest[]): URLSearchParams {
  return new URLSearchParams(requests.at(-1)?.body);
}
