import { generateKeyPairSync, sign } from "node:crypto";

const google = generateKeyPairSync("rsa", { modulusLength: 2048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** What the push subscription of the tests is set to. */
export const push = {
  push_audience: "https://app.acme.test/hooks/gmail",
  push_service_account: "push@acme.iam.gserviceaccount.com",
};

/** As Google publishes them: key id → PEM. */
export const certificates = { "key-1": google.publicKey.export({ type: "spki", format: "pem" }) };

/** A push of Pub/Sub about a change in a mailbox, signed as Google does. `claims` and `by` make it somebody else's. */
export function signedPush(
  change: Record<string, unknown>,
  { claims = {}, by = "google" }: { claims?: Record<string, unknown>; by?: "google" | "stranger" } = {},
) {
  const now = Math.floor(Date.now() / 1000);
  const payload = {
    iss: "https://accounts.google.com",
    aud: push.push_audience,
    email: push.push_service_account,
    email_verified: true,
    iat: now,
    exp: now + 3600,
    ...claims,
  };
  const signed = `${base64url({ alg: "RS256", kid: "key-1", typ: "JWT" })}.${base64url(payload)}`;
  const { privateKey } = by === "google" ? google : stranger;
  const token = `${signed}.${sign("sha256", Buffer.from(signed), privateKey).toString("base64url")}`;
  const data = Buffer.from(JSON.stringify(change)).toString("base64");
  return {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    raw_body: JSON.stringify({
      message: { data, messageId: "1", publishTime: "2026-01-15T11:00:00Z" },
      subscription: "projects/a/subscriptions/b",
    }),
  };
}

function base64url(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
