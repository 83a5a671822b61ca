import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testPlugin } from "hookline/testing";
import type { SMTPServerOptions } from "smtp-server";
import { afterAll, expect, test } from "vitest";
import { inOurWords } from "./inOurWords.ts";
import { type MailServer, refusedPort, startMailServer, startScriptedServer } from "./test/mailServer.ts";
import { openHost } from "./test/openHost.ts";
import { selfSigned } from "./test/selfSigned.ts";

const login: SMTPServerOptions = {
  authOptional: false,
  authMethods: ["PLAIN", "LOGIN"],
  onAuth: ({ username, password }, _session, done) =>
    username === "acme" && password === "correct horse"
      ? done(null, { user: username })
      : done(reply(535, "5.7.8 wrong name or password")),
};

const common = {
  server: await startMailServer({ onAuth: (_auth, _session, done) => done(null, { user: "acme" }) }),
  folder: await mkdtemp(join(tmpdir(), "hookline-lists-")),
};
afterAll(async () => {
  await common.server[Symbol.asyncDispose]();
  await rm(common.folder, { recursive: true });
});

testPlugin(import.meta.dirname, {
  test,
  config: {
    host: "127.0.0.1",
    port: common.server.port,
    from: "Acme <mail@acme.test>",
    username: "acme",
    password: "correct horse",
    require_tls: false,
    lists_file: join(common.folder, "lists.json"),
    dsn: { notify: ["failure"] },
  },
  calls: {
    send_message: { to: "a@x.test", content: "hi" },
    create_group: { name: "Team", external_id: "team", members: ["a@x.test"] },
    list_groups: {},
  },
});

test("a mail arrives with its subject, both bodies, its attachment, its sender and its recipient", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port });

  const outcome = await email.send({
    to: { kind: "email", value: "jürgen@example.test", name: "Jürgen Müßig" },
    content: { subject: "Grüße aus 東京 🎉", text: "Hallo, Jürgen.\n.\nEnde", html: "<p>Hallo, <b>Jürgen</b></p>" },
    attachments: [
      { filename: "Rechnung März.txt", content_type: "text/plain", content_base64: Buffer.from("42 €").toString("base64") },
    ],
  });

  expect(outcome).toMatchObject({ status: "ok", items: [{ subject: "jürgen@example.test", status: "sent" }] });
  const { email: mail, envelope } = onlyOne(server);
  expect(envelope).toEqual({ from: "mail@acme.test", to: ["jürgen@example.test"] });
  expect(mail).toMatchObject({
    messageId: `<${ownId(outcome.value?.message_id)}>`,
    subject: "Grüße aus 東京 🎉",
    from: { name: "Acme", address: "mail@acme.test" },
    to: [{ name: "Jürgen Müßig", address: "jürgen@example.test" }],
  });
  expect(mail.text).toContain("Hallo, Jürgen.\n.\nEnde");
  expect(mail.html).toContain("<b>Jürgen</b>");
  expect(mail.attachments).toMatchObject([{ filename: "Rechnung März.txt", mimeType: "text/plain" }]);
  expect(Buffer.from(mail.attachments[0]?.content as ArrayBuffer).toString()).toBe("42 €");
});

test("markdown goes out as the text it is, and a request may have another sender", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port });

  await email.send({
    to: "a@x.test",
    from: { kind: "email", value: "boss@acme.test", name: "Boss" },
    content: { markdown: "*hello*" },
  });

  expect(onlyOne(server).email).toMatchObject({ text: "*hello*\n", from: { name: "Boss", address: "boss@acme.test" } });
});

test("an answer names the mail that it answers, so that mailboxes show one conversation", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port });
  const question = await email.send({ to: "a@x.test", content: "Lunch?" });

  await email.send({ to: "a@x.test", content: "Well?", thread: question.value?.message_id });

  const [first, second] = server.mails;
  expect(second?.email.inReplyTo).toBe(first?.email.messageId);
  expect(second?.email.references).toBe(first?.email.messageId);
});

test("the same idempotency_key gives the same Message-ID, also over another pool; without one each mail has its own", async () => {
  await using server = await startMailServer();
  await using first = await openHost({ port: server.port });
  await using second = await openHost({ port: server.port });

  for (const email of [first, second]) await email.send({ to: "a@x.test", content: "hi", idempotency_key: "order 4711" });
  for (const email of [first, second]) await email.send({ to: "a@x.test", content: "hi" });

  const [one, same, other, another] = server.mails.map(({ email }) => email.messageId);
  expect(same).toBe(one);
  expect(new Set([one, other, another]).size).toBe(3);
});

test("provider_options add copies, an answer address, headers and a priority; a header that is ours is refused", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port });
  const options = {
    cc: ["Carla <c@x.test>"],
    bcc: ["secret@x.test"],
    reply_to: "desk@acme.test",
    headers: { "X-Campaign": "may\r\nBcc: evil@x.test" },
  };

  const sent = await email.send({
    to: "a@x.test",
    content: "hi",
    provider_options: { email_smtp: { ...options, priority: "high" } },
  });
  const refused = email.send({
    to: "a@x.test",
    content: "hi",
    provider_options: { email_smtp: { headers: { Bcc: "evil@x.test" } } },
  });

  await expect(refused).rejects.toMatchObject({ code: "invalid_request" });
  expect(sent.status).toBe("ok");
  const { envelope, email: mail, raw } = onlyOne(server);
  expect(envelope.to).toEqual(["a@x.test", "c@x.test", "secret@x.test"]);
  expect(mail).toMatchObject({ cc: [{ name: "Carla", address: "c@x.test" }], replyTo: [{ address: "desk@acme.test" }] });
  expect(raw).toMatch(/^X-Campaign: may Bcc: evil@x.test\r$/m);
  expect(raw).toMatch(/^Importance: High\r$/m);
  expect(raw).not.toContain("secret@x.test");
});

test("a copy that is refused has an item, and after one that went out nobody is asked again under the same key", async () => {
  await using server = await startMailServer({
    onRcptTo: ({ address }, _session, done) => done(address.startsWith("busy") ? reply(450, "4.2.1 busy") : null),
  });
  await using email = await openHost({ port: server.port });
  const copies = (cc: string, bcc: string) => ({ provider_options: { email_smtp: { cc: [cc], bcc: [bcc] } } });

  const lost = await email.send({ to: "a@x.test", content: "hi", ...copies("c@x.test", "busy@x.test") });
  const request = { to: "busy@x.test", content: "hi", idempotency_key: "1", ...copies("c@x.test", "d@x.test") };
  const first = await email.send(request);
  const second = await email.send(request);

  expect(lost.status).toBe("partial");
  expect(lost.items).toMatchObject([
    { subject: "a@x.test", status: "sent" },
    { subject: "busy@x.test", status: "failed", error: { code: "unavailable" } },
  ]);
  expect(first.error).toMatchObject({ code: "unavailable", dispatched: "maybe" });
  expect(second.idempotent).toBe("replayed");
  expect(server.mails.map(({ envelope }) => envelope.to)).toEqual([
    ["a@x.test", "c@x.test"],
    ["c@x.test", "d@x.test"],
  ]);
});

test("of several recipients the good ones get the mail, and each bad one has its own reason", async () => {
  await using server = await startMailServer({
    onRcptTo: ({ address }, _session, done) =>
      done(
        address.startsWith("gone")
          ? reply(550, "5.1.1 no such user")
          : address.startsWith("full")
            ? reply(452, "4.2.2 mailbox full")
            : null,
      ),
  });
  await using email = await openHost({ port: server.port });

  const outcome = await email.send({
    to: ["a@x.test", "gone@X.Test", { kind: "phone", value: "+4930123" }, "full@münchen.test", "b@x.test"],
    content: "hi",
  });

  expect(outcome.status).toBe("partial");
  expect(outcome.items).toMatchObject([
    { subject: "a@x.test", status: "sent" },
    {
      subject: "gone@X.Test",
      status: "failed",
      error: { code: "invalid_recipient", message: expect.stringContaining("550 5.1.1 no such user") },
    },
    {
      subject: "+4930123",
      status: "failed",
      error: { code: "unsupported", message: expect.stringContaining("the kind phone") },
    },
    {
      subject: "full@münchen.test",
      status: "failed",
      error: { code: "unavailable", message: expect.stringContaining("452 4.2.2") },
    },
    { subject: "b@x.test", status: "sent" },
  ]);
  expect(onlyOne(server).envelope.to).toEqual(["a@x.test", "b@x.test"]);
});

test("several recipients do not see each other when the settings hide them", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port, hide_recipients: true });

  await email.send({ to: ["a@x.test", "b@x.test"], content: "hi" });

  const { envelope, raw } = onlyOne(server);
  expect(envelope.to).toEqual(["a@x.test", "b@x.test"]);
  expect(raw).not.toMatch(/[ab]@x\.test/);
});

test("no recipient, name, subject, header, file name or thread can add a recipient, a header or a command", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port });
  const evil = "x\r\nX-Evil: 1\r\nBcc: evil@x.test\r\n\r\nRCPT TO:<evil@x.test>";
  const targets = [
    "b@x.test\r\nRCPT TO:<evil@x.test>",
    "b@x.test>\r\nRCPT TO:<evil@x.test",
    "a@b.test, evil@x.test",
    "Evil <evil@x.test>",
    "@relay.test:evil@x.test",
    '"evil@x.test "@x.test',
    "b@x.test\u0000",
    "b@x.test SIZE=1",
    "b\u200b@x.test",
    "@x.test",
    "b@",
    " b@x.test",
  ];

  const refused = await Promise.all(targets.map((to) => email.send({ to, content: "hi" })));
  const inThread = await email.send({ to: "a@x.test", content: "hi", thread: evil });
  const sent = await email.send({
    to: { kind: "email", value: "a@x.test", name: evil },
    from: { kind: "email", value: "mail@acme.test", name: evil },
    content: { subject: evil, text: `hi\r\n.\r\nMAIL FROM:<evil@x.test>` },
    attachments: [{ filename: evil, content_type: `text/plain; ${evil}`, content_base64: "aGk=" }],
    provider_options: { email_smtp: { headers: { "X-Campaign": evil } } },
  });

  expect(refused.map(({ error }) => error?.code)).toEqual(targets.map(() => "invalid_recipient"));
  expect(inThread.error?.code).toBe("invalid_request");
  expect(sent.status).toBe("ok");
  const { envelope, email: mail, raw } = onlyOne(server);
  expect(envelope).toEqual({ from: "mail@acme.test", to: ["a@x.test"] });
  expect(raw).not.toMatch(/^(X-Evil|Bcc):/im);
  expect(mail.headers.map(({ key }) => key).toSorted()).toEqual([
    "content-type",
    "date",
    "from",
    "message-id",
    "mime-version",
    "subject",
    "to",
    "x-campaign",
  ]);
  expect(mail.text).toContain("\n.\nMAIL FROM:<evil@x.test>");
});

test.each<[string, SMTPServerOptions, object]>([
  [
    "550 to the only recipient",
    rcpt(550, "5.1.1 no such user"),
    { code: "invalid_recipient", dispatched: "no", failover: false, penalize: "never" },
  ],
  ["554 to a relay", rcpt(554, "5.7.1 relay access denied"), { code: "permission", dispatched: "no", failover: true }],
  [
    "450 to the recipient",
    rcpt(450, "4.7.1 greylisted, come back later"),
    { code: "unavailable", dispatched: "no", retryable: true, penalize: "never" },
  ],
  ["451", rcpt(451, "4.3.0 local error"), { code: "unavailable", dispatched: "no", retryable: true }],
  [
    "452 with a limit",
    rcpt(452, "4.7.1 too many mails, slow down"),
    { code: "rate_limited", dispatched: "no", retryable: true, penalize: "soft" },
  ],
  [
    "552 to the sender",
    mailFrom(552, "5.3.4 message too big"),
    { code: "payload_too_large", dispatched: "no", failover: "if_fits" },
  ],
  ["552 to the data", data(552, "too much mail data"), { code: "payload_too_large", dispatched: "no" }],
  ["554 5.3.4", data(554, "5.3.4 message too big"), { code: "payload_too_large", dispatched: "no" }],
  ["553 to the sender", mailFrom(553, "5.7.1 not your address"), { code: "permission", dispatched: "no", failover: true }],
  ["530 to the sender", mailFrom(530, "5.7.0 log in first"), { code: "auth", dispatched: "no", penalize: "hard" }],
  ["554 to the data", data(554, "5.7.1 looks like spam"), { code: "permission", dispatched: "no" }],
  ["554 5.6.0", data(554, "5.6.0 broken MIME"), { code: "invalid_request", dispatched: "no" }],
  [
    "450 with words of a certificate",
    rcpt(450, "4.7.0 no CERT of yours, try later"),
    { code: "unavailable", dispatched: "no", retryable: true },
  ],
  ["421 to the data", data(421, "4.3.2 shutting down"), { code: "unavailable", dispatched: "no", retryable: true }],
])("a server that says %s is understood, asked once, and quoted", async (_name, options, expected) => {
  await using server = await startMailServer(options);
  await using email = await openHost({ port: server.port });
  const before = server.connections();

  const outcome = await email.send({ to: "a@x.test", content: "hi" });

  expect(outcome).toMatchObject({ status: "failed", error: expected });
  expect(outcome.error?.message).toContain(`127.0.0.1:${server.port} said`);
  expect(server.connections() - before).toBe(1);
  expect(server.mails).toEqual([]);
});

test("when all recipients are refused and one only for now, the mail may be tried again", async () => {
  await using server = await startMailServer({
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith("gone") ? reply(550, "5.1.1 no such user") : reply(450, "4.2.1 busy")),
  });
  await using email = await openHost({ port: server.port });

  const outcome = await email.send({ to: ["busy@x.test", "gone@x.test"], content: "hi" });

  expect(outcome.error).toMatchObject({ code: "unavailable", retryable: true, dispatched: "no" });
});

const happy: Record<string, string> = {
  "": "220 ready",
  EHLO: "250 me",
  MAIL: "250 ok",
  RCPT: "250 ok",
  DATA: "354 go",
  ".": "250 queued",
  RSET: "250 ok",
  QUIT: "221 bye",
};

test.each<[string, string, "silent" | "reset" | "close" | string, object]>([
  ["is silent after the recipient", "RCPT", "silent", { code: "timeout", dispatched: "no" }],
  ["is silent after the whole mail", ".", "silent", { code: "timeout", dispatched: "maybe" }],
  ["resets at the recipient", "RCPT", "reset", { code: "unavailable", dispatched: "no" }],
  ["resets after the whole mail", ".", "reset", { code: "unavailable", dispatched: "maybe" }],
  ["hangs up after the whole mail", ".", "close", { code: "unavailable", dispatched: "maybe" }],
  ["hangs up before the greeting", "", "close", { code: "unavailable", dispatched: "no" }],
  ["closes for maintenance", "MAIL", "421 4.3.2 closing", { code: "unavailable", dispatched: "no" }],
  ["refuses after the whole mail", ".", "451 4.3.0 try again", { code: "unavailable", dispatched: "no" }],
])("a server that %s is asked once, and what may have left is said", async (_name, at, does, expected) => {
  await using server = await startScriptedServer((line, socket) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb !== at) return happy[verb];
    if (does === "reset") socket.resetAndDestroy();
    if (does === "close") socket.end();
    return ["silent", "reset", "close"].includes(does) ? undefined : does;
  });
  await using email = await openHost({ port: server.port, timeouts: { reply_seconds: 0.2 } });
  const before = server.connections();

  const outcome = await email.send({ to: "a@x.test", content: "hi" });

  expect(outcome.error).toMatchObject(expected);
  expect(server.connections() - before).toBe(1);
});

test.each([
  ["never greets", undefined, { code: "timeout", dispatched: "no" }],
  ["has too many connections", "421 4.7.0 too many connections", { code: "rate_limited", dispatched: "no" }],
  ["speaks something else", "HTTP/1.1 400 Bad Request", { code: "unavailable", dispatched: "no" }],
])("a server that %s leaves the instance in place, and the mail unsent", async (_name, greeting, expected) => {
  await using server = await startScriptedServer((line) => (line === "" ? greeting : happy[line.slice(0, 4).toUpperCase()]));
  await using email = await openHost({ port: server.port, timeouts: { connect_seconds: 0.2 } });

  const outcome = await email.send({ to: "a@x.test", content: "hi" });

  expect(outcome.error).toMatchObject(expected);
});

test("a server that is down makes the instance unhealthy and not unloadable: mail goes out as soon as it is back", async () => {
  const port = await refusedPort();
  await using email = await openHost({ port });

  const outcome = await email.send({ to: "a@x.test", content: "hi" });
  await email.host.checkHealth();

  expect(outcome.error).toMatchObject({ code: "unavailable", dispatched: "no", retryable: true });
  expect(outcome.error?.message).toContain("ECONNREFUSED");
  expect(email.host.instance("email_smtp").health).toMatchObject({ healthy: false, details: { code: "unavailable" } });
  await using server = await startMailServer({}, port);
  expect(await email.send({ to: "a@x.test", content: "hi" })).toMatchObject({ status: "ok" });
  expect(server.mails).toHaveLength(1);
});

test("a name that is not there is not worth a second try, a name server that is silent is", () => {
  const failed = (text: string) => Object.assign(new Error(`getaddrinfo ${text} smtp.acme.test`), { code: "EDNS" });

  const [unknown, silent] = ["ENOTFOUND", "EAI_AGAIN"].map((text) => inOurWords(failed(text), "smtp.acme.test:587", false));

  expect(unknown).toMatchObject({ code: "unavailable", dispatched: "no", retryable: false });
  expect(silent).toMatchObject({ code: "unavailable", dispatched: "no", retryable: true });
});

test("settings that cannot be right are refused with the name of the setting", async () => {
  const wrong = [{ from: "nobody" }, { username: "acme" }, { pool: { max_conections: 3 } }, { port: 0 }];

  const failures = await Promise.all(
    wrong.map(async (settings) => {
      await using email = await openHost({ port: 587, ...settings });
      return email.host.instance("email_smtp").failure;
    }),
  );

  const named = ["from", "password", "max_connections", "port"];
  for (const [n, name] of named.entries())
    expect(failures[n]).toMatchObject({ code: "settings_invalid", message: expect.stringContaining(name) });
});

test("the login goes over STARTTLS, with the certificate checked against the given authority", async () => {
  const { key, cert } = selfSigned();
  await using server = await startMailServer({ ...login, key, cert, disabledCommands: [], allowInsecureAuth: false });
  await using email = await openHost({ port: server.port, username: "acme", password: "correct horse", tls: { ca: cert } });

  const outcome = await email.send({ to: "a@x.test", content: "hi" });

  expect(outcome.status).toBe("ok");
  expect(onlyOne(server).user).toBe("acme");
  await email.host.checkHealth();
  expect(email.host.instance("email_smtp").health).toMatchObject({ healthy: true });
});

test("with secure: true everything goes over TLS from the first byte", async () => {
  const { key, cert } = selfSigned();
  await using server = await startMailServer({ ...login, key, cert, secure: true });
  await using email = await openHost({
    port: server.port,
    secure: true,
    username: "acme",
    password: "correct horse",
    tls: { ca: cert },
  });

  expect(await email.send({ to: "a@x.test", content: "hi" })).toMatchObject({ status: "ok" });
});

test("a certificate that nobody vouches for, and a server without STARTTLS, never see the password", async () => {
  const { key, cert } = selfSigned();
  let logins = 0;
  const countLogin: SMTPServerOptions["onAuth"] = (_auth, _session, done) => {
    logins += 1;
    done(null, { user: "anybody" });
  };
  const counted: SMTPServerOptions = { ...login, onAuth: countLogin };
  await using untrusted = await startMailServer({ ...counted, key, cert, disabledCommands: [] });
  await using plain = await startMailServer(counted);

  const refusals = [untrusted, plain].map(async ({ port }) => {
    await using email = await openHost({ port, username: "acme", password: "correct horse" });
    return email.host.instance("email_smtp");
  });

  expect((await refusals[0])?.failure).toMatchObject({
    code: "settings_invalid",
    message: expect.stringContaining("self-signed"),
  });
  expect((await refusals[1])?.failure).toMatchObject({ code: "settings_invalid", message: expect.stringContaining("STARTTLS") });
  expect(logins).toBe(0);
});

test("a wrong password is refused before the instance goes live, and later it is an auth error; no log and no error shows it", async () => {
  let good = "correct horse";
  await using server = await startMailServer({
    ...login,
    onAuth: ({ password }, _session, done) => (password === good ? done(null, { user: "acme" }) : done(reply(535, "5.7.8 no"))),
  });
  const settings = { port: server.port, username: "acme", password: "correct horse", require_tls: false };
  await using email = await openHost(settings);
  await using wrong = await openHost({ ...settings, password: "battery staple" });
  good = "changed";

  const outcome = await email.send({ to: "a@x.test", content: "hi" });

  expect(wrong.host.instance("email_smtp").failure).toMatchObject({
    code: "settings_invalid",
    message: expect.stringContaining("535 5.7.8"),
  });
  expect(outcome.error).toMatchObject({ code: "auth", penalize: "hard", dispatched: "no", retryable: false });
  const told = JSON.stringify([outcome, wrong.log, email.log, wrong.host.status(), email.host.status()]);
  expect(told).not.toMatch(/correct horse|battery staple/);
  expect(told).not.toContain(Buffer.from("\0acme\0correct horse").toString("base64"));
});

test("a caller who gives up ends the mail: its connection closes, and nothing arrives", async () => {
  const caller = new AbortController();
  const closed = Promise.withResolvers<void>();
  await using server = await startScriptedServer((line, socket) => {
    if (!line.startsWith("RCPT")) return happy[line.slice(0, 4).toUpperCase()];
    socket.once("close", () => closed.resolve());
    caller.abort();
    return undefined;
  });
  await using email = await openHost({ port: server.port });

  const outcome = await email.send({ to: "a@x.test", content: "hi", signal: caller.signal });

  expect(outcome.error?.code).toBe("cancelled");
  await closed.promise;
  expect(server.lines).not.toContain("DATA");
});

test("mails share the connections of the pool", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port, pool: { max_connections: 2 } });
  const before = server.connections();

  const outcomes = await Promise.all(
    Array.from({ length: 30 }, (_, n) => email.send({ to: `a${n}@x.test`, content: `mail ${n}` })),
  );

  expect(outcomes.every(({ status }) => status === "ok")).toBe(true);
  expect(new Set(server.mails.map(({ envelope }) => envelope.to[0])).size).toBe(30);
  expect(server.connections() - before).toBe(2);
});

test("the pool outlives a reload and ends with the settings it was made for", async () => {
  await using server = await startMailServer();
  await using other = await startMailServer();
  await using email = await openHost({ port: server.port });
  await email.send({ to: "a@x.test", content: "one" });

  await email.host.reload("email_smtp");
  await email.configure({ port: server.port, from: "desk@acme.test" });
  await email.send({ to: "a@x.test", content: "two" });

  expect(server.mails.map(({ email: mail, session }) => [mail.from?.address, session === server.mails[0]?.session])).toEqual([
    ["mail@acme.test", true],
    ["desk@acme.test", true],
  ]);
  const ended = server.ended(server.mails[0]?.session);
  await email.configure({ port: other.port });
  await email.send({ to: "a@x.test", content: "three" });
  await ended;
  expect(other.mails).toHaveLength(1);
});

test("what a mail server cannot do is refused and not faked", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port });

  const template = await email.send({ to: "a@x.test", content: { template: { name: "welcome" } } });
  const group = await email.send({ to: { kind: "group", value: "everyone" }, content: "hi" });

  expect(template.error).toMatchObject({ code: "unsupported", failover: true });
  expect(group.error).toMatchObject({ code: "unsupported", failover: true, penalize: "never" });
});

function onlyOne(server: MailServer) {
  expect(server.mails).toHaveLength(1);
  const [mail] = server.mails;
  if (!mail) throw new Error("no mail arrived");
  return mail;
}

function ownId(ref: string | undefined): string | undefined {
  return ref?.slice(ref.indexOf(":") + 1);
}

function reply(code: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode: code });
}

function rcpt(code: number, text: string): SMTPServerOptions {
  return { onRcptTo: (_address, _session, done) => done(reply(code, text)) };
}

function mailFrom(code: number, text: string): SMTPServerOptions {
  return { onMailFrom: (_address, _session, done) => done(reply(code, text)) };
}

function data(code: number, text: string): SMTPServerOptions {
  return {
    onData(stream, _session, done) {
      stream.resume().once("end", () => done(reply(code, text)));
    },
  };
}
