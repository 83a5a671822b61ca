import { testPlugin } from "hookline/testing";
import { test } from "vitest";
import { client, emulatedGmail } from "./test/emulatedGmail.ts";
import { push, signedPush } from "./test/signedPush.ts";

let refresh_token = "";

testPlugin(import.meta.dirname, {
  test,
  platform: async () => {
    const gmail = await emulatedGmail();
    refresh_token = gmail.refreshToken;
    return gmail;
  },
  config: (url) => ({
    ...client,
    refresh_token,
    from: "Anna <anna@acme.test>",
    topic: "projects/acme/topics/gmail",
    ...push,
    api_url: url,
    token_url: `${url}/oauth2/token`,
    certs_url: `${url}/certs`,
  }),
  calls: {
    send_message: { to: "ben@example.test", content: { subject: "Lunch", text: "At one?" } },
    get_message_status: { message: "thread-1/hello-1" },
  },
  expects: {
    // The token has worked before: it is replaced once. Two in a row are `auth`, see sending.test.ts.
    "*": { "401": "ok" },
    // Pub/Sub signs who pushes, not what.
    handle_webhook: { "changed body": "ok" },
  },
  errors: [
    {
      name: "a limit that comes as a 403",
      hook: "send_message",
      answer: refused(403, "rateLimitExceeded", "Quota exceeded for quota metric 'Queries'"),
      code: "rate_limited",
      facts: { dispatched: "no", failover: true },
    },
    {
      name: "a limit that comes as a 429",
      hook: "send_message",
      answer: { ...refused(429, "rateLimitExceeded", "Resource has been exhausted"), headers: { "retry-after": "3" } },
      code: "rate_limited",
      facts: { retry_after_ms: 3_000 },
    },
    {
      name: "a daily limit",
      hook: "send_message",
      answer: refused(403, "dailyLimitExceeded", "Daily Limit Exceeded"),
      code: "quota_exceeded",
      facts: { retryable: false, penalize: "hard" },
    },
    {
      name: "a scope that is missing",
      hook: "get_message_status",
      answer: refused(403, "insufficientPermissions", "Request had insufficient authentication scopes."),
      code: "permission",
    },
    {
      name: "a mail that Gmail cannot read",
      hook: "send_message",
      answer: refused(400, "badRequest", "'raw' RFC822 payload message string or uploading message via /upload/* URL required"),
      code: "invalid_request",
      facts: { dispatched: "no", failover: false },
    },
    {
      name: "an address that Gmail does not take",
      hook: "send_message",
      answer: refused(400, "invalidArgument", "Invalid To header"),
      code: "invalid_recipient",
      facts: { penalize: "never" },
    },
    {
      name: "a mail that is too large",
      hook: "send_message",
      answer: { status: 413, body: "Request Entity Too Large" },
      code: "payload_too_large",
    },
    {
      name: "a user without Gmail",
      hook: "send_message",
      answer: refused(400, "failedPrecondition", "Mail service not enabled"),
      code: "permission",
    },
    {
      name: "an answer without an id",
      hook: "send_message",
      answer: { json: { labelIds: ["SENT"] } },
      code: "unavailable",
      facts: { dispatched: "maybe" },
    },
  ],
  webhook: () => signedPush({ emailAddress: "anna@acme.test", historyId: 2 }),
  api: {
    document: "../../../shared/specs/google.gmail.openapi.json",
    exceptions: [
      { where: "POST /oauth2/token", reason: "tokens are another API" },
      {
        where: "POST /gmail/v1/users/{userId}/messages/send is sent as application/json",
        reason:
          "the conversion from the discovery document names the types of uploads only; `raw` in JSON is Google's first example",
      },
      { where: "GET /gmail/v1/users/me/threads/", reason: "the document is cut down, and threads.get is not in it" },
    ],
  },
});

function refused(status: number, reason: string, message: string) {
  return { status, json: { error: { code: status, message, errors: [{ domain: "global", reason, message }] } } };
}
