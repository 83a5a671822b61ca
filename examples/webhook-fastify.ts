// Webhooks in Fastify: inside this plugin of Fastify every body stays the bytes that came, whatever its content type.
// expect: POST /webhooks/incoming 200
// expect: an invoice was paid: other {"number":7}
// expect: POST /webhooks/incoming 401 no signature matches
// expect: POST /webhooks/nobody 404
import { createHmac, randomUUID } from "node:crypto";
import { fastify } from "fastify";
import { createHost, fromPino, HooklineError } from "hookline";

const secret = process.env.WEBHOOK_SECRET ?? `whsec_${Buffer.from("a secret of 24 letters..").toString("base64")}`;
const app = fastify({ logger: { level: "warn" } });
const host = await createHost({
  config: {
    plugin_paths: ["plugins"],
    enabled_plugins: [{ plugin_id: "generic_webhook", id: "incoming", config: { url: "http://localhost:9", secret } }],
  },
  logger: fromPino(app.log),
});
app.addHook("onClose", () => host.close());
host.on("event_received", ({ event }) => console.log(`an invoice was paid: ${event.type} ${JSON.stringify(event.data?.data)}`));

app.setErrorHandler((error, _request, reply) => {
  // What the plugin failed at is an answer already; only wrong use is thrown, such as an instance that is none.
  if (HooklineError.is(error) && error.code === "instance_unknown") return reply.status(404).send();
  throw error;
});

await app.register(async (webhooks) => {
  webhooks.removeAllContentTypeParsers();
  webhooks.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));

  webhooks.all<{ Params: { instance: string }; Querystring: Record<string, string>; Body: Buffer | undefined }>(
    "/webhooks/:instance",
    async ({ method, headers, query, params, body }, reply) => {
      const answer = await host.handleWebhook(params.instance, { method, headers, query, raw_body: body ?? "" });
      return reply.status(answer.status).headers(answer.headers).send(answer.body);
    },
  );
});

const endsAlone = process.env.HOOKLINE_EXAMPLE_ENDS === "1";
const address = await app.listen({ port: endsAlone ? 0 : 3000 });
console.log(`${address}/webhooks/incoming`);

// The platform's part: signed as https://www.standardwebhooks.com says.
const invoice = JSON.stringify({ type: "invoice.paid", data: { number: 7 } });
await deliver("incoming", invoice, signed(invoice));
await deliver("incoming", invoice, signed("another body"));
await deliver("nobody", invoice, {});
if (endsAlone) await app.close();
else for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void app.close());

function signed(body: string): Record<string, string> {
  const [id, now] = [`msg_${randomUUID()}`, String(Math.floor(Date.now() / 1000))];
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${now}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": now, "webhook-signature": `v1,${signature}` };
}

async function deliver(instance: string, body: string, signature: Record<string, string>): Promise<void> {
  const headers = { "content-type": "application/json", ...signature };
  const response = await fetch(`${address}/webhooks/${instance}`, { method: "POST", headers, body });
  console.log(`POST /webhooks/${instance} ${response.status} ${await response.text()}`.trim());
}
