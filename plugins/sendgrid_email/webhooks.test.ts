import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { openPlugin } from "hookline/testing";
import { expect, onTestFinished, test, vi } from "vitest";

const folder = import.meta.dirname;
const signatureHeader = "X-Twilio-Email-Event-Webhook-Signature";
const timestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp";

// github.com/sendgrid/sendgrid-nodejs 498e232, packages/eventwebhook/src/eventwebhook.spec.js (MIT).
const vector = {
  publicKey:
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",
  timestamp: "1600112502",
  signature: "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
  body:
    '[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",' +
    '"sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0",' +
    '"smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n',
};
const vectorRequest = {
  method: "POST",
  headers: { [signatureHeader]: vector.signature, [timestampHeader]: vector.timestamp },
  raw_body: vector.body,
};

test("the public vector is right, as text and as bytes, and tells of the mail that was dropped", async () => {
  at(1_600_112_600);
  await using open = await openWebhook({ webhook_public_key: vector.publicKey });
  await using pem = await openWebhook({
    webhook_public_key: `-----BEGIN PUBLIC KEY-----\n${vector.publicKey}\n-----END PUBLIC KEY-----`,
  });

  const answers = [
    await open.ask("handle_webhook", vectorRequest),
    await pem.ask("handle_webhook", { ...vectorRequest, raw_body: Buffer.from(vector.body) }),
  ];

  const event = {
    type: "delivery",
    id: "ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA",
    message_id: "LRzXl_NHStOGhQ4kofSm_A",
    status: "failed",
    at: "2020-09-14T19:41:32.000Z",
    data: { email: "hello@world.com", reason: "Bounced Address" },
  };
  expect(answers).toMatchObject([{ events: [event] }, { events: [event] }]);
});

test.each<[string, { headers?: Record<string, string>; raw_body?: string }]>([
  ["the line break at its end lost", { raw_body: vector.body.trimEnd() }],
  ["its end of line changed", { raw_body: vector.body.replace("\r\n", "\n") }],
  ["a body that was parsed and written again", { raw_body: JSON.stringify(JSON.parse(vector.body), undefined, 1) }],
  ["another event", { raw_body: vector.body.replace("dropped", "delivered") }],
  ["another time", { headers: { [signatureHeader]: vector.signature, [timestampHeader]: "1600112503" } }],
  ["no time", { headers: { [signatureHeader]: vector.signature } }],
  ["no signature", { headers: { [timestampHeader]: vector.timestamp } }],
  ["a signature that is none", { headers: { [signatureHeader]: "bm9uZQ==", [timestampHeader]: vector.timestamp } }],
])("a request with %s is refused, and gives no event", async (_name, changed) => {
  at(1_600_112_600);
  await using open = await openWebhook({ webhook_public_key: vector.publicKey });

  const answer = await open.ask("handle_webhook", { ...vectorRequest, ...changed });

  expect(answer).toMatchObject({ events: [], response: { status: 401 } });
});

test("a vector of 2020 is too old today", async () => {
  await using open = await openWebhook({ webhook_public_key: vector.publicKey });

  const answer = await open.ask("handle_webhook", vectorRequest);

  expect(answer).toMatchObject({ events: [], response: { status: 401, body: expect.stringContaining("172800 seconds off") } });
});

test("without webhook_public_key nothing is taken", async () => {
  await using open = await openWebhook({});

  const answer = await open.ask("handle_webhook", vectorRequest);

  expect(answer).toMatchObject({
    events: [],
    response: { status: 401, body: expect.stringContaining("webhook_public_key is not set") },
  });
});

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const webhook_public_key = publicKey.export({ type: "spki", format: "der" }).toString("base64");

test.each([
  ["processed", {}, { type: "delivery", status: "queued" }],
  ["deferred", { response: "400 try again later", attempt: "5" }, { type: "delivery", status: "queued" }],
  ["delivered", { response: "250 OK" }, { type: "delivery", status: "delivered" }],
  ["bounce", { type: "bounce", status: "5.0.0", reason: "500 unknown recipient" }, { type: "delivery", status: "failed" }],
  ["bounce", { type: "blocked", reason: "550 blocked for now" }, { type: "delivery", status: "failed" }],
  ["dropped", { reason: "Unsubscribed Address" }, { type: "delivery", status: "failed" }],
  ["open", {}, { type: "delivery", status: "read" }],
  ["open", { sg_machine_open: true }, { type: "other", status: undefined }],
  ["click", { url: "https://acme.test" }, { type: "other", status: undefined }],
  ["spamreport", {}, { type: "other", status: undefined }],
  ["unsubscribe", {}, { type: "other", status: undefined }],
  ["something new", {}, { type: "other", status: undefined }],
])("SendGrid's event %s (%j) is told so", async (event, more, expected) => {
  await using open = await openWebhook({ webhook_public_key });
  const said = {
    event,
    email: "anna@example.test",
    timestamp: 1_513_299_569,
    sg_event_id: "e-1",
    sg_message_id: "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    ...more,
  };

  const answer = await open.ask("handle_webhook", signed(JSON.stringify([said])));

  expect(answer).toEqual({
    events: [
      JSON.parse(
        JSON.stringify({
          ...expected,
          id: "e-1",
          message_id: "14c5d75ce93.dfd.64b469",
          at: "2017-12-15T00:59:29.000Z",
          data: said,
        }),
      ),
    ],
  });
});

test("several events come in one request, each with its own id; a copy has the same ones", async () => {
  await using open = await openWebhook({ webhook_public_key });
  const body = JSON.stringify([
    { event: "processed", sg_event_id: "e-1", sg_message_id: "zZ_z1.recvd-5d9b8f7d-1-5F" },
    { event: "delivered", sg_event_id: "e-2", sg_message_id: "zZ_z1.recvd-5d9b8f7d-1-5F" },
    { event: "account_status_change" },
    { event: "account_status_change", type: "compliance_suspend" },
  ]);

  const [first, second] = [await open.ask("handle_webhook", signed(body)), await open.ask("handle_webhook", signed(body))];

  const events = first.events as { id: string; message_id?: string }[];
  expect(events.map(({ message_id }) => message_id)).toEqual(["zZ_z1", "zZ_z1", undefined, undefined]);
  expect(events.slice(0, 2).map(({ id }) => id)).toEqual(["e-1", "e-2"]);
  expect(new Set(events.map(({ id }) => id)).size).toBe(4);
  expect(second).toEqual(first);
});

test("a signed body of a new shape is an event of type other", async () => {
  await using open = await openWebhook({ webhook_public_key });

  const answer = await open.ask("handle_webhook", signed('{"batch":1}'));

  expect(answer).toMatchObject({ events: [{ type: "other", id: expect.any(String), data: { batch: 1 } }] });
});

test.each(["1", "null", "{", ""])("a signed body that is no list (%j) is answered 400", async (body) => {
  await using open = await openWebhook({ webhook_public_key });

  const answer = await open.ask("handle_webhook", signed(body));

  expect(answer).toMatchObject({ events: [], response: { status: 400 } });
});

test("whatever a stranger sends as a signature is refused without an error", async () => {
  await using open = await openWebhook({ webhook_public_key });

  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 90 }), fc.string(), async (signature, timestamp) => {
      const headers = { [signatureHeader]: Buffer.from(signature).toString("base64"), [timestampHeader]: timestamp };

      const answer = await open.ask("handle_webhook", { method: "POST", headers, raw_body: "[]" });

      expect(answer).toMatchObject({ events: [], response: { status: 401 } });
    }),
    { numRuns: 100, seed: 2_020 },
  );
});

function openWebhook(settings: object) {
  const config = (url: string) => ({ api_key: "SG.key-of-tests.0123456789", from: "mail@acme.test", ...settings, api_url: url });
  return openPlugin(folder, { config, platform: () => ({ json: { scopes: ["mail.send"] } }) });
}

function signed(raw_body: string) {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = sign("sha256", Buffer.from(timestamp + raw_body), privateKey).toString("base64");
  return {
    method: "POST",
    headers: { [signatureHeader.toLowerCase()]: signature, [timestampHeader.toUpperCase()]: timestamp },
    raw_body,
  };
}

/** Sets the time of day, until the test ends. */
function at(seconds: number): void {
  onTestFinished(() => void vi.useRealTimers());
  vi.useFakeTimers({ toFake: ["Date"], now: seconds * 1000 });
}
