import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createEmulator } from "emulate";
import { z } from "hookline";
import { openPlugin, startPlatform } from "hookline/testing";

/** What the emulated workspace knows. */
export const workspace = {
  token: "xoxb-emulated-0123",
  signing_secret: "8f742231b10e8888abcd99yyyzzz85a5",
  /** The user of the token, who has made both channels. */
  own: "U000000001",
  general: "C000000001",
  random: "C000000002",
  anna: "anna@example.test",
  ben: "ben@example.test",
};

const observer = "xoxb-observer-0123";
// Those that the README names.
const scopes = [
  "chat:write",
  "channels:read",
  "channels:manage",
  "groups:read",
  "groups:write",
  "users:read",
  "users:read.email",
];

/** A workspace of the emulate package, and a way to ask it behind the plugin's back. */
export async function emulatedSlack() {
  const users = [
    { name: "anna", email: workspace.anna },
    { name: "ben", email: workspace.ben },
  ];
  const tokens = [
    { token: workspace.token, user: "admin", scopes },
    { token: observer, user: "admin", scopes: [...scopes, "channels:history", "groups:history", "im:history"] },
  ];
  const seed = { slack: { users, tokens, strict_scopes: true } };
  const { url, close } = await createEmulator({ service: "slack", port: 0, seed });
  const ask = async (method: string, args: Record<string, string> = {}) => {
    const headers = { authorization: `Bearer ${observer}` };
    const response = await fetch(`${url}/api/${method}`, { method: "POST", headers, body: new URLSearchParams(args) });
    const answer = z.looseObject({ ok: z.boolean() }).parse(await response.json());
    assert.ok(answer.ok, `${method}: ${JSON.stringify(answer)}`);
    return answer;
  };
  return { url, close, ask };
}

/** The settings for a workspace behind this URL. */
export function settings(url: string): Record<string, unknown> {
  const { token, signing_secret } = workspace;
  return { api_url: `${url}/api`, token, signing_secret };
}

/** The plugin over a fresh workspace, with a place for faults between the two. */
export async function openSlack(more: Record<string, unknown> = {}) {
  const slack = await emulatedSlack();
  const platform = await startPlatform(slack);
  const config = (url: string) => ({ ...settings(url), ...more });
  const open = await openPlugin(`${import.meta.dirname}/..`, { config, platform });
  const idOf = async (email: string) => {
    const { user } = await slack.ask("users.lookupByEmail", { email });
    return z.object({ id: z.string() }).parse(user).id;
  };
  const messagesIn = async (channel: string) => {
    const { messages } = await slack.ask("conversations.history", { channel });
    return z.array(z.looseObject({ text: z.string(), ts: z.string() })).parse(messages);
  };
  const close = async () => {
    await open.close();
    await platform.close();
  };
  return {
    ...open,
    call: open.call,
    ask: open.ask,
    host: open.host,
    platform,
    slack,
    idOf,
    messagesIn,
    [Symbol.asyncDispose]: close,
  };
}

/** A request as Slack would send and sign it. */
export function signed(raw_body: string, { at = Date.now(), secret = workspace.signing_secret } = {}) {
  const timestamp = String(Math.floor(at / 1000));
  const hmac = createHmac("sha256", secret).update(`v0:${timestamp}:${raw_body}`).digest("hex");
  const headers = { "x-slack-request-timestamp": timestamp, "x-slack-signature": `v0=${hmac}` };
  return { method: "POST", headers, raw_body };
}
