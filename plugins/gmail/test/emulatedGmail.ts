import { createEmulator } from "emulate";
import { z } from "hookline";
import { type PlatformAnswer, type PlatformRequest, startPlatform } from "hookline/testing";
import { certificates } from "./signedPush.ts";

/** The mailbox that the double has. */
export const user = "anna@acme.test";

/** The OAuth client that the double knows. */
export const client = { client_id: "client-1", client_secret: "client-secret-0123" };

/** A Gmail that none of us wrote, and what it lacks: getProfile and the certificates. `close` ends it. */
export async function emulatedGmail() {
  const emulator = await createEmulator({ service: "google", port: 0, seed: { google: seed } });
  const inner = await startPlatform({ url: emulator.url, close: () => emulator.close() });
  const own = ({ path }: PlatformRequest): PlatformAnswer | undefined => {
    if (path.endsWith("/profile")) return { json: { emailAddress: user, messagesTotal: 2, historyId: "1" } };
    if (path === "/certs") return { json: certificates, headers: { "cache-control": "public, max-age=3600" } };
    return undefined;
  };
  const outer = await startPlatform((request) => own(request) ?? inner.answer(request));
  const close = async () => {
    await outer.close();
    await inner.close();
  };
  return {
    url: outer.url,
    refreshToken: await consent(emulator.url),
    deliver: deliverTo(emulator.url),
    raw: rawIn(emulator.url),
    close,
  };
}

const seed = {
  users: [{ email: user, name: "Anna" }],
  oauth_clients: [{ ...client, name: "Hookline", redirect_uris: ["http://localhost/back"] }],
  messages: [
    {
      id: "hello-1",
      thread_id: "thread-1",
      from: user,
      to: "ben@example.test",
      subject: "Lunch",
      body_text: "At one?",
      label_ids: ["SENT"],
      message_id: "<lunch@acme.test>",
      date: "2026-01-15T10:00:00Z",
    },
    {
      id: "in-1",
      thread_id: "thread-2",
      from: "Ben Ö <ben@example.test>",
      to: user,
      subject: "Grüße",
      body_text: "Ja, um eins.",
      body_html: "<p>Ja, um eins.</p>",
      label_ids: ["INBOX", "UNREAD"],
      date: "2026-01-15T11:00:00Z",
    },
  ],
};

/** What the owner of the mailbox does once, in a browser. */
async function consent(url: string): Promise<string> {
  const redirect_uri = "http://localhost/back";
  const form = new URLSearchParams({ email: user, redirect_uri, client_id: client.client_id, scope: "gmail" });
  const clicked = await fetch(`${url}/o/oauth2/v2/auth/callback`, { method: "POST", body: form, redirect: "manual" });
  const code = new URL(clicked.headers.get("location") ?? "").searchParams.get("code") ?? "";
  const body = new URLSearchParams({ ...client, grant_type: "authorization_code", code, redirect_uri });
  const answer = await fetch(`${url}/oauth2/token`, { method: "POST", body });
  return z.object({ refresh_token: z.string() }).parse(await answer.json()).refresh_token;
}

/** Puts a mail into the mailbox, as if it had arrived. */
function deliverTo(url: string) {
  return async ({ raw, labelIds = ["INBOX", "UNREAD"], threadId }: { raw: string; labelIds?: string[]; threadId?: string }) => {
    const answer = await fetch(`${url}/gmail/v1/users/me/messages`, {
      method: "POST",
      headers: { authorization: "Bearer anybody", "content-type": "application/json" },
      body: JSON.stringify({ raw: Buffer.from(raw).toString("base64url"), labelIds, threadId }),
    });
    return z.object({ id: z.string(), threadId: z.string(), historyId: z.string() }).parse(await answer.json());
  };
}

/** A mail as the mailbox has it. */
function rawIn(url: string) {
  return async (id: string): Promise<string> => {
    const headers = { authorization: "Bearer anybody" };
    const answer = await fetch(`${url}/gmail/v1/users/me/messages/${id}?format=raw`, { headers });
    const { raw } = z.object({ raw: z.string() }).parse(await answer.json());
    return Buffer.from(raw, "base64url").toString("utf8");
  };
}
