import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { Ajv } from "ajv";
import type { ErrorCode } from "hookline";
import { openPlugin, testPlugin } from "hookline/testing";
import { describe, expect, test } from "vitest";
import { signedForm, signedJson } from "./test/signedRequests.ts";
import { account, smsAnswer, vonageDouble } from "./test/vonageDouble.ts";

const folder = import.meta.dirname;
const to = "+4915112345678";
const signature_secret = "signature-secret-of-tests";
const webhook_url = "https://acme.test/hooks/vonage";
const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const application = {
  application_id: "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
  private_key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
};
const refusal = (status: string, text = "No.") => smsAnswer([{ status, "error-text": text }]);
const problem = (status: number, number: string, title: string) => ({
  status,
  headers: { "content-type": "application/problem+json" },
  json: {
    type: `https://developer.nexmo.com/api-errors/messages-olympus#${number}`,
    title,
    detail: "The value is wrong.",
    instance: "bf0ca0",
  },
});

// The `x-errors` of Nexmo/api-specification 19ce342, definitions/sms.yml; https://developer.vonage.com/api-errors/sms lists the same.
const documented: [status: string, says: string, code: ErrorCode][] = [
  ["1", "Throttled", "rate_limited"],
  ["2", "Missing Parameters", "invalid_request"],
  ["3", "Invalid Parameters", "invalid_request"],
  ["4", "Invalid Credentials", "auth"],
  ["5", "Internal Error", "unavailable"],
  ["6", "Invalid Message", "invalid_recipient"],
  ["7", "Number Barred", "recipient_blocked"],
  ["8", "Partner Account Barred", "auth"],
  ["9", "Partner Quota Violation", "quota_exceeded"],
  ["10", "Too Many Existing Binds", "rate_limited"],
  ["11", "Account Not Enabled For HTTP", "permission"],
  ["12", "Message Too Long", "payload_too_large"],
  ["14", "Invalid Signature", "auth"],
  ["15", "Invalid Sender Address", "permission"],
  ["22", "Invalid Network Code", "invalid_request"],
  ["23", "Invalid Callback Url", "invalid_request"],
  ["29", "Non-Whitelisted Destination", "permission"],
  ["32", "Signature And API Secret Disallowed", "auth"],
  ["33", "Number De-activated", "invalid_recipient"],
];

describe("the SMS API", () => {
  testPlugin(folder, {
    test,
    config: (url) => ({
      ...account,
      ...application,
      api: "sms",
      signature_secret,
      signature_method: "sha256",
      webhook_tolerance_seconds: 300,
      webhook_url,
      api_url: url,
    }),
    platform: vonageDouble,
    // The signature is a field of the body: webhooks.test.ts changes that.
    expects: { handle_webhook: { "changed signature": "ok" } },
    calls: { send_message: { to, content: "Hi", provider_options: { vonage_sms: { "client-ref": "order 7", ttl: 900_000 } } } },
    errors: [
      ...documented.map(([status, says, code]) => ({
        name: `status ${status} in a 200 (${says})`,
        hook: "send_message",
        answer: refusal(status, says),
        code,
        facts: { dispatched: "no" as const },
      })),
      {
        name: "a status that nobody has told of",
        hook: "send_message",
        answer: refusal("99"),
        code: "invalid_request",
        facts: { failover: true },
      },
      {
        name: "a barred number",
        hook: "send_message",
        answer: refusal("7"),
        code: "recipient_blocked",
        facts: { failover: false, penalize: "never" },
      },
      { name: "a missing `to`", hook: "send_message", answer: refusal("2", "Missing to param"), code: "invalid_recipient" },
      { name: "anything else", hook: "send_message", answer: refusal("3", "unable to read ttl"), code: "invalid_request" },
      {
        name: "a wrong `to`",
        hook: "send_message",
        answer: refusal("3", "to address is not numeric"),
        code: "invalid_recipient",
      },
      {
        name: "an empty list of messages",
        hook: "send_message",
        answer: smsAnswer([]),
        code: "unavailable",
        facts: { dispatched: "maybe" },
      },
      {
        name: "a message without an id",
        hook: "send_message",
        answer: smsAnswer([{ status: "0" }]),
        code: "unavailable",
        facts: { dispatched: "maybe" },
      },
      {
        name: "a message without a status",
        hook: "send_message",
        answer: smsAnswer([{ "message-id": "0A1" }]),
        code: "unavailable",
        facts: { dispatched: "maybe" },
      },
      { name: "another 200", hook: "send_message", answer: { json: null }, code: "unavailable", facts: { dispatched: "maybe" } },
    ],
    webhook: () =>
      signedForm(
        { messageId: "0A1", status: "delivered", msisdn: "4915112345678" },
        { secret: signature_secret, method: "sha256" },
      ),
    api: {
      document: "../../../shared/specs/vonage.sms.openapi.json",
      base: "/sms",
      exceptions: [
        { where: "GET /account/get-balance is not in the document", reason: "the balance is read by the Account API" },
      ],
    },
  });
});

describe("the Messages API", () => {
  testPlugin(folder, {
    test,
    config: (url) => ({ ...account, ...application, api: "messages", signature_secret, webhook_url, api_url: url }),
    platform: vonageDouble,
    calls: { send_message: { to, content: "Hi", provider_options: { vonage_sms: { client_ref: "order 7" } } } },
    errors: [
      { name: "a 402", hook: "send_message", answer: problem(402, "low-balance", "Low balance"), code: "quota_exceeded" },
      {
        name: "an invalid recipient",
        hook: "send_message",
        answer: problem(422, "110", "Invalid recipient"),
        code: "invalid_recipient",
      },
      {
        name: "an invalid sender",
        hook: "send_message",
        answer: problem(422, "1120", "Invalid sender"),
        code: "permission",
        facts: { failover: true },
      },
      {
        name: "a number that has sent STOP",
        hook: "send_message",
        answer: problem(422, "1240", "Illegal Number"),
        code: "recipient_blocked",
      },
      {
        name: "a client_ref that is too long",
        hook: "send_message",
        answer: problem(422, "1060", "Invalid client reference"),
        code: "invalid_request",
      },
      {
        name: "a wrong `to` among the parameters",
        hook: "send_message",
        answer: {
          status: 422,
          json: { type: "#1150", title: "Invalid params", invalid_parameters: [{ name: "to", reason: "No." }] },
        },
        code: "invalid_recipient",
      },
      { name: "any other 422", hook: "send_message", answer: problem(422, "1150", "Invalid params"), code: "invalid_request" },
      {
        name: "an answer without an id",
        hook: "send_message",
        answer: { status: 202, json: {} },
        code: "unavailable",
        facts: { dispatched: "maybe" },
      },
    ],
    rateLimit: { answer: { ...problem(429, "1000", "Rate Limit Hit"), headers: { "retry-after": "2" } }, retry_after_ms: 2_000 },
    webhook: () =>
      signedJson({ message_uuid: "aaaaaaaa", status: "delivered", timestamp: "2026-01-31T12:00:00Z" }, signature_secret),
  });
});

test.each<[string, object, object]>([
  ["plain text", { content: "Hi @ {€}" }, { type: "text", from: "AcmeInc", to: "4915112345678" }],
  ["other letters", { content: "Привет" }, { type: "unicode", text: "Привет" }],
  ["an emoji", { content: "Hi 👋" }, { type: "unicode" }],
  ["a letter that only looks like one of GSM", { content: "façade" }, { type: "unicode" }],
  ["a number as it is written", { to: "0049 (151) 123-45.678" }, { to: "4915112345678" }],
  ["a sender of its own", { from: { kind: "phone", value: "+447700900001" } }, { from: "447700900001" }],
  ["a subject as the first line", { content: { subject: "Alarm", text: "Door" } }, { text: "Alarm\nDoor" }],
  ["Markdown as it is written", { content: { markdown: "*Door*", html: "<b>Door</b>" } }, { text: "*Door*" }],
  [
    "a parameter of Vonage's own",
    { provider_options: { vonage_sms: { ttl: 60_000, type: "unicode", to: "1" } } },
    { ttl: "60000", type: "unicode", to: "4915112345678" },
  ],
])("%s is sent by the SMS API as it has to be", async (_name, request, expected) => {
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: vonageDouble() });

  const outcome = await open.call("send_message", { to, content: "Hi", ...request });

  expect(outcome).toMatchObject({ status: "ok", value: { message_id: "vonage_sms:0A00000000000001" } });
  expect(open.platform.requests.at(-1)?.form).toMatchObject({
    ...expected,
    api_key: account.api_key,
    api_secret: account.api_secret,
  });
});

test("a long text is one message of several parts; its id is that of the first", async () => {
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: vonageDouble() });

  const outcome = await open.call("send_message", { to, content: "x".repeat(400) });

  expect(outcome.value?.message_id).toBe("vonage_sms:0A00000000000001");
  expect(open.platform.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
});

test("a message of which only some parts were taken has failed and has been sent: nobody sends it again", async () => {
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: vonageDouble() });
  open.platform.failNext(
    smsAnswer([
      { status: "0", "message-id": "0A1" },
      { status: "1", "error-text": "Throughput Rate Exceeded" },
    ]),
  );

  const outcome = await open.call("send_message", { to, content: "x".repeat(300) });

  expect(outcome.error).toMatchObject({
    code: "rate_limited",
    dispatched: "yes",
    message: expect.stringContaining("1 of its 2 parts have been sent"),
  });
});

test("several recipients are a request each, and one who is barred is an item", async () => {
  await using open = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: vonageDouble() });
  open.platform.failNext(refusal("7", "Number barred"), { after: 0 });

  const outcome = await open.call("send_message", { to: ["+4915100000001", "+4915100000002", "Anna"], content: "Hi" });

  expect(outcome).toMatchObject({
    status: "partial",
    items: [
      { subject: "+4915100000001", status: "failed", error: { code: "recipient_blocked" } },
      { subject: "+4915100000002", status: "sent", ref: "vonage_sms:0A00000000000001" },
      { subject: "Anna", status: "failed", error: { code: "invalid_recipient" } },
    ],
  });
});

test.each<[string, object, object, string]>([
  ["HTML without a text", {}, { content: { html: "<b>Hi</b>" } }, "unsupported"],
  ["a template", {}, { content: { template: { name: "welcome" } } }, "unsupported"],
  ["a file", {}, { attachments: [{ filename: "a.txt", content_base64: "aGk=" }] }, "unsupported"],
  ["a mail address", {}, { to: { kind: "email", value: "a@x.test" } }, "unsupported"],
  ["a number that is none", {}, { to: { kind: "phone", value: "call me" } }, "invalid_recipient"],
  ["1001 characters over the Messages API", { api: "messages" }, { content: "x".repeat(1001) }, "payload_too_large"],
])("%s is refused before anything is sent", async (_name, settings, request, code) => {
  await using open = await openPlugin(folder, {
    config: (url) => ({ ...account, ...settings, api_url: url }),
    platform: vonageDouble(),
  });
  const before = open.platform.requests.length;

  const outcome = await open.call("send_message", { to, content: "Hi", ...request });

  expect(outcome.error).toMatchObject({ code, dispatched: "no" });
  expect(open.platform.requests.length).toBe(before);
});

test("the Messages API gets the message as JSON, from key and secret", async () => {
  const config = (url: string) => ({ ...account, api: "messages", webhook_url, api_url: url });
  await using open = await openPlugin(folder, { config, platform: vonageDouble() });

  const outcome = await open.call("send_message", {
    to,
    content: "Grüße 👋",
    provider_options: { vonage_sms: { ttl: 60, channel: "mms" } },
  });

  expect(outcome.value?.message_id).toBe("vonage_sms:aaaaaaaa-bbbb-cccc-dddd-000000000001");
  expect(open.platform.requests.at(-1)).toMatchObject({
    path: "/v1/messages",
    headers: { authorization: expect.stringMatching(/^Basic /) },
  });
  expect(open.platform.requests.at(-1)?.json).toEqual({
    channel: "sms",
    message_type: "text",
    from: "AcmeInc",
    to: "4915112345678",
    text: "Grüße 👋",
    webhook_url,
    ttl: 60,
  });
});

test("what the Messages API gets is an SMS as its document describes it", async ({ skip }) => {
  const file = new URL("../../../shared/specs/vonage.messages.openapi.json", import.meta.url);
  if (!existsSync(file)) skip("vonage.messages.openapi.json is not here, so the request is not compared with it");
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true, logger: false });
  ajv.addSchema(JSON.parse(readFileSync(file, "utf8")), "api");
  // The document's own union of all channels refuses every right SMS, because its text fits other channels, too.
  const validate = ajv.compile({
    allOf: ["Text", "channelOptionsSms"].map((name) => ({ $ref: `api#/components/schemas/${name}` })),
  });
  // It also requires a `message` that it describes nowhere: the form of the API's version 0.1.
  const problemsOf = (sent: object) => {
    validate(sent);
    return (validate.errors ?? [])
      .filter(({ params }) => params.missingProperty !== "message")
      .map(({ instancePath }) => instancePath);
  };
  const config = (url: string) => ({ ...account, api: "messages", webhook_url, api_url: url });
  await using open = await openPlugin(folder, { config, platform: vonageDouble() });

  await open.call("send_message", { to, content: "Hi" });

  const sent = open.platform.requests.at(-1)?.json;
  expect(problemsOf(sent)).toEqual([]);
  expect(problemsOf({ ...sent, channel: "mms" })).toEqual(["/channel"]);
});

test("an application logs in with a token that its key has signed, good for five minutes", async () => {
  const private_key = application.private_key.replaceAll("\n", "\\n");
  const config = (url: string) => ({ ...application, private_key, from: "AcmeInc", api: "messages", api_url: url });
  await using open = await openPlugin(folder, { config, platform: vonageDouble() });

  await open.call("send_message", { to, content: "Hi" });

  const [, token = ""] = open.platform.requests.at(-1)?.headers.authorization?.split(" ") ?? [];
  const [head = "", claims = "", signature = ""] = token.split(".");
  const signed = verify(
    "sha256",
    Buffer.from(`${head}.${claims}`),
    createPublicKey(publicKey.export({ type: "spki", format: "pem" })),
    Buffer.from(signature, "base64url"),
  );
  const { application_id, iat, exp, jti } = JSON.parse(Buffer.from(claims, "base64url").toString());
  expect([signed, JSON.parse(Buffer.from(head, "base64url").toString())]).toEqual([true, { alg: "RS256", typ: "JWT" }]);
  expect({ application_id, lasts: exp - iat, jti }).toEqual({
    application_id: application.application_id,
    lasts: 300,
    jti: expect.any(String),
  });
});

test.each<[string, object, string]>([
  ["a wrong secret", { api_secret: "another-secret-0123" }, "401"],
  ["no login", { api_key: undefined, api_secret: undefined }, "api_key"],
  ["no login for the Messages API", { api: "messages", api_key: undefined, api_secret: undefined }, "application_id"],
  ["half a login", { api_secret: undefined }, "api_secret"],
  ["a key that is none", { api: "messages", ...application, private_key: "-----BEGIN NOTHING-----" }, "private_key"],
  ["no sender", { from: undefined }, "from"],
  ["an unknown way to sign", { signature_method: "sha3" }, "signature_method"],
])("%s is refused before the instance goes live", async (_name, settings, said) => {
  const opening = openPlugin(folder, { config: (url) => ({ ...account, ...settings, api_url: url }), platform: vonageDouble() });

  await expect(opening).rejects.toMatchObject({ code: "settings_invalid", message: expect.stringContaining(said) });
});

test("the health shows the balance, and says that the Messages API cannot be asked", async () => {
  await using sms = await openPlugin(folder, { config: (url) => ({ ...account, api_url: url }), platform: vonageDouble() });
  await using messages = await openPlugin(folder, {
    config: (url) => ({ ...account, api: "messages", api_url: url }),
    platform: vonageDouble(),
  });

  const healthy = await sms.ask("health_check");
  sms.platform.failNext({ json: { value: "much" } });
  const odd = await sms.ask("health_check");

  expect([healthy, odd]).toMatchObject([
    { healthy: true, details: { balance_eur: 10.28 } },
    { healthy: false, details: { code: "unavailable" } },
  ]);
  expect(await messages.ask("health_check")).toMatchObject({
    healthy: true,
    details: { checked: expect.stringContaining("nothing") },
  });
  expect(messages.platform.requests).toHaveLength(0);
});
