import { createVerify, generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openPlugin, type PlatformRequest } from "hookline/testing";
import PostalMime from "postal-mime";
import { expect, onTestFinished, test } from "vitest";
import { openGmail } from "./test/openGmail.ts";

const consented = (url: string) => ({
  client_id: "c",
  client_secret: "s123",
  refresh_token: "r123",
  api_url: url,
  token_url: `${url}/token`,
});
const lunch = { to: "ben@example.test", content: { subject: "Lunch", text: "At one?" } };

test("a mail arrives as it was meant: names, an umlaut in the subject, both bodies, a file", async () => {
  await using gmail = await openGmail({ from: "Anna Öz <anna@acme.test>" });

  const outcome = await gmail.call("send_message", {
    to: [{ kind: "email", value: "ben@example.test", name: "Ben Ö" }, "zoë@bücher.example"],
    content: { subject: "Grüße 🎉", text: "Schöne Grüße", html: "<p>Schöne Grüße</p>" },
    attachments: [{ filename: "Menü.txt", content_base64: Buffer.from("Suppe").toString("base64") }],
    provider_options: { gmail: { cc: ["cc@example.test"], bcc: ["bcc@example.test"], headers: { "X-Ticket": "7" } } },
  });

  const mail = await PostalMime.parse(await gmail.mailbox.raw(ownId(outcome.value?.message_id)));
  expect(mail).toMatchObject({
    from: { name: "Anna Öz", address: "anna@acme.test" },
    to: [{ name: "Ben Ö", address: "ben@example.test" }, { address: "zoë@bücher.example" }],
    cc: [{ address: "cc@example.test" }],
    bcc: [{ address: "bcc@example.test" }],
    subject: "Grüße 🎉",
    text: "Schöne Grüße\n",
    attachments: [{ filename: "Menü.txt", mimeType: "text/plain" }],
  });
  expect(mail.html).toContain("<p>Schöne Grüße</p>");
  expect(mail.headers).toContainEqual(expect.objectContaining({ key: "x-ticket", value: "7" }));
  expect(outcome.items?.map(({ status }) => status)).toEqual(["sent", "sent"]);
});

test("no text of a caller becomes a header or another recipient", async () => {
  await using gmail = await openGmail();
  const evil = "x\r\nBcc: evil@example.test\r\n\r\nhello";

  const outcome = await gmail.call("send_message", {
    to: [
      { kind: "email", value: "ben@example.test", name: evil },
      "ben@example.test, evil@example.test",
      "b@x.test\r\nBcc: evil@example.test",
      { kind: "group", value: "team-blue" },
    ],
    content: { subject: evil, text: "Hi" },
    attachments: [{ filename: evil, content_type: evil, content_base64: "SGk=" }],
    provider_options: { gmail: { headers: { "X-A": evil } } },
  });

  const raw = await gmail.mailbox.raw(ownId(outcome.value?.message_id));
  const mail = await PostalMime.parse(raw);
  expect(mail.to).toMatchObject([{ address: "ben@example.test" }]);
  expect([mail.bcc, mail.cc]).toEqual([undefined, undefined]);
  expect(raw).not.toMatch(/^bcc:/im);
  expect(outcome.items?.map(({ status, error }) => [status, error?.code])).toEqual([
    ["sent", undefined],
    ["failed", "invalid_recipient"],
    ["failed", "invalid_recipient"],
    ["failed", "unsupported"],
  ]);
});

test("hide_recipients: everybody gets it, and nobody sees who else does", async () => {
  await using gmail = await openGmail({ hide_recipients: true });

  const outcome = await gmail.call("send_message", { ...lunch, to: ["ben@example.test", "cleo@example.test"] });

  const mail = await PostalMime.parse(await gmail.mailbox.raw(ownId(outcome.value?.message_id)));
  expect(mail.bcc?.map(({ address }) => address)).toEqual(["ben@example.test", "cleo@example.test"]);
  expect(JSON.stringify(mail.to)).not.toContain("example.test");
});

test("a reply names the mail it answers, and stays in its thread under its subject", async () => {
  await using gmail = await openGmail();

  const outcome = await gmail.call("send_message", { to: "ben@example.test", content: "Or two?", thread: "thread-1/hello-1" });

  const mail = await PostalMime.parse(await gmail.mailbox.raw(ownId(outcome.value?.message_id)));
  expect(mail).toMatchObject({ subject: "Re: Lunch", inReplyTo: "<lunch@acme.test>", references: "<lunch@acme.test>" });
  expect(outcome.value?.message_id).toMatch(/^gmail:thread-1\/./);
  expect(gmail.platform.requests.at(-1)?.json).toMatchObject({ threadId: "thread-1" });
});

test("the same key makes the same Message-ID, another key another one", async () => {
  const idOf = async (idempotency_key?: string) => {
    await using gmail = await openGmail();
    await gmail.call("send_message", { ...lunch, idempotency_key });
    const { json } = gmail.platform.requests.at(-1) ?? {};
    return /^Message-ID: (.*)$/im.exec(Buffer.from(json.raw, "base64url").toString())?.[1];
  };

  const ids = [await idOf("order-1"), await idOf("order-1"), await idOf("order-2"), await idOf()];

  expect(ids[0]).toMatch(/^<[\da-f]{32}@hookline\.invalid>$/);
  expect(ids[1]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(3);
});

test("when the mail to answer cannot be read, nothing was sent", async () => {
  await using gmail = await openGmail();
  const before = gmail.platform.requests.length;
  gmail.platform.failNext("reset");

  const { error } = await gmail.call("send_message", { ...lunch, thread: "thread-1/hello-1" });

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no" });
  expect(gmail.platform.requests).toHaveLength(before + 1);
});

test("a large mail goes through the upload address, a reply with its thread; one that Gmail cannot take goes nowhere", async () => {
  await using gmail = await openGmail();
  const uploads: PlatformRequest[] = [];
  const taken = (request: PlatformRequest) => {
    uploads.push(request);
    return { json: { id: "m-9", threadId: "m-9" } };
  };
  const file = (bytes: number) => [{ filename: "a.bin", content_base64: Buffer.alloc(bytes).toString("base64") }];

  gmail.platform.failNext(taken, { after: 0 });
  const sent = await gmail.call("send_message", { ...lunch, to: "zoë@example.test", attachments: file(900_000) });
  gmail.platform.failNext(taken, { after: 1 });
  const reply = await gmail.call("send_message", { ...lunch, attachments: file(900_000), thread: "thread-1/hello-1" });
  const refused = await gmail.call("send_message", { ...lunch, attachments: file(27_000_000) });

  const [alone, inThread] = uploads;
  expect([sent.value?.message_id, reply.value?.message_id]).toEqual(["gmail:m-9", "gmail:m-9"]);
  expect(alone).toMatchObject({ path: "/upload/gmail/v1/users/me/messages/send", query: { uploadType: "media" } });
  expect(alone?.headers["content-type"]).toBe("message/rfc822");
  const mail = await PostalMime.parse(alone?.body ?? "");
  expect(mail.to).toMatchObject([{ address: "zoë@example.test" }]);
  expect(mail.attachments[0]?.content).toHaveProperty("byteLength", 900_000);
  expect(inThread).toMatchObject({ query: { uploadType: "multipart" } });
  expect(inThread?.body).toContain('{"threadId":"thread-1"}');
  expect(refused.error).toMatchObject({ code: "payload_too_large", dispatched: "no" });
  expect(gmail.paths().filter((path) => path.includes("/upload/"))).toHaveLength(2);
});

test("what Gmail has no form for is said before anything is sent", async () => {
  await using gmail = await openGmail();
  const before = gmail.platform.requests.length;

  const outcomes = [
    await gmail.call("send_message", { to: "ben@example.test", content: { template: { name: "welcome" } } }),
    await gmail.call("send_message", { ...lunch, to: { kind: "phone", value: "+4915112345678" } }),
    await gmail.call("send_message", { ...lunch, from: "nobody" }),
  ];

  const bcc = gmail.call("send_message", { ...lunch, provider_options: { gmail: { headers: { Bcc: "x@example.test" } } } });

  expect(outcomes.map(({ error }) => error?.code)).toEqual(["unsupported", "unsupported", "invalid_request"]);
  await expect(bcc).rejects.toThrow(/provider_options\.gmail: headers/);
  expect(gmail.platform.requests).toHaveLength(before);
});

test("markdown goes out as text", async () => {
  await using gmail = await openGmail();

  const outcome = await gmail.call("send_message", { to: "ben@example.test", content: { markdown: "**Hi**" } });

  expect((await PostalMime.parse(await gmail.mailbox.raw(ownId(outcome.value?.message_id)))).text).toBe("**Hi**\n");
});

test("a token that is not taken any more is replaced once, however many calls it concerns", async () => {
  await using gmail = await openGmail();
  const before = gmail.platform.requests.length;
  for (let call = 0; call < 3; call++) gmail.platform.failNext(expired);

  const outcomes = await Promise.all([1, 2, 3].map((n) => gmail.call("send_message", { ...lunch, to: `b${n}@example.test` })));

  expect(outcomes.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(
    gmail
      .paths()
      .slice(before)
      .filter((path) => path === "POST /oauth2/token"),
  ).toHaveLength(1);
});

test("a new token that is not taken either is an error of the credentials, after one more request", async () => {
  await using gmail = await openGmail();
  const before = gmail.platform.requests.length;
  gmail.platform.failNext(expired);
  gmail.platform.failNext(expired, { after: 2 });

  const { error } = await gmail.call("send_message", lunch);

  expect(error).toMatchObject({ code: "auth", dispatched: "no", penalize: "hard" });
  expect(error?.message).toContain("Invalid Credentials; check the credentials in the settings (authError)");
  expect(
    gmail
      .paths()
      .slice(before)
      .map((path) => path.replace(/.*\//, "")),
  ).toEqual(["send", "token", "send"]);
});

test("a consent that was withdrawn says so, and nothing was sent", async () => {
  await using gmail = await openGmail();
  gmail.platform.failNext(expired);
  gmail.platform.failNext({
    status: 400,
    json: { error: "invalid_grant", error_description: "Token has been expired or revoked." },
  });

  const { error } = await gmail.call("send_message", lunch);

  expect(error).toMatchObject({ code: "auth", dispatched: "no" });
  expect(error?.message).toMatch(
    /Google gives no token: Token has been expired or revoked\. \(invalid_grant\); the consent was withdrawn/,
  );
});

test.each([
  ["a 503", { status: 503 }, "unavailable"],
  ["a 429", { status: 429, headers: { "retry-after": "4" } }, "rate_limited"],
  ["no answer", "reset", "unavailable"],
  ["garbage", "garbage", "unavailable"],
  ["a success without a token", { json: { token_type: "Bearer" } }, "unavailable"],
] as const)("%s instead of a token: nothing was sent, after one request", async (_, fault, code) => {
  await using gmail = await openGmail();
  const before = gmail.platform.requests.length;
  gmail.platform.failNext(expired);
  gmail.platform.failNext(fault);

  const { error } = await gmail.call("send_message", lunch);

  expect(error).toMatchObject({ code, dispatched: "no" });
  expect(gmail.platform.requests).toHaveLength(before + 2);
});

test("Gmail's own way to say how long to wait", async () => {
  await using gmail = await openGmail();
  const until = new Date(Date.now() + 900_000).toISOString();
  const message = `User-rate limit exceeded.  Retry after ${until}`;
  gmail.platform.failNext({
    status: 403,
    json: { error: { code: 403, message, errors: [{ reason: "userRateLimitExceeded", message }] } },
  });

  const { error } = await gmail.call("send_message", lunch);

  expect(error).toMatchObject({ code: "rate_limited", dispatched: "no" });
  expect(error?.retry_after_ms).toBeGreaterThan(880_000);
  expect(error?.retry_after_ms).toBeLessThanOrEqual(900_000);
});

test("a service account signs for the user, and Google's public key confirms it", async () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const folder = await mkdtemp(join(tmpdir(), "gmail-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const credentials_file = join(folder, "key.json");
  const private_key = privateKey.export({ type: "pkcs8", format: "pem" });
  await writeFile(credentials_file, JSON.stringify({ type: "service_account", client_email: "bot@acme.iam", private_key }));
  const platform = ({ path, headers }: PlatformRequest) => {
    if (path === "/token") return { json: { access_token: "token-1", expires_in: 3600, token_type: "Bearer" } };
    if (headers.authorization !== "Bearer token-1") return { status: 401 };
    return { json: path.endsWith("/profile") ? { emailAddress: "anna@acme.test" } : { id: "m-1", threadId: "m-1" } };
  };
  const config = (url: string) => ({
    credentials_file,
    user: "anna@acme.test",
    api_url: `${url}/proxy`,
    token_url: `${url}/token`,
  });
  await using gmail = await openPlugin(import.meta.dirname, { platform, config });

  const outcome = await gmail.call("send_message", lunch);

  const { grant_type, assertion = "" } = gmail.platform.requests[0]?.form ?? {};
  const [header = "", payload = "", signature = ""] = assertion.split(".");
  const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString());
  expect(outcome.value?.message_id).toBe("gmail:m-1");
  expect(grant_type).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
  expect(createVerify("RSA-SHA256").update(`${header}.${payload}`).verify(publicKey, signature, "base64url")).toBe(true);
  expect(claims).toMatchObject({
    iss: "bot@acme.iam",
    sub: "anna@acme.test",
    aud: "https://oauth2.googleapis.com/token",
    scope: "https://www.googleapis.com/auth/gmail.send https://www.googleapis.com/auth/gmail.readonly",
  });
  expect(gmail.platform.requests.at(-1)?.path).toBe("/proxy/gmail/v1/users/anna%40acme.test/messages/send");
});

test.each([
  [
    { credentials_file: "/nowhere/key.json", user: "anna@acme.test" },
    /credentials_file \/nowhere\/key\.json must have client_email .* \(ENOENT\)/,
  ],
  [
    { client_email: "bot@acme.iam", private_key: "nonsense", user: "anna@acme.test" },
    /the settings must have client_email and private_key/,
  ],
  [{ client_email: "bot@acme.iam", private_key: "nonsense" }, /say whose in `user`/],
  [{ client_id: "c", client_secret: "s", refresh_token: "refresh", from: "nobody" }, /from must be an address/],
  [{ client_id: "c" }, /credentials_file|refresh_token/],
])("settings that cannot work are refused: %j", async (config, sentence) => {
  await expect(openPlugin(import.meta.dirname, { config })).rejects.toThrow(sentence);
});

test("scopes that only send are enough to send", async () => {
  const platform = ({ path }: PlatformRequest) => {
    if (path === "/token") return { json: { access_token: "token-1", expires_in: 3600 } };
    if (path.endsWith("/send")) return { json: { id: "m-1", threadId: "m-1" } };
    return {
      status: 403,
      json: { error: { code: 403, message: "insufficient", errors: [{ reason: "insufficientPermissions" }] } },
    };
  };

  await using gmail = await openPlugin(import.meta.dirname, { platform, config: consented });

  expect((await gmail.call("send_message", lunch)).status).toBe("ok");
  expect((await gmail.call("get_message_status", { message: "m-1" })).error).toMatchObject({ code: "permission" });
});

test("a consent that Google refuses is a problem of the settings", async () => {
  const platform = () => ({
    status: 401,
    json: { error: "invalid_client", error_description: "The OAuth client was not found." },
  });

  const opening = openPlugin(import.meta.dirname, { platform, config: consented });

  await expect(opening).rejects.toThrow(/invalid_client\); check client_id and client_secret/);
});

test("a Google that is down is no problem of the settings, and shows in the health", async () => {
  await using gmail = await openPlugin(import.meta.dirname, { platform: () => ({ status: 503 }), config: consented });

  expect(await gmail.ask("health_check")).toMatchObject({ healthy: false, details: { code: "unavailable" } });
});

const bounce = (subject: string, more = "") =>
  `From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\r\nTo: anna@acme.test\r\nSubject: ${subject}\r\n${more}\r\nSorry.`;

test.each([
  ["sent", []],
  ["failed", [{ raw: bounce("Delivery Status Notification (Failure)") }]],
  ["sent", [{ raw: bounce("Delivery Status Notification (Delay)") }]],
  ["failed", [{ raw: bounce("Delivery Status Notification (Failure)", "In-Reply-To: <lunch@acme.test>\r\n") }]],
  ["sent", [{ raw: bounce("Delivery Status Notification (Failure)", "In-Reply-To: <another@acme.test>\r\n") }]],
  ["sent", [{ raw: "From: ben@example.test\r\nTo: anna@acme.test\r\nSubject: Re: Lunch\r\n\r\nYes." }]],
])("a message is %s by what stands in its thread", async (status, mails) => {
  await using gmail = await openGmail();
  for (const { raw } of mails) await gmail.mailbox.deliver({ raw, threadId: "thread-1" });

  const outcome = await gmail.call("get_message_status", { message: "gmail:thread-1/hello-1" });

  expect(outcome.value).toEqual({ status, terminal: status === "failed" });
});

test("a message in the trash is deleted, one of another thread is not there", async () => {
  await using gmail = await openGmail();
  const json = { messages: [{ id: "hello-1", threadId: "thread-1", labelIds: ["SENT", "TRASH"] }] };
  gmail.platform.failNext({ json });

  const trashed = await gmail.call("get_message_status", { message: "thread-1/hello-1" });
  const missing = await gmail.call("get_message_status", { message: "thread-1/in-1" });
  const unknown = await gmail.call("get_message_status", { message: "nowhere" });

  expect(trashed.value).toEqual({ status: "deleted", terminal: true });
  expect([missing.error?.code, unknown.error?.code]).toEqual(["not_found", "not_found"]);
});

const expired = {
  status: 401,
  json: {
    error: { code: 401, message: "Invalid Credentials", errors: [{ reason: "authError", message: "Invalid Credentials" }] },
  },
};

/** The id that the mailbox knows a message by. */
function ownId(ref: unknown): string {
  return (
    String(ref)
      .replace(/^gmail:/, "")
      .split("/")
      .at(-1) ?? ""
  );
}
