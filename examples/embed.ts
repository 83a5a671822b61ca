// Hookline in a bare node:http application: one route sends a message, one tells how the instances are; Ctrl-C closes cleanly.
// Try it: curl -d '{"channel":"local","to":"anna","text":"Lunch?"}' http://localhost:3000/messages
// expect: POST /messages 200 {"status":"ok","message_id":"local_mailbox:
// expect: POST /messages 400 {"code":"channel_unknown"
// expect: closed
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";
import { createHost, HooklineError } from "hookline";

const host = await createHost({ config: "config/hookline.yml" });

const server = createServer(async (request, response) => {
  const { status, body } = await answerTo(request);
  response.writeHead(status, { "content-type": "application/json" }).end(`${JSON.stringify(body)}\n`);
});

async function answerTo(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const route = `${request.method} ${request.url}`;
  try {
    if (route === "GET /health/plugins") return { status: 200, body: host.status() };
    if (route !== "POST /messages") return { status: 404, body: { error: `there is no ${route}` } };
    const { channel, to, text } = messageFrom(await json(request));
    const { status, value, error } = await host.sendMessage(channel, to, { text });
    // What the platform did is in the outcome; only wrong use throws.
    return { status: status === "failed" ? 502 : 200, body: { status, message_id: value?.message_id, error } };
  } catch (error) {
    if (HooklineError.is(error)) return { status: 400, body: error };
    return { status: error instanceof SyntaxError ? 400 : 500, body: { error: String(error) } };
  }
}

function messageFrom(body: unknown): { channel: string; to: string; text: string } {
  const { channel = "", to = "", text = "" } = typeof body === "object" && body !== null ? { ...body } : {};
  return { channel: String(channel), to: String(to), text: String(text) };
}

const endsAlone = process.env.HOOKLINE_EXAMPLE_ENDS === "1";
await once(server.listen(endsAlone ? 0 : 3000), "listening");
const { port } = server.address() as AddressInfo;
console.log(`http://localhost:${port}/health/plugins`);

/** No new requests, the calls in flight end, every plugin is disposed. */
async function shutDown(): Promise<void> {
  server.close();
  await once(server, "close");
  await host.close();
  console.log("closed: every call has ended");
}

if (endsAlone) {
  await send("local");
  await send("lokal");
  await shutDown();
} else {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, shutDown);
}

async function send(channel: string): Promise<void> {
  const body = JSON.stringify({ channel, to: "anna", text: "Lunch?" });
  const response = await fetch(`http://localhost:${port}/messages`, { method: "POST", body });
  console.log(`POST /messages ${response.status} ${await response.text()}`.trim());
}
