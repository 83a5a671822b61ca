// Hookline in Fastify: its log is Fastify's, it closes with the server, and GET /health/plugins shows the instances.
// Try it: curl -H 'content-type: application/json' -d '{"to":"anna","text":"Lunch?"}' http://localhost:3000/messages/local
// expect: POST /messages/local 200 {"status":"ok","message_id":"local_mailbox:
// expect: POST /messages/lokal 400 {"code":"channel_unknown"
// expect: GET /health/plugins 200 {"total_plugins":1,"plugins_by_type":{"local":["local_mailbox"]}

import { fastify } from "fastify";
import { createHost, fromPino, HooklineError } from "hookline";

const app = fastify({ logger: { level: "warn" } });
const host = await createHost({ config: "config/hookline.yml", logger: fromPino(app.log) });

// Fastify waits for its requests first, so no call is cut off.
app.addHook("onClose", () => host.close());

app.setErrorHandler((error, _request, reply) => {
  // Wrong use of Hookline is the client's here: channel and message come from outside.
  if (HooklineError.is(error)) return reply.status(400).send(error.toJSON());
  throw error;
});

app.get("/health/plugins", (_request, reply) => {
  const status = host.status();
  const isHealthy = Object.values(status.plugin_health).every(({ healthy }) => healthy);
  return reply.status(isHealthy ? 200 : 503).send(status);
});

app.post<{ Params: { channel: string }; Body: { to: string; text: string } }>(
  "/messages/:channel",
  {
    schema: {
      body: { type: "object", required: ["to", "text"], properties: { to: { type: "string" }, text: { type: "string" } } },
    },
  },
  async ({ params, body }, reply) => {
    const { status, value, error } = await host.sendMessage(params.channel, body.to, { text: body.text });
    return reply.status(status === "failed" ? 502 : 200).send({ status, message_id: value?.message_id, error });
  },
);

if (process.env.HOOKLINE_EXAMPLE_ENDS === "1") {
  const address = await app.listen({ port: 0 });
  await send(`${address}/messages/local`);
  await send(`${address}/messages/lokal`);
  const health = await fetch(`${address}/health/plugins`);
  console.log(`GET /health/plugins ${health.status} ${(await health.text()).slice(0, 120)}…`);
  await app.close();
} else {
  console.log(`${await app.listen({ port: 3000 })}/health/plugins`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => app.close());
}

async function send(url: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ to: "anna", text: "Lunch?" }) });
  console.log(`POST ${new URL(url).pathname} ${response.status} ${await response.text()}`);
}
