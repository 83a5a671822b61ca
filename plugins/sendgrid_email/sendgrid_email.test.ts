import { generateKeyPairSync, sign } from "node:crypto";
import type { PlatformHandler } from "hookline/testing";
import { openPlugin, testPlugin } from "hookline/testing";
import { expect, onTestFinished, test, vi } from "vitest";

const folder = import.meta.dirname;
const settings = { api_key: "SG.key-of-tests.0123456789", from: "Acme <mail@acme.test>" };
const mail = { to: "anna@example.test", content: { subject: "Hello", text: "Lunch at one?" } };
const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const webhook_public_key = publicKey.export({ type: "spki", format: "der" }).toString("base64");
const template = { name: "d-0123456789abcdef0123456789abcdef", variables: { first_name: "Anna", items: [1, 2] } };
const refusal = (status: number, message: string, field: string | null = null) => ({
  status,
  json: { errors: [{ message, field, help: null }] },
});

testPlugin(folder, {
  test,
  config: (url) => ({ ...settings, webhook_public_key, hide_recipients: true, webhook_tolerance_seconds: 300, api_url: url }),
  platform: sendgridDouble,
  calls: {
    send_message: {
      to: ["anna@example.test", { kind: "email", value: "ben@example.test", name: "Ben" }],
      from: { kind: "email", value: "desk@acme.test", name: "Desk" },
      content: { subject: "Hello", text: "Lunch?", html: "<p>Lunch?</p>" },
      attachments: [{ filename: "menu.txt", content_type: "text/plain", content_base64: "U291cA==" }],
      metadata: { categories: ["lunch"], order: 7, tenant: "acme" },
      thread: "abc@acme.test",
      provider_options: {
        sendgrid_email: { tracking_settings: { click_tracking: { enable: false } }, reply_to: { email: "re@acme.test" } },
      },
    },
  },
  errors: [
    {
      name: "a revoked key",
      hook: "send_message",
      answer: refusal(401, "The provided authorization grant is invalid, expired, or revoked"),
      code: "auth",
    },
    {
      name: "a plan that is used up",
      hook: "send_message",
      answer: refusal(401, "Maximum credits exceeded"),
      code: "quota_exceeded",
      facts: { dispatched: "no" },
    },
    {
      name: "a sender that is not verified",
      hook: "send_message",
      answer: refusal(
        403,
        "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.",
        "from",
      ),
      code: "permission",
      facts: { failover: true, dispatched: "no" },
    },
    {
      name: "a mail that is too large",
      hook: "send_message",
      answer: { status: 413, body: "<html>Request Entity Too Large</html>" },
      code: "payload_too_large",
    },
    {
      name: "a recipient that is no address",
      hook: "send_message",
      answer: refusal(400, "Does not contain a valid address.", "personalizations.1.to.0.email"),
      code: "invalid_recipient",
      facts: { failover: false, penalize: "never", dispatched: "no" },
    },
    { name: "any other 400", hook: "send_message", answer: refusal(400, "Bad", "content.0.value"), code: "invalid_request" },
    {
      name: "a 202 with a page of somebody else",
      hook: "send_message",
      answer: { status: 202, body: "<html>" },
      code: "unavailable",
      facts: { dispatched: "maybe" },
    },
    { name: "an empty 200", hook: "send_message", answer: { status: 200 }, code: "unavailable", facts: { dispatched: "maybe" } },
  ],
  webhook: () =>
    signed([{ event: "delivered", sg_event_id: "e1", sg_message_id: "m1.filter-0", timestamp: 1, email: "anna@example.test" }]),
  api: {
    document: "../../../shared/specs/sendgrid.mail.openapi.json",
    exceptions: [
      {
        where: "POST /v3/mail/send custom_args must be string",
        reason: "the document types it as text, and its own description and the API take an object",
      },
      { where: "GET /v3/scopes is not in the document", reason: "it is described in another one, sendgrid.scopes.openapi.json" },
    ],
  },
});

test("recipients do not see each other: one envelope each, all of one request", async () => {
  await using open = await openSendgrid();

  const outcome = await open.call("send_message", {
    ...mail,
    to: ["anna@example.test", { kind: "email", value: "ben@example.test", name: "Ben" }],
  });

  expect(posted(open)).toEqual({
    personalizations: [{ to: [{ email: "anna@example.test" }] }, { to: [{ email: "ben@example.test", name: "Ben" }] }],
    from: { email: "mail@acme.test", name: "Acme" },
    subject: "Hello",
    content: [{ type: "text/plain", value: "Lunch at one?" }],
  });
  expect(outcome).toMatchObject({
    status: "ok",
    value: { message_id: "sendgrid_email:LRzXl_NHStOGhQ4kofSm_A1" },
    items: [
      { subject: "anna@example.test", status: "sent" },
      { subject: "ben@example.test", status: "sent" },
    ],
  });
});

test("with hide_recipients: false they stand in one envelope, each once", async () => {
  await using open = await openSendgrid({ hide_recipients: false });

  await open.call("send_message", { ...mail, to: ["anna@example.test", "ben@example.test", "Anna@example.test"] });

  expect(posted(open).personalizations).toEqual([{ to: [{ email: "Anna@example.test" }, { email: "ben@example.test" }] }]);
});

test("who stands twice in a list gets one mail, and both are told as sent", async () => {
  await using open = await openSendgrid();

  const outcome = await open.call("send_message", { ...mail, to: ["anna@example.test", "Anna@example.test"] });

  expect(posted(open).personalizations).toEqual([{ to: [{ email: "Anna@example.test" }] }]);
  expect(outcome.items).toMatchObject([
    { subject: "anna@example.test", status: "sent" },
    { subject: "Anna@example.test", status: "sent" },
  ]);
});

test("who has no address is an item; the others get their mail", async () => {
  await using open = await openSendgrid();

  const outcome = await open.call("send_message", { ...mail, to: ["anna@example.test", "nobody", "a@b.test, evil@x.test"] });

  expect(posted(open).personalizations).toHaveLength(1);
  expect(outcome).toMatchObject({
    status: "partial",
    items: [
      { status: "sent" },
      { status: "failed", error: { code: "invalid_recipient" } },
      { status: "failed", error: { code: "invalid_recipient" } },
    ],
  });
});

test("an address that SendGrid refuses is named, and nobody got the mail", async () => {
  await using open = await openSendgrid();
  open.platform.failNext(refusal(400, "Does not contain a valid address.", "personalizations.1.to.0.email"));

  const outcome = await open.call("send_message", { ...mail, to: ["anna@example.test", "ben@nowhere"] });

  expect(outcome).toMatchObject({
    status: "failed",
    error: { code: "invalid_recipient", message: expect.stringContaining("ben@nowhere") },
  });
});

test.each<[string, object, object]>([
  [
    "text before HTML",
    { content: { subject: "s", html: "<b>x</b>", text: "x" } },
    {
      content: [
        { type: "text/plain", value: "x" },
        { type: "text/html", value: "<b>x</b>" },
      ],
    },
  ],
  [
    "HTML alone",
    { content: { subject: "s", html: "<b>x</b>", text: "" } },
    { content: [{ type: "text/html", value: "<b>x</b>" }] },
  ],
  [
    "Markdown as it is written",
    { content: { subject: "s", markdown: "*x*" } },
    { content: [{ type: "text/plain", value: "*x*" }] },
  ],
  [
    "a dynamic template, whose variables know the subject",
    { content: { template, subject: "Hi" } },
    {
      template_id: template.name,
      content: undefined,
      personalizations: [
        { to: [{ email: "anna@example.test" }], dynamic_template_data: { subject: "Hi", first_name: "Anna", items: [1, 2] } },
      ],
    },
  ],
  [
    "a sender of the message's own",
    { from: { kind: "email", value: "desk@acme.test", name: "Desk" } },
    { from: { email: "desk@acme.test", name: "Desk" } },
  ],
  [
    "metadata as categories and custom arguments",
    { metadata: { categories: ["a", "b"], order: 7, tenant: "acme", deep: { x: [1] } } },
    { categories: ["a", "b"], custom_args: { order: "7", tenant: "acme", deep: '{"x":[1]}' } },
  ],
  ["categories that are no list", { metadata: { categories: "a" } }, { categories: undefined, custom_args: { categories: "a" } }],
  [
    "a file",
    { attachments: [{ filename: "a.txt", content_base64: "aGk=" }] },
    { attachments: [{ content: "aGk=", filename: "a.txt", disposition: "attachment" }] },
  ],
  [
    "the mail that it answers, beside headers of the caller's",
    { thread: "abc@acme.test", provider_options: { sendgrid_email: { headers: { "X-A": "1" } } } },
    { headers: { "X-A": "1", "In-Reply-To": "<abc@acme.test>", References: "<abc@acme.test>" } },
  ],
  [
    "a Message-ID with its brackets",
    { thread: "<abc@acme.test>" },
    { headers: { "In-Reply-To": "<abc@acme.test>", References: "<abc@acme.test>" } },
  ],
  ["nothing of a thread that would add a header", { thread: "a@b>\r\nBcc: <evil@x.test" }, { headers: undefined }],
  ["an answer to a mail whose Message-ID nobody knows", { thread: "LRzXl_NHStOGhQ4kofSm_A" }, { headers: undefined }],
  [
    "a field of SendGrid's own, which cannot change the recipients",
    { provider_options: { sendgrid_email: { send_at: 1_800_000_000, personalizations: [] } } },
    { send_at: 1_800_000_000, personalizations: [{ to: [{ email: "anna@example.test" }] }] },
  ],
])("%s is passed on", async (_name, request, expected) => {
  await using open = await openSendgrid();

  const outcome = await open.call("send_message", { ...mail, ...request });

  expect(outcome.status, outcome.error?.message).toBe("ok");
  const sent = posted(open);
  expect(Object.fromEntries(Object.keys(expected).map((name) => [name, sent[name]]))).toEqual(expected);
});

test.each<[string, object, string]>([
  ["a mail without a subject", { content: "Hi" }, "unsupported"],
  ["an empty mail", { content: { subject: "Hi", text: "" } }, "unsupported"],
  ["a template of another kind", { content: { template: { name: "welcome" } } }, "unsupported"],
  ["a phone number", { to: { kind: "phone", value: "+4915112345678" } }, "unsupported"],
  ["a list of addresses in one", { to: "a@b.test, evil@x.test" }, "invalid_recipient"],
  ["an address with a line break", { to: "a@b.test\nbcc: evil@x.test" }, "invalid_recipient"],
  ["a sender that is no address", { from: "desk" }, "invalid_request"],
  ["more metadata than SendGrid keeps", { metadata: { x: "y".repeat(10_000) } }, "payload_too_large"],
  ["more than 30 MB", { attachments: [{ filename: "a", content_base64: "A".repeat(32 * 1024 * 1024) }] }, "payload_too_large"],
])("%s is refused before anything is sent", async (_name, request, code) => {
  await using open = await openSendgrid();
  const before = open.platform.requests.length;

  const outcome = await open.call("send_message", { ...mail, ...request });

  expect(outcome.error).toMatchObject({ code, dispatched: "no" });
  expect(open.platform.requests.length).toBe(before);
});

test("a 202 without X-Message-Id is accepted all the same, under a name of our own", async () => {
  await using open = await openSendgrid();
  open.platform.failNext({ status: 202 });

  const outcome = await open.call("send_message", mail);

  expect(outcome).toMatchObject({
    status: "ok",
    value: { message_id: expect.stringMatching(/^sendgrid_email:unnamed-[0-9a-f-]{36}$/) },
  });
});

test("in SendGrid's sandbox an empty 200 is a success", async () => {
  await using open = await openSendgrid();
  open.platform.failNext({ status: 200 });

  const outcome = await open.call("send_message", {
    ...mail,
    provider_options: { sendgrid_email: { mail_settings: { sandbox_mode: { enable: true } } } },
  });

  expect(outcome.status).toBe("ok");
});

test.each([
  ["X-RateLimit-Reset", { "x-ratelimit-reset": "1800000060" }, 60_000],
  ["a reset that has passed", { "x-ratelimit-reset": "1799999999" }, 0],
  ["Retry-After, should SendGrid send one", { "retry-after": "7", "x-ratelimit-reset": "1800000060" }, 7_000],
  ["nothing", {}, undefined],
])("a 429 with %s says how long to wait", async (_name, headers, wait) => {
  at(1_800_000_000);
  await using open = await openSendgrid();
  open.platform.failNext({ ...refusal(429, "too many requests"), headers });

  const outcome = await open.call("send_message", mail);

  expect(outcome.error).toMatchObject({ code: "rate_limited", dispatched: "no" });
  expect(outcome.error?.retry_after_ms).toBe(wait);
});

test("the EU's address is a setting, with or without a slash at its end", async () => {
  await using open = await openPlugin(folder, {
    config: (url) => ({ ...settings, api_url: `${url}/eu/` }),
    platform: () => ({ status: 202 }),
  });

  await open.call("send_message", mail);

  expect(open.platform.requests.map(({ path }) => path)).toEqual(["/eu/v3/scopes", "/eu/v3/mail/send"]);
});

test.each<[string, object, string]>([
  ["a wrong key", { api_key: "SG.wrong" }, "401"],
  ["a key that may not send", { api_key: "SG.reader" }, "Mail Send"],
  ["a sender that is no address", { from: "Acme" }, "from"],
  ["a key to verify with that is none", { webhook_public_key: "aGk=" }, "webhook_public_key"],
  ["no key", { api_key: undefined }, "api_key"],
])("%s is refused before the instance goes live", async (_name, more, said) => {
  await expect(openSendgrid(more)).rejects.toMatchObject({ message: expect.stringContaining(said) });
});

test("the health is what SendGrid says of the key now", async () => {
  await using open = await openSendgrid();
  const healthy = await open.ask("health_check");
  open.platform.failNext({ json: {} });
  const odd = await open.ask("health_check");
  open.platform.failNext(refusal(403, "access forbidden"));
  const forbidden = await open.ask("health_check");

  expect([healthy, odd, forbidden]).toMatchObject([
    { healthy: true },
    { healthy: false, details: { code: "unavailable" } },
    { healthy: false, details: { code: "permission" } },
  ]);
});

/** As much of SendGrid as this plugin asks: the scopes of a key, and mail that is accepted. */
function sendgridDouble(): PlatformHandler {
  let sent = 0;
  return (request) => {
    const key = request.headers.authorization?.replace("Bearer ", "");
    if (key === "SG.reader") return { json: { scopes: ["alerts.read"] } };
    if (key !== settings.api_key) return refusal(401, "authorization required");
    if (request.method === "GET" && request.path === "/v3/scopes") return { json: { scopes: ["alerts.read", "mail.send"] } };
    if (request.method === "POST" && request.path === "/v3/mail/send")
      return { status: 202, headers: { "X-Message-Id": `LRzXl_NHStOGhQ4kofSm_A${++sent}` } };
    return refusal(404, "not found");
  };
}

function openSendgrid(more: object = {}) {
  return openPlugin(folder, { config: (url) => ({ ...settings, ...more, api_url: url }), platform: sendgridDouble() });
}

function posted({ platform }: Awaited<ReturnType<typeof openSendgrid>>): Record<string, unknown> {
  return platform.requests.at(-1)?.json;
}

function signed(events: object[]) {
  const raw_body = `${JSON.stringify(events)}\r\n`;
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = sign("sha256", Buffer.from(timestamp + raw_body), privateKey).toString("base64");
  const headers = { "X-Twilio-Email-Event-Webhook-Signature": signature, "X-Twilio-Email-Event-Webhook-Timestamp": timestamp };
  return { method: "POST", headers, query: {}, raw_body };
}

/** Sets the time of day, until the test ends. */
function at(seconds: number): void {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["Date"], now: seconds * 1000 });
}
