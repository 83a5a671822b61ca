import { createHash } from "node:crypto";
import fc from "fast-check";
import { openPlugin } from "hookline/testing";
import judge from "twilio/lib/webhooks/webhooks.js";
import { expect, test } from "vitest";
import { account, type Callback, receive, startTwilio } from "./test/startTwilio.ts";

const folder = import.meta.dirname;
const webhook_url = "https://acme.test/hooks/twilio";
const form = { "content-type": "application/x-www-form-urlencoded" };

// Twilio's documentation, "Validating requests" (the same stand in the test suites of its clients).
test.each([
  [
    "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
    { CallSid: "CA1234567890ABCDE", From: "+12349013030", To: "+18005551212", Caller: "+12349013030", Digits: "1234" },
  ],
  [
    "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    { CallSid: "CA1234567890ABCDE", Caller: "+14158675309", Digits: "1234", From: "+14158675309", To: "+18005551212" },
  ],
])("the documented signature %s is right, with the query in the setting or in the request", async (signature, fields) => {
  const raw_body = new URLSearchParams(fields).toString();
  const request = { method: "POST", headers: { ...form, "X-TWILIO-signature": signature }, raw_body };
  const query = { foo: "1", bar: "2" };
  await using whole = await openWebhook({ auth_token: "12345", webhook_url: "https://mycompany.com/myapp.php?foo=1&bar=2" });
  await using bare = await openWebhook({ auth_token: "12345", webhook_url: "https://mycompany.com/myapp.php" });

  const answers = [
    await whole.ask("handle_webhook", { ...request, query }),
    await whole.ask("handle_webhook", request),
    await bare.ask("handle_webhook", { ...request, query }),
    await bare.ask("handle_webhook", { ...request, query: { foo: "1" } }),
  ];

  expect(answers.map(statusOf)).toEqual([200, 200, 200, 401]);
});

test("what Twilio's own package says of a signature, the plugin says", async () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const url = fc
    .record({
      scheme: fc.constantFrom("http", "https"),
      host: part,
      port: fc.constantFrom("", ":443", ":80", ":8443"),
      path: part,
    })
    .map(({ scheme, host, port, path }) => `${scheme}://${host}.test${port}/${path}`);
  const fields = fc.dictionary(part, fc.string({ unit: "grapheme", maxLength: 12 }), { maxKeys: 6, noNullPrototype: true });
  const port = fc.constantFrom("as it is", "without", "with");

  await fc.assert(
    fc.asyncProperty(url, fields, fields, port, fc.boolean(), async (base, query, body, signedPort, tampered) => {
      await using open = await openWebhook({ auth_token: account.auth_token, webhook_url: base });
      const search = new URLSearchParams(query).toString();
      const whole = search === "" ? base : `${base}?${search}`;
      const signed = signedPort === "as it is" ? whole : withPort(whole, signedPort === "with");
      const signature = judge.getExpectedTwilioSignature(account.auth_token, signed, tampered ? { ...body, x: "1" } : body);
      const request = {
        method: "POST",
        headers: { ...form, "x-twilio-signature": signature },
        query,
        raw_body: new URLSearchParams(body).toString(),
      };

      const answer = await open.ask("handle_webhook", request);

      expect(statusOf(answer) === 200).toBe(judge.validateRequest(account.auth_token, signature, whole, body));
    }),
    { numRuns: 60, seed: 20_211 },
  );
});

test("a value that comes several times is signed as Twilio's package signs it", async () => {
  await using open = await openWebhook();
  const values = ["b", "a", "b"];
  const signature = judge.getExpectedTwilioSignature(account.auth_token, webhook_url, { MessageSid: "SM1", Tag: values });
  const body = new URLSearchParams("MessageSid=SM1");
  for (const value of values) body.append("Tag", value);

  const answer = await open.ask("handle_webhook", {
    method: "POST",
    headers: { "x-twilio-signature": signature },
    raw_body: body.toString(),
  });

  expect(statusOf(answer)).toBe(200);
});

test("a JSON body is verified by its hash in the query", async () => {
  await using open = await openWebhook();
  const raw_body = JSON.stringify({ MessageSid: "SM1", MessageStatus: "delivered" });
  const list = JSON.stringify([{ id: "EV1", type: "com.twilio.messaging.message.sent" }, { type: "no id" }]);
  const request = (body: string, bodySHA256 = createHash("sha256").update(body).digest("hex")) => {
    const signature = judge.getExpectedTwilioSignature(account.auth_token, `${webhook_url}?bodySHA256=${bodySHA256}`, {});
    return { method: "POST", headers: { "x-twilio-signature": signature }, query: { bodySHA256 }, raw_body: Buffer.from(body) };
  };

  const right = await open.ask("handle_webhook", request(raw_body));
  const events = await open.ask("handle_webhook", request(list));
  const changed = await open.ask("handle_webhook", { ...request(raw_body), raw_body: `${raw_body} ` });
  const unhashed = await open.ask("handle_webhook", { ...request(raw_body), query: {} });
  const noJson = await open.ask("handle_webhook", request("{"));

  expect(right).toMatchObject({ events: [{ type: "delivery", id: "SM1:delivered", status: "delivered" }] });
  expect(events).toMatchObject({
    events: [
      { type: "other", id: "EV1" },
      { type: "other", id: expect.stringMatching(/^[0-9a-f]{64}:1$/) },
    ],
  });
  expect([changed, unhashed, noJson].map(statusOf)).toEqual([401, 401, 400]);
});

test("what Twilio sends about a message arrives signed, and is told as deliveries; a copy has the id of the first", async () => {
  await using receiver = await receive();
  const double = await startTwilio();
  const config = (url: string) => ({ ...account, webhook_url: receiver.url, api_url: url });
  await using open = await openPlugin(folder, { config, platform: double });
  const sent = await open.call("send_message", { to: "+4915112345678", content: "Hi" });
  const sid = String(sent.value?.message_id).replace("twilio_sms:", "");
  for (const status of ["sent", "delivered", "delivered"]) await double.moveOn(sid, status);

  const answers = await Promise.all(receiver.callbacks.map((callback) => open.ask("handle_webhook", { ...callback })));

  expect(answers.flatMap(eventsOf)).toMatchObject([
    { type: "delivery", id: `${sid}:queued`, message_id: sid, status: "queued" },
    { type: "delivery", id: `${sid}:sent`, message_id: sid, status: "sent" },
    { type: "delivery", id: `${sid}:delivered`, status: "delivered" },
    { type: "delivery", id: `${sid}:delivered`, status: "delivered" },
  ]);
  expect(await open.call("get_message_status", { message: sent.value?.message_id })).toMatchObject({
    value: { status: "delivered", terminal: true },
  });
});

test("a message that was not delivered brings Twilio's reason", async () => {
  await using open = await openWebhook();

  const answer = await open.ask(
    "handle_webhook",
    signed({ MessageSid: "SM1", MessageStatus: "undelivered", ErrorCode: "30003" }),
  );

  expect(eventsOf(answer)).toMatchObject([{ type: "delivery", status: "failed", data: { ErrorCode: "30003" } }]);
});

test.each(["POST", "GET"] as const)(
  "an inbound message comes by %s, a STOP, too, and Twilio is told to send no reply",
  async (smsMethod) => {
    await using receiver = await receive();
    const double = await startTwilio({ smsUrl: receiver.url, smsMethod });
    const config = (url: string) => ({ ...account, webhook_url: receiver.url, api_url: url });
    await using open = await openPlugin(folder, { config, platform: double });
    const hello = await double.writeIn("+4915112345678", "Hallo Welt (ä & ö)!");
    const stop = await double.writeIn("+4915112345678", "STOP");

    const answers = await Promise.all(receiver.callbacks.map((callback) => open.ask("handle_webhook", { ...callback })));

    expect(answers.flatMap(eventsOf)).toMatchObject([
      {
        type: "message",
        id: hello.sid,
        message_id: hello.sid,
        from: { kind: "phone", value: "+4915112345678" },
        content: { text: "Hallo Welt (ä & ö)!" },
        data: { To: account.from_number },
      },
      { type: "message", id: stop.sid, content: { text: "STOP" } },
    ]);
    expect(answers[0]).toMatchObject({ response: { status: 200, headers: { "content-type": "text/xml" }, body: "<Response/>" } });
  },
);

test("opt-out, media and all else that Twilio says are in the data of the event", async () => {
  await using open = await openWebhook();
  const fields = { SmsSid: "MM1", From: "+1", Body: "", NumMedia: "1", MediaUrl0: "https://a.test/1", OptOutType: "STOP" };

  const answer = await open.ask("handle_webhook", signed(fields));

  expect(eventsOf(answer)).toMatchObject([{ type: "message", content: { text: "" }, data: fields }]);
});

test("signatures over the URL of status_callback are right as well", async () => {
  const status_callback = "https://acme.test/hooks/status";
  await using open = await openWebhook({ ...account, webhook_url, status_callback });
  const fields = { MessageSid: "SM1", MessageStatus: "sent" };

  const answers = [
    await open.ask("handle_webhook", signed(fields)),
    await open.ask("handle_webhook", signed(fields, status_callback)),
  ];

  expect(answers.map(statusOf)).toEqual([200, 200]);
});

const refused: [string, (request: Callback) => object, object, RegExp][] = [
  ["no signature", (request) => ({ ...request, headers: {} }), {}, /header X-Twilio-Signature is missing/],
  [
    "a changed field",
    (request) => ({ ...request, raw_body: request.raw_body.replace("sent", "delivered") }),
    {},
    /signature is wrong/,
  ],
  ["another query", (request) => ({ ...request, query: { tenant: "2" } }), {}, /signature is wrong/],
  ["another URL", (request) => request, { webhook_url: "https://acme.test/hooks/other" }, /webhook_url/],
  ["another token", (request) => request, { auth_token: "another" }, /auth_token/],
  ["no webhook_url in the settings", (request) => request, { webhook_url: undefined }, /webhook_url is not set/],
  [
    "no auth_token in the settings",
    (request) => request,
    { auth_token: undefined, api_key_sid: "SK1", api_key_secret: "secret-of-key" },
    /auth_token is not set/,
  ],
];

test.each(refused)("a request with %s is refused, and gives no event", async (_name, change, settings, said) => {
  await using open = await openWebhook({ ...account, webhook_url, ...settings });

  const answer = await open.ask("handle_webhook", { ...change(signed({ MessageSid: "SM1", MessageStatus: "sent" })) });

  expect(answer).toMatchObject({ events: [], response: { status: 401, body: expect.stringMatching(said) } });
});

test("what names no message is an event with an id of its own", async () => {
  await using open = await openWebhook();

  const one = await open.ask("handle_webhook", { ...signed({ Level: "ERROR" }) });
  const other = await open.ask("handle_webhook", { ...signed({ Level: "WARNING" }) });

  expect([...eventsOf(one), ...eventsOf(other)]).toMatchObject([
    { type: "other", id: expect.stringMatching(/^[0-9a-f]{64}$/) },
    { type: "other", id: expect.stringMatching(/^[0-9a-f]{64}$/) },
  ]);
  expect(eventsOf(one)).not.toEqual(eventsOf(other));
});

function openWebhook(settings: object = { auth_token: account.auth_token, webhook_url }) {
  const platform = () => ({ json: { status: "active" } });
  return openPlugin(folder, { config: (url) => ({ account_sid: account.account_sid, ...settings, api_url: url }), platform });
}

function signed(fields: Record<string, string>, url = webhook_url): Callback {
  const signature = judge.getExpectedTwilioSignature(account.auth_token, url, fields);
  return {
    method: "POST",
    headers: { "x-twilio-signature": signature },
    query: {},
    raw_body: new URLSearchParams(fields).toString(),
  };
}

function withPort(url: string, isWanted: boolean): string {
  const [, scheme = "", host = "", rest = ""] = /^(https?:\/\/)([^:/]+)(?::\d+)?(.*)$/.exec(url) ?? [];
  return `${scheme}${host}${isWanted ? (scheme === "https://" ? ":443" : ":80") : ""}${rest}`;
}

function statusOf(answer: Record<string, unknown>): number {
  // The host has checked the answer's shape.
  return (answer as { response?: { status: number } }).response?.status ?? 200;
}

function eventsOf(answer: Record<string, unknown>): object[] {
  return (answer as { events: object[] }).events;
}
