import { once } from "node:events";
import { expect, test } from "vitest";
import { type MailServer, refusedPort, startMailServer, startScriptedServer } from "./test/mailServer.ts";
import { selfSigned } from "./test/selfSigned.ts";
import { startPlugin } from "./test/startPlugin.ts";
import plugin from "./index.ts";

const start = (config: Record<string, unknown>, memory?: any) =>
  startPlugin(import.meta.dirname, plugin, { host: "127.0.0.1", from: "Acme <mail@acme.test>", ...config }, memory);

test("injection probe", async () => {
  await using server = await startMailServer();
  const host = await start({ port: server.port });
  const evil = "x\r\nX-Evil: 1\r\nBcc: evil@x.test";
  const r = await host.call("send_message", {
    to: { kind: "email", value: "a@x.test", name: evil },
    from: { kind: "email", value: "mail@acme.test", name: evil },
    content: { subject: evil, text: "hi\r\n.\r\nRCPT TO:<evil@x.test>" },
    attachments: [{ filename: `${evil}.txt`, content_type: `text/plain; ${evil}`, content_base64: "aGk=" }, { filename: "a", content_type: evil, content_base64: "aGk=" }],
    provider_options: { email_smtp: { headers: { "X-Campaign": evil } } },
  });
  console.log(r, server.mails[0]?.raw, server.mails[0]?.envelope);
  console.log(await host.call("send_message", { to: "a@x.test", content: "x", thread: "a\r\nX-Evil: 1" }));
  await host.close();
});
test("fault probe", async () => {
  const out: any = {};
  const script = (stop: string, does: (s: any) => string | undefined) => (line: string, socket: any) => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === stop) return does(socket);
    return ({ "": "220 hi", EHLO: "250 me", MAIL: "250 ok", RCPT: "250 ok", DATA: "354 go", ".": "250 queued", RSET: "250 ok", QUIT: "221 bye" } as any)[verb];
  };
  const cases: any = {
    hangGreeting: script("", () => undefined), hangRcpt: script("RCPT", () => undefined), hangDot: script(".", () => undefined), hangData: script("DATA", () => undefined),
    resetRcpt: script("RCPT", (s) => void s.resetAndDestroy()), resetDot: script(".", (s) => void s.resetAndDestroy()), closeDot: script(".", (s) => void s.end()),
    g421: script("", () => "421 4.7.0 too many connections"), m421: script("MAIL", () => "421 4.3.2 shutting down"), g554: script("", () => "554 5.7.1 blocked"), dot421: script(".", () => "421 4.3.0 shutting down"),
    closeGreeting: script("", (s) => void s.end()), garbage: script("", () => "HTTP/1.1 400 Bad"),
  };
  for (const [name, sc] of Object.entries<any>(cases)) {
    await using server = await startScriptedServer(sc);
    const host = await start({ port: server.port, timeouts: { connect_seconds: 0.3, reply_seconds: 0.3 } });
    const r = await host.call("send_message", { to: "a@x.test", content: "hi" });
    out[name] = r.error ? `${server.connections()} ${r.error.code} ${r.error.dispatched} ${r.error.penalize} ${r.error.retryable} ${r.error.message}` : r;
    await host.close();
  }
  const host = await start({ port: await refusedPort() });
  const r = await host.call("send_message", { to: "a@x.test", content: "hi" });
  out.refused = `${r.error.code} ${r.error.dispatched} ${r.error.message}`;
  const h2 = await start({ host: "nowhere.invalid" });
  const r2 = await h2.call("send_message", { to: "a@x.test", content: "hi" });
  out.dns = `${r2.error.code} ${r2.error.dispatched} ${r2.error.retryable} ${r2.error.message}`;
  console.log(out);
});
