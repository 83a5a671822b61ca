import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createEmulator } from "emulate";

/** The account that the emulated Twilio knows. */
export const account = {
  account_sid: `AC${"1".repeat(32)}`,
  auth_token: "auth-token-of-tests-0123456789ab",
  from_number: "+15550001111",
};

/** An API key of that account. */
export const apiKey = { api_key_sid: `SK${"2".repeat(32)}`, api_key_secret: "api-key-secret-of-tests-0123456" };

/** One request as Twilio makes it, in the form that `handle_webhook` takes. */
export type Callback = {
  method: string;
  headers: Record<string, string>;
  query: Record<string, string>;
  raw_body: string;
};

/** Twilio as the `emulate` package has it: stateful, with signed callbacks. `smsUrl` gets what comes in at our number. */
export async function startTwilio({ smsUrl, smsMethod = "POST" }: { smsUrl?: string; smsMethod?: "GET" | "POST" } = {}) {
  const number = { phone_number: account.from_number, ...(smsUrl && { sms_url: smsUrl, sms_method: smsMethod }) };
  const emulator = await createEmulator({
    service: "twilio",
    port: 0,
    seed: {
      twilio: {
        account: { sid: account.account_sid, auth_token: account.auth_token },
        api_keys: [{ sid: apiKey.api_key_sid, secret: apiKey.api_key_secret }],
        phone_numbers: [number],
      },
    },
  });
  const authorization = `Basic ${btoa(`${account.account_sid}:${account.auth_token}`)}`;
  const messages = `/2010-04-01/Accounts/${account.account_sid}/Messages`;
  const ask = async (path: string, form?: Record<string, string>) => {
    const answer = await fetch(emulator.url + path, {
      headers: { authorization },
      ...(form && { method: "POST", body: new URLSearchParams(form) }),
    });
    // The emulator's own answers: Twilio's form, and the tests compare the fields they read.
    return (await answer.json()) as Record<string, string | null>;
  };
  return {
    url: emulator.url,
    close: () => emulator.close(),
    /** What Twilio keeps of a message. */
    message: (sid: string) => ask(`${messages}/${sid}.json`),
    /** Makes Twilio send a message, past the plugin. */
    create: async () =>
      String((await ask(`${messages}.json`, { To: "+4915112345678", From: account.from_number, Body: "Hi" })).sid),
    /** A message moves on, and its status callback is sent. */
    moveOn: (sid: string, status: string) => ask("/_twilio/simulate/message-status", { MessageSid: sid, Status: status }),
    /** Somebody writes to our number. */
    writeIn: (from: string, body: string) =>
      ask("/_twilio/simulate/inbound-message", { To: account.from_number, From: from, Body: body }),
  };
}

/** A server that keeps what it gets, as an application would mount `handle_webhook`. */
export async function receive() {
  const callbacks: Callback[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? "", "http://receiver");
    callbacks.push({
      method: request.method ?? "",
      headers: Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)])),
      query: Object.fromEntries(url.searchParams),
      raw_body: await text(request),
    });
    response.end();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  };
  return { url: `http://127.0.0.1:${port}/hooks/twilio`, callbacks, [Symbol.asyncDispose]: close };
}
