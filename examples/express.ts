// Hookline in Express: a route that sends, GET /health/plugins, and a shutdown that cuts no call off.
// Try it: curl -H 'content-type: application/json' -d '{"to":"anna","text":"Lunch?"}' http://localhost:3000/messages/local
// expect: POST /messages/local 200 {"status":"ok","message_id":"local_mailbox:
// expect: POST /messages/lokal 400 {"code":"channel_unknown"
// expect: GET /health/plugins 200 {"total_plugins":1,"plugins_by_type":{"local":["local_mailbox"]}
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import express, { type NextFunction, type Request, type Response } from "express";
import { createHost, HooklineError } from "hookline";

const host = await createHost({ config: "config/hookline.yml" });
const app = express();
app.use(express.json());

app.get("/health/plugins", (_request, response) => {
  const status = host.status();
  const isHealthy = Object.values(status.plugin_health).every(({ healthy }) => healthy);
  response.status(isHealthy ? 200 : 503).json(status);
});

app.post("/messages/:channel", async ({ params, body }, response) => {
  // What is missing or of a wrong kind, Hookline refuses by name.
  const { status, value, error } = await host.sendMessage(params.channel, body?.to, { text: body?.text });
  response.status(status === "failed" ? 502 : 200).json({ status, message_id: value?.message_id, error });
});

// Express passes on what an async handler throws; it knows an error handler by its four parameters.
app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
  if (HooklineError.is(error)) response.status(400).json(error);
  else next(error);
});

const endsAlone = process.env.HOOKLINE_EXAMPLE_ENDS === "1";
const server = app.listen(endsAlone ? 0 : 3000);
await once(server, "listening");
const address = `http://localhost:${(server.address() as AddressInfo).port}`;
console.log(`${address}/health/plugins`);

/** The requests end first, then the calls that others made, then the plugins. */
async function shutDown(): Promise<void> {
  server.close();
  await once(server, "close");
  await host.close();
}

if (endsAlone) {
  await send("/messages/local");
  await send("/messages/lokal");
  const health = await fetch(`${address}/health/plugins`);
  console.log(`GET /health/plugins ${health.status} ${(await health.text()).slice(0, 120)}…`);
  await shutDown();
} else {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, shutDown);
}

async function send(path: string): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await fetch(address + path, { method: "POST", headers, body: JSON.stringify({ to: "anna", text: "Lunch?" }) });
  console.log(`POST ${path} ${response.status} ${await response.text()}`);
}
