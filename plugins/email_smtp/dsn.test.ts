import { expect, test } from "vitest";
import { startScriptedServer } from "./test/mailServer.ts";
import { openHost } from "./test/openHost.ts";

test("delivery reports are asked for as the settings say, or the request", async () => {
  await using server = await serverWith("250-me\r\n250 DSN");
  await using email = await openHost({ port: server.port, dsn: { notify: ["failure", "delay"], return: "headers" } });

  await email.send({ to: "a@x.test", content: "hi", idempotency_key: "1" });
  await email.send({ to: "b@x.test", content: "hi", provider_options: { email_smtp: { dsn: { notify: ["never"] } } } });
  const wrong = email.send({
    to: "c@x.test",
    content: "hi",
    provider_options: { email_smtp: { dsn: { notify: ["never", "success"] } } },
  });

  await expect(wrong).rejects.toMatchObject({ code: "invalid_request" });
  const asked = server.lines.filter((line) => /^(MAIL|RCPT)/.test(line));
  expect(asked).toEqual([
    expect.stringMatching(/^MAIL FROM:<mail@acme\.test> RET=HDRS ENVID=[0-9a-f]{32}$/),
    "RCPT TO:<a@x.test> NOTIFY=FAILURE,DELAY",
    expect.stringMatching(/^MAIL FROM:<mail@acme\.test> ENVID=[0-9a-f]{32}$/),
    "RCPT TO:<b@x.test> NOTIFY=NEVER",
  ]);
});

test("a server that knows no reports gets the mail without the wish", async () => {
  await using server = await serverWith("250 me");
  await using email = await openHost({ port: server.port, dsn: { notify: ["success"] } });

  const outcome = await email.send({ to: "a@x.test", content: "hi" });

  expect(outcome.status).toBe("ok");
  expect(server.lines).toContain("RCPT TO:<a@x.test>");
});

test.each([{ notify: [] }, { notify: ["never", "success"] }, { notify: ["always"] }, {}])(
  "the setting dsn: %j is refused",
  async (dsn) => {
    await using email = await openHost({ port: 587, dsn });

    expect(email.host.instance("email_smtp").failure).toMatchObject({
      code: "settings_invalid",
      message: expect.stringContaining("dsn"),
    });
  },
);

function serverWith(greeting: string) {
  const answers: Record<string, string> = { "": "220 ready", EHLO: greeting, DATA: "354 go", QUIT: "221 bye" };
  let isData = false;
  return startScriptedServer((line) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (isData && line !== ".") return undefined;
    isData = verb === "DATA";
    return answers[verb] ?? "250 ok";
  });
}
