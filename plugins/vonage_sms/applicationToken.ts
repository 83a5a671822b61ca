import { randomUUID, sign } from "node:crypto";

/**
 * A JWT with which an application logs in for the next five minutes. Throws when the key is no private key in PEM form.
 * https://developer.vonage.com/en/getting-started/concepts/authentication#json-web-tokens
 */
export function applicationToken(application_id: string, private_key: string): string {
  const now = Math.floor(Date.now() / 1000);
  const claims = { application_id, iat: now, exp: now + 300, jti: randomUUID() };
  const signed = [{ alg: "RS256", typ: "JWT" }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
    .join(".");
  // A key from an environment variable often has its line breaks written as `\n`.
  const signature = sign("sha256", Buffer.from(signed), private_key.replaceAll("\\n", "\n"));
  return `${signed}.${signature.toString("base64url")}`;
}
