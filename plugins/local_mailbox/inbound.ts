import { createHmac, timingSafeEqual } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Implementations, InboundEvent } from "hookline";
import { HooklineError } from "hookline";
import { nameFor } from "./names.ts";
import { createFile, json } from "./store.ts";

const toleranceSeconds = 300;

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
      const problem = problemWithSignature(lowerCased(headers), body, secret);
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

function problemWithSignature(headers: Map<string, string>, body: Uint8Array, secret: string): string | undefined {
  const timestamp = headers.get("x-mailbox-timestamp") ?? "";
  const given = Buffer.from(headers.get("x-mailbox-signature") ?? "");
  const expected = Buffer.from(signatureOf(secret, timestamp, body));
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return "the signature does not match";
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  // Written so that a timestamp which is no number is refused too.
  if (!(age <= toleranceSeconds)) return `the timestamp is more than ${toleranceSeconds} seconds off`;
}

function eventFrom(body: Buffer): (InboundEvent & { id: string }) | undefined {
  const { id, from, text, group } = parsed(body);
  if (typeof id !== "string" || id === "" || typeof from !== "string" || from === "" || typeof text !== "string")
    return undefined;
  const event = {
    type: "message" as const,
    id,
    message_id: id,
    at: new Date().toISOString(),
    from: { kind: "user" as const, value: from },
  };
  return { ...event, content: { text }, ...(typeof group === "string" ? { group } : {}) };
}

function parsed(body: Buffer): Record<string, unknown> {
  try {
    return { ...JSON.parse(body.toString("utf8")) };
  } catch {
    // Whoever knows the secret may still send garbage: it has none of the fields, and is refused for that.
    return {};
  }
}

function lowerCased(headers: Record<string, string>): Map<string, string> {
  return new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function refusal(status: number, body: string): { events: []; response: { status: number; body: string } } {
  return { events: [], response: { status, body } };
}
