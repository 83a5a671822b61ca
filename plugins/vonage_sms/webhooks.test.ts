import { openPlugin } from "hookline/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { signedForm, signedJson, withSig } from "./test/signedRequests.ts";
import { account, vonageDouble } from "./test/vonageDouble.ts";

const folder = import.meta.dirname;
const secret = "signature-secret-of-tests";

// Vonage/vonage-php-sdk-core 002c720, test/Client/SignatureTest.php: recorded from Vonage's webhooks.
const vectorSecret = "my_secret_key_for_testing";
const recorded = {
  "message-timestamp": "2013-11-21 15:27:30",
  messageId: "020000001B0FE827",
  msisdn: "14843472194",
  text: "Test again",
  timestamp: "1385047698",
  to: "13239877404",
  type: "text",
};
const awkward = {
  keyword: "TEST",
  "message-timestamp": "2017-04-04 22:57:47",
  messageId: "0B00000042AC53BD",
  msisdn: "14843472194",
  nonce: "929d6744-bd28-42c8-b6cf-31d5b4f43732",
  text: "Test with & and =",
  timestamp: "1491346667",
  to: "12192259404",
  type: "text",
};

test.each<[string, string, Record<string, string>]>([
  ["md5hash", "d2e7b1dc968737c5998ad624e02f90b7", recorded],
  ["md5", "DDEBD46008C2D4E93CCE578A332A52D5", recorded],
  ["sha1", "27D0D05C2876C7CB1720DBCDBA4D492E1E55C09A", recorded],
  ["sha256", "DDB8397C2B90AAC7F3882D306475C9A5058C92322EEF43C92B298B6E0FC0D330", recorded],
  [
    "sha512",
    "E0D3C650F8C9D1A5C174D10DDDBFB003E561F59B265616208B0487C5D819481CD3C311D59CF6165ECD1139622D5BA3A256C0D763AC4A9AD9144B5A426B94FE82",
    recorded,
  ],
  ["md5hash", "e06d9763e3fd0b9c31beb5fc2fcb011c", awkward],
])(
  "the recorded %s signature %s is right in a query, a form and JSON, and wrong under another secret",
  async (signature_method, sig, fields) => {
    at(Number(fields.timestamp) + 60);
    await using open = await openWebhook({ signature_secret: vectorSecret, signature_method });
    await using other = await openWebhook({ signature_secret: "another", signature_method });
    const signed = { ...fields, sig };
    const requests = [
      { method: "GET", headers: {}, query: signed, raw_body: "" },
      {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        raw_body: new URLSearchParams(signed).toString(),
      },
      { method: "POST", headers: { "Content-Type": "application/json" }, raw_body: Buffer.from(JSON.stringify(signed)) },
    ];

    const answers = await Promise.all(requests.map((request) => open.ask("handle_webhook", request)));
    const refusals = await Promise.all(requests.map((request) => other.ask("handle_webhook", request)));

    for (const answer of answers)
      expect(answer).toMatchObject({ events: [{ type: "message", id: fields.messageId, content: { text: fields.text } }] });
    for (const answer of refusals) expect(answer).toMatchObject({ events: [], response: { status: 401 } });
  },
);

test("an inbound message says who wrote it and when, in a form that can be answered", async () => {
  at(1_385_047_698);
  await using open = await openWebhook({ signature_secret: vectorSecret });

  const answer = await open.ask("handle_webhook", {
    method: "GET",
    headers: {},
    query: withSig(recorded, vectorSecret, "md5hash"),
    raw_body: "",
  });

  expect(answer).toEqual({
    events: [
      {
        type: "message",
        id: "020000001B0FE827",
        message_id: "020000001B0FE827",
        from: { kind: "phone", value: "+14843472194" },
        content: { text: "Test again" },
        at: "2013-11-21T15:27:30.000Z",
        data: recorded,
      },
    ],
  });
});

test.each([
  ["delivered", "delivered"],
  ["expired", "failed"],
  ["failed", "failed"],
  ["rejected", "failed"],
  ["accepted", "accepted"],
  ["buffered", "queued"],
  ["unknown", "unknown"],
])("a receipt of the SMS API that says %s is a delivery that is %s; a replay has the id of the first", async (status, ours) => {
  await using open = await openWebhook();
  const request = signedForm(
    { messageId: "0A1", status, "err-code": "0", msisdn: "4915112345678" },
    { secret, method: "md5hash" },
  );

  const answers = [await open.ask("handle_webhook", request), await open.ask("handle_webhook", request)];

  const event = {
    type: "delivery",
    id: `0A1:${status}`,
    message_id: "0A1",
    status: ours,
    data: { "err-code": "0", nonce: "n-1" },
  };
  expect(answers).toMatchObject([{ events: [event] }, { events: [event] }]);
});

test.each([
  ["submitted", "sent"],
  ["delivered", "delivered"],
  ["rejected", "failed"],
  ["undeliverable", "failed"],
  ["read", "read"],
])("a status of the Messages API that says %s is a delivery that is %s", async (status, ours) => {
  await using open = await openWebhook();
  const body = { message_uuid: "aaaa", status, timestamp: "2026-01-31T12:00:00.331Z", channel: "sms", error: { title: "1240" } };

  const answer = await open.ask("handle_webhook", signedJson(body, secret));

  expect(answer).toMatchObject({
    events: [
      { type: "delivery", id: `aaaa:${status}`, message_id: "aaaa", status: ours, at: "2026-01-31T12:00:00.331Z", data: body },
    ],
  });
});

test("an inbound message of the Messages API is a message; what names none is something else, and has an id all the same", async () => {
  await using open = await openWebhook();
  const body = {
    message_uuid: "bbbb",
    from: "447700900001",
    to: "447700900000",
    text: "STOP",
    message_type: "text",
    channel: "sms",
  };

  const message = await open.ask("handle_webhook", signedJson(body, secret));
  const other = [
    await open.ask("handle_webhook", signedJson({ a: 1 }, secret)),
    await open.ask("handle_webhook", signedJson({ a: 1 }, secret)),
  ];

  expect(message).toMatchObject({
    events: [{ type: "message", id: "bbbb", from: { value: "+447700900001" }, content: { text: "STOP" } }],
  });
  expect(other[0]).toMatchObject({ events: [{ type: "other", id: expect.stringMatching(/^[0-9a-f]{64}$/) }] });
  expect(other[0]).toEqual(other[1]);
});

const receipt = { messageId: "0A1", status: "delivered" };
const form = () => signedForm(receipt, { secret, method: "md5hash" });
const json = (more: object = {}) => signedJson({ message_uuid: "aaaa", status: "delivered" }, secret, more);
const seconds = (offset: number) => Math.floor(Date.now() / 1000) + offset;

test.each<[string, () => { raw_body: string; headers: Record<string, string> }, RegExp]>([
  ["a changed field", () => ({ ...form(), raw_body: form().raw_body.replace("delivered", "failed") }), /signature is wrong/],
  ["an added field", () => ({ ...form(), raw_body: `${form().raw_body}&price=0` }), /signature is wrong/],
  ["a signature of another method", () => signedForm(receipt, { secret, method: "sha256" }), /signature_method/],
  ["no signature", () => ({ ...form(), raw_body: form().raw_body.replace(/&sig=.*/, "") }), /neither a field sig nor a JWT/],
  [
    "a time 301 seconds ago",
    () => signedForm({ ...receipt, timestamp: String(seconds(-301)) }, { secret, method: "md5hash" }),
    /300 seconds off/,
  ],
  [
    "a time to come",
    () => signedForm({ ...receipt, timestamp: String(seconds(400)) }, { secret, method: "md5hash" }),
    /300 seconds off/,
  ],
  ["a time that is none", () => signedForm({ ...receipt, timestamp: "soon" }, { secret, method: "md5hash" }), /300 seconds off/],
  [
    "a body that its token does not name",
    () => ({ ...json(), raw_body: json().raw_body.replace("delivered", "rejected") }),
    /signature is wrong/,
  ],
  ["a token without the hash of a body", () => json({ claims: { payload_hash: undefined } }), /signature is wrong/],
  ["a token of another secret", () => signedJson(receipt, "another"), /signature is wrong/],
  ["a token that says it needs no signature", () => json({ alg: "none" }), /signature is wrong/],
  ["a token of 301 seconds ago", () => json({ claims: { iat: seconds(-301) } }), /300 seconds off/],
  ["a token without a time", () => json({ claims: { iat: undefined } }), /300 seconds off/],
  ["a token that is none", () => ({ ...json(), headers: { authorization: "Bearer a.b.c" } }), /signature is wrong/],
])("a request with %s is refused, and gives no event", async (_name, request, said) => {
  await using open = await openWebhook({ webhook_tolerance_seconds: 300 });

  const answer = await open.ask("handle_webhook", { ...request(), method: "POST" });

  expect(answer).toMatchObject({ events: [], response: { status: 401, body: expect.stringMatching(said) } });
});

test("without signature_secret nothing is taken", async () => {
  await using open = await openWebhook({ signature_secret: undefined });

  const answer = await open.ask("handle_webhook", form());

  expect(answer).toMatchObject({
    events: [],
    response: { status: 401, body: expect.stringContaining("signature_secret is not set") },
  });
});

test("a receipt is taken for as long as Vonage goes on trying: 24 hours, unless the settings say less", async () => {
  const late = signedForm({ ...receipt, timestamp: String(seconds(-86_000)) }, { secret, method: "md5hash" });
  await using open = await openWebhook();
  await using strict = await openWebhook({ webhook_tolerance_seconds: 60 });

  const answers = [await open.ask("handle_webhook", late), await strict.ask("handle_webhook", late)];

  expect(answers).toMatchObject([{ events: [{ id: "0A1:delivered" }] }, { events: [], response: { status: 401 } }]);
});

function openWebhook(settings: object = {}) {
  return openPlugin(folder, {
    config: (url) => ({ ...account, signature_secret: secret, ...settings, api_url: url }),
    platform: vonageDouble(),
  });
}

/** Sets the time of day, until the test ends. */
function at(time: number): void {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["Date"], now: time * 1000 });
}
