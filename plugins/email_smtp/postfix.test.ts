import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHost, type TestHost } from "./test/openHost.ts";
import { missingPostfix, type Postfix, startPostfix } from "./test/postfix.ts";

const missing = missingPostfix();
if (missing !== undefined) console.log(`skipped: ${missing}`);
let postfix: Postfix;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "hookline-lists-"));
  if (missing === undefined) postfix = await startPostfix();
});
afterAll(async () => {
  await postfix?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** A test against a real postfix; where there is none the reason stands beside its name. */
function withPostfix(name: string, run: (email: TestHost) => Promise<void>, settings: Record<string, unknown> = {}): void {
  test(name, async ({ skip }) => {
    if (missing !== undefined) return skip(missing);
    const lists_file = join(folder, `${name.length}.json`);
    await using email = await openHost({
      port: postfix.port,
      require_tls: true,
      tls: { ca: postfix.ca },
      lists_file,
      ...settings,
    });
    await run(email);
  });
}

withPostfix("postfix: a mail lies in the mailbox, with its words and its attachment", async (email) => {
  const content_base64 = Buffer.from("42 €").toString("base64");

  const outcome = await email.send({
    to: { kind: "email", value: "anna@x.test", name: "Anna Müßig" },
    content: { subject: "Grüße 🎉", text: "Hallo\n.\nEnde", html: "<p>Hallo</p>" },
    attachments: [{ filename: "März.txt", content_type: "text/plain", content_base64 }],
  });

  expect(outcome).toMatchObject({ status: "ok", items: [{ status: "sent" }] });
  const [mail] = await postfix.mailbox("anna", 1);
  expect(mail).toMatchObject({ subject: "Grüße 🎉", to: [{ name: "Anna Müßig" }], attachments: [{ filename: "März.txt" }] });
  expect(mail?.text).toContain("Hallo\n.\nEnde");
});

withPostfix("postfix: 550 to somebody whom it does not know is invalid_recipient", async (email) => {
  const { error } = await email.send({ to: "gone@x.test", content: "hi" });

  expect(error).toMatchObject({ code: "invalid_recipient", dispatched: "no", penalize: "never", failover: false });
  expect(error?.message).toContain("550 5.1.1");
});

withPostfix("postfix: 450 to somebody who is greylisted is unavailable, and may be tried again", async (email) => {
  const { error } = await email.send({ to: "later@x.test", content: "hi" });

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no", retryable: true, penalize: "never" });
  expect(error?.message).toContain("450 4.7.1");
});

withPostfix("postfix: 552 to a mail that is too large is payload_too_large", async (email) => {
  const { error } = await email.send({ to: "ben@x.test", content: "a long line\n".repeat(5_000) });

  expect(error).toMatchObject({ code: "payload_too_large", dispatched: "no", failover: "if_fits" });
  expect(error?.message).toContain("552 5.3.4");
});

withPostfix("postfix: 554 to a mail that it would have to relay is permission", async (email) => {
  const { error } = await email.send({ to: "ben@elsewhere.test", content: "hi" });

  expect(error).toMatchObject({ code: "permission", dispatched: "no", failover: true });
  expect(error?.message).toMatch(/554 5\.7\.1|454 4\.7\.1/);
});

withPostfix("postfix: of several recipients the good ones get the mail", async (email) => {
  const outcome = await email.send({
    to: ["ben@x.test", "gone@x.test", "later@x.test"],
    content: { subject: "partial", text: "hi" },
  });

  expect(outcome.items?.map(({ status, error }) => error?.code ?? status)).toEqual(["sent", "invalid_recipient", "unavailable"]);
  expect(await postfix.mailbox("ben", 1)).toMatchObject([{ subject: "partial" }]);
});

withPostfix(
  "postfix: a list longer than the server takes at once reaches everybody",
  async (email) => {
    const members = Array.from({ length: 25 }, (_, n) => `m${n + 1}@x.test`);
    const made = await email.host.call("create_group", { channel: "email", name: "Everybody", members });

    const outcome = await email.send({ to: String(made.value?.id), content: { subject: "all", text: "hi" } });

    expect(outcome).toMatchObject({ status: "ok", items: members.map((subject) => ({ subject, status: "sent" })) });
    for (const n of [1, 10, 11, 25]) expect(await postfix.mailbox(`m${n}`, 1)).toMatchObject([{ subject: "all" }]);
  },
  { max_recipients: 10 },
);

withPostfix("postfix: 452 to the eleventh recipient of a mail is told of those whom it leaves out", async (email) => {
  const to = Array.from({ length: 12 }, (_, n) => `m${n + 1}@x.test`);

  const outcome = await email.send({ to, content: "hi" });

  expect(outcome.status).toBe("partial");
  expect(outcome.items?.slice(10)).toMatchObject([1, 2].map(() => ({ status: "failed", error: { code: "rate_limited" } })));
});

withPostfix(
  "postfix: a delivery report comes to the sender, with the id of the mail",
  async (email) => {
    const outcome = await email.send({ to: "anna@x.test", content: { subject: "reported", text: "hi" }, idempotency_key: "r" });

    expect(outcome.status).toBe("ok");
    const [report] = await postfix.mailbox("mail", 1);
    const told = report?.attachments.map(({ content }) =>
      typeof content === "string" ? content : new TextDecoder().decode(content),
    );
    expect(report?.subject).toContain("Delivery");
    expect(told?.join("\n")).toContain("Original-Envelope-Id: 454349e422f05297191ead13e21d3db5");
  },
  { dsn: { notify: ["success", "failure"], return: "headers" } },
);

test("postfix: a certificate that nobody vouches for is refused before anything is sent", async ({ skip }) => {
  if (missing !== undefined) return skip(missing);
  await using email = await openHost({ port: postfix.port });

  expect(email.host.instance("email_smtp").failure?.message).toContain("self-signed");
});
