// Webhooks in a bare node:http server: POST /webhooks/INSTANCE goes to that instance; its plugin verifies the signature and reads it.
// expect: POST /webhooks/local_mailbox 200
// expect: a message: Hello!
// expect: a second delivery of the same: 0 new, 1 known
// expect: POST /webhooks/local_mailbox 401 the signature does not match
// expect: POST /webhooks/nobody 404
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createHost, HooklineError } from "hookline";

const webhook_secret = process.env.WEBHOOK_SECRET ?? "a secret of 24 letters..";
const host = await createHost({
  config: {
    plugin_paths: ["plugins"],
    enabled_plugins: [{ plugin_id: "local_mailbox", config: { folder: "var/webhooks", webhook_secret } }],
  },
});
host.on("event_received", ({ event }) => console.log(`a ${event.type}: ${event.content?.text}`));

const largestBody = 1024 * 1024;
const server = createServer((request, response) => void receive(request, response));

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  const [, instance] = /^\/webhooks\/(\w+)$/.exec(pathname) ?? [];
  if (instance === undefined) return void response.writeHead(404).end();
  try {
    const raw_body = await bodyOf(request);
    if (raw_body === undefined) return void response.writeHead(413, { connection: "close" }).end();
    const { method = "", headers } = request;
    const query = Object.fromEntries(searchParams);
    const answer = await host.handleWebhook(instance, { method, headers, query, raw_body });
    if (answer.duplicates.length > 0) {
      console.log(`a second delivery of the same: ${answer.events.length} new, ${answer.duplicates.length} known`);
    }
    response.writeHead(answer.status, answer.headers).end(answer.body);
  } catch (error) {
    // What the plugin failed at is an answer already; only wrong use is thrown, such as an instance that is none.
    response.writeHead(HooklineError.is(error) && error.code === "instance_unknown" ? 404 : 500).end();
  }
}

/** The bytes as they came: a signature is made over them. Undefined when they are too many. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += part.length;
    if (size > largestBody) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

const endsAlone = process.env.HOOKLINE_EXAMPLE_ENDS === "1";
await once(server.listen(endsAlone ? 0 : 3000), "listening");
const { port } = server.address() as AddressInfo;
console.log(`http://localhost:${port}/webhooks/local_mailbox`);

async function shutDown(): Promise<void> {
  server.close();
  await once(server, "close");
  await host.close();
}

// The platform's part.
const message = JSON.stringify({ id: `m-${Date.now()}`, from: "anna", text: "Hello!" });
await deliver("local_mailbox", message, signed(message));
await deliver("local_mailbox", message, signed(message));
await deliver("local_mailbox", message, signed("another body"));
await deliver("nobody", message, {});
if (endsAlone) await shutDown();
else for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void shutDown());

function signed(body: string): Record<string, string> {
  const now = String(Math.floor(Date.now() / 1000));
  const signature = createHmac("sha256", webhook_secret).update(`${now}.${body}`).digest("hex");
  return { "x-mailbox-timestamp": now, "x-mailbox-signature": signature };
}

async function deliver(instance: string, body: string, headers: Record<string, string>): Promise<void> {
  const response = await fetch(`http://localhost:${port}/webhooks/${instance}`, { method: "POST", headers, body });
  console.log(`POST /webhooks/${instance} ${response.status} ${await response.text()}`.trim());
}
