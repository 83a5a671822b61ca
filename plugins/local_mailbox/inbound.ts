import { createHmac } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { HooklineError, type Implementations, type InboundEvent, isSameSecret, parseJson, z } from "hookline";
import { nameFor } from "./names.ts";
import { createFile, json } from "./store.ts";

const toleranceSeconds = 300;
const inbound = z.object({ id: z.string().min(1), from: z.string().min(1), text: z.string(), group: z.string().optional() });

/**
 * The hook of inbound messages: JSON `{ id, from, text, group? }`, signed as README.md says. Nothing of the body is looked at
 * before its signature is right.
 */
export function inboundHooks(root: string, secret: string | undefined): Implementations {
  return {
    async handle_webhook({ method, headers, raw_body }) {
      if (secret === undefined)
        throw new HooklineError("unsupported", { reason: "inbound messages are off; give the setting webhook_secret" });
      if (method !== "POST") return refusal(405, "use POST");
      const body = Buffer.from(raw_body);
      const problem = problemWithSignature(headers, body, secret);
      if (problem !== undefined) return refusal(401, problem);

      const event = eventFrom(body);
      if (event === undefined) return refusal(400, "the body must be JSON with the texts id, from and text");
      await mkdir(join(root, "inbound"), { recursive: true });
      // The same message twice is one file and gives the same event twice; the id tells the application that it is one.
      await createFile(join(root, "inbound", `${nameFor(event.id)}.json`), json(event));
      return { events: [event] };
    },
  };
}

function signatureOf(secret: string, timestamp: string, body: Uint8Array): string {
  return createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
}

function problemWithSignature(headers: Record<string, string>, body: Uint8Array, secret: string): string | undefined {
  const timestamp = headers["x-mailbox-timestamp"] ?? "";
  if (!isSameSecret(headers["x-mailbox-signature"], signatureOf(secret, timestamp, body))) return "the signature does not match";
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  // Written so that a timestamp which is no number is refused too.
  if (!(age <= toleranceSeconds)) return `the timestamp is more than ${toleranceSeconds} seconds off`;
}

function eventFrom(body: Buffer): (InboundEvent & { id: string }) | undefined {
  const { data } = inbound.safeParse(parseJson(body));
  if (data === undefined) return undefined;
  const { id, from, text, group } = data;
  const at = new Date().toISOString();
  return { type: "message", id, message_id: id, at, from: { kind: "user", value: from }, content: { text }, group };
}

function refusal(status: number, body: string): { events: []; response: { status: number; body: string } } {
  return { events: [], response: { status, body } };
}
