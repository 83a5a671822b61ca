import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import { expect, test } from "vitest";
import { openGroups } from "./test/openGroups.ts";

const hello = { to: "team@acme.test", content: { subject: "Grüße", text: "An alle", html: "<p>An alle</p>" } };

test("a mail to a group leaves from the mailbox of send_as, which signs in for itself", async () => {
  await using groups = await openGroups();

  const outcome = await groups.call("send_message", {
    ...hello,
    to: [{ kind: "group", value: "google_groups:team@acme.test" }, "läufer", { kind: "phone", value: "+4915112345678" }],
    attachments: [{ filename: "a.txt", content_base64: "SGk=" }],
  });

  const [mail] = groups.workspace.mails;
  expect(mail?.as).toBe("bot@acme.test");
  expect(mail?.raw).toMatch(/^From: bot@acme\.test\r$/m);
  expect(mail?.raw).toMatch(/^To: team@acme\.test, läufer@acme\.test\r$/m);
  expect(mail?.raw).toMatch(/^Subject: =\?UTF-8\?/m);
  expect(mail?.raw).toContain("filename=a.txt");
  expect(outcome.value?.message_id).toBe("google_groups:m-1");
  expect(outcome.items?.map(({ status }) => status)).toEqual(["sent", "sent", "failed"]);
});

test("no text of a caller becomes a header or another recipient", async () => {
  await using groups = await openGroups();
  const evil = "x\r\nBcc: evil@example.test";

  await groups.call("send_message", {
    to: ["team@acme.test", "b@x.test, evil@example.test", `team\r\nBcc: evil@example.test`],
    content: { subject: evil, text: "Hi" },
    attachments: [{ filename: evil, content_type: evil, content_base64: "SGk=" }],
  });

  expect(groups.workspace.mails[0]?.raw).toMatch(/^To: team@acme\.test\r$/m);
  expect(groups.workspace.mails[0]?.raw).not.toMatch(/^bcc:/im);
});

test("what a group cannot take is said before anything is sent", async () => {
  await using groups = await openGroups();
  const before = groups.platform.requests.length;

  const outcomes = [
    await groups.call("send_message", { to: "team@acme.test", content: { template: { name: "welcome" } } }),
    await groups.call("send_message", { ...hello, to: { kind: "user", value: "100000000000000000007" } }),
    await groups.call("send_message", { ...hello, from: "nobody" }),
    await groups.call("send_message", { ...hello, thread: "google_groups:m-1" }),
  ];

  expect(outcomes.map(({ error }) => error?.code)).toEqual(["unsupported", "unsupported", "invalid_request", "unsupported"]);
  expect(groups.platform.requests).toHaveLength(before);
});

test("with a mail server in the settings the mail goes there, and a reply names the mail it answers", async () => {
  await using server = await mailServer();
  await using groups = await openGroups({ smtp: server.settings });

  const first = await groups.call("send_message", { ...hello, idempotency_key: "k-1" });
  const reply = await groups.call("send_message", { ...hello, thread: String(first.value?.message_id) });

  expect(first.value?.message_id).toMatch(/^google_groups:[\da-f]{32}@acme\.test$/);
  expect(server.mails.map(({ to }) => to)).toEqual([["team@acme.test"], ["team@acme.test"]]);
  const id = String(first.value?.message_id).replace("google_groups:", "");
  expect(server.mails[1]?.raw).toMatch(new RegExp(`^In-Reply-To: <${id}>\\r$`, "m"));
  expect(reply.status).toBe("ok");
  expect(groups.workspace.mails).toEqual([]);
});

test("of several groups those that the mail server takes get the mail", async () => {
  await using server = await mailServer({
    onRcptTo: ({ address }, _session, done) => done(address.startsWith("old") ? reply(550, "no such list") : null),
  });
  await using groups = await openGroups({ smtp: server.settings });

  const outcome = await groups.call("send_message", { ...hello, to: ["old", "team"] });

  expect(server.mails.map(({ to }) => to)).toEqual([["team@acme.test"]]);
  expect(outcome.items?.map(({ status, error }) => error?.code ?? status)).toEqual(["invalid_recipient", "sent"]);
});

const reply = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

test.each<[string, SMTPServerOptions, string, string]>([
  ["refuses the group", { onRcptTo: (_address, _session, done) => done(reply(550, "no such list")) }, "invalid_recipient", "no"],
  ["is busy", { onMailFrom: (_address, _session, done) => done(reply(451, "later")) }, "unavailable", "no"],
  ["refuses the sender", { onMailFrom: (_address, _session, done) => done(reply(553, "not yours")) }, "permission", "no"],
  [
    "finds it too large",
    { onData: (stream, _session, done) => void stream.resume().once("end", () => done(reply(552, "too large"))) },
    "payload_too_large",
    "no",
  ],
])("a mail server that %s", async (_, options, code, dispatched) => {
  await using server = await mailServer(options);
  await using groups = await openGroups({ smtp: server.settings });

  const { error } = await groups.call("send_message", hello);

  expect(error).toMatchObject({ code, dispatched });
});

test("a mail server that is not there has sent nothing; one that goes away in the middle may have", async () => {
  await using gone = await mailServer({
    onData: (stream, session) => void stream.resume().once("end", () => gone.hangUp(session.id)),
  });
  const settings = { ...gone.settings };
  await using groups = await openGroups({ smtp: settings });
  await using nowhere = await openGroups({ smtp: { ...settings, port: 1 } });

  const lost = await groups.call("send_message", hello);
  const refused = await nowhere.call("send_message", hello);

  expect(lost.error).toMatchObject({ code: "unavailable", dispatched: "maybe" });
  expect(refused.error).toMatchObject({ code: "unavailable", dispatched: "no" });
});

test("a password does not travel to a server whose certificate nobody trusts, and is in no error", async () => {
  const passwords: unknown[] = [];
  await using server = await mailServer({
    authOptional: false,
    onAuth: ({ password }, _session, done) => {
      passwords.push(password);
      done(reply(535, "bad credentials"));
    },
  });
  await using groups = await openGroups({ smtp: { ...server.settings, username: "bot", password: "hunter2-hunter2" } });

  const { error } = await groups.call("send_message", hello);

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no" });
  expect(error?.message).toMatch(/certificate/);
  expect(passwords).toEqual([]);
  expect(JSON.stringify([error, groups.logs])).not.toContain("hunter2");
});

/** A mail server on the loopback. Declare it with `await using`. */
async function mailServer(options: SMTPServerOptions = {}) {
  const mails: { to: string[]; raw: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: options.onAuth ? [] : ["STARTTLS", "AUTH"],
    logger: false,
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), raw: Buffer.concat(chunks).toString() });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const { port } = listening.address() as AddressInfo;
  return {
    mails,
    settings: { host: "127.0.0.1", port, from: "Acme <bot@acme.test>" },
    hangUp: (id: string) => [...server.connections].find((connection) => Reflect.get(connection, "id") === id)?.close(),
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  };
}
