import { createHash, createHmac } from "node:crypto";

type Fields = Record<string, string>;
type Method = "md5hash" | "md5" | "sha1" | "sha256" | "sha512";

/** A request of the SMS API's webhooks as a form, signed now unless the fields bring a timestamp. */
export function signedForm(fields: Fields, { secret, method }: { secret: string; method: Method }) {
  const signed = withSig({ timestamp: String(Math.floor(Date.now() / 1000)), nonce: "n-1", ...fields }, secret, method);
  return {
    method: "POST",
    headers: { "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8" },
    query: {},
    raw_body: new URLSearchParams(signed).toString(),
  };
}

/** The fields with the `sig` that Vonage would add: written here after its documentation, not taken from the plugin. */
export function withSig(fields: Fields, secret: string, method: Method): Fields {
  let text = "";
  for (const [name, value] of Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1)))
    text += `&${name}=${value.replaceAll("&", "_").replaceAll("=", "_")}`;
  const made = method === "md5hash" ? createHash("md5").update(text + secret) : createHmac(method, secret).update(text);
  return { ...fields, sig: made.digest("hex").toUpperCase() };
}

/** A request of the Messages API's webhooks: JSON, and a token over its hash. */
export function signedJson(body: object, secret: string, { claims = {}, alg = "HS256" }: { claims?: object; alg?: string } = {}) {
  const raw_body = JSON.stringify(body);
  const payload_hash = createHash("sha256").update(raw_body).digest("hex");
  const all = { iat: Math.floor(Date.now() / 1000), jti: "j-1", iss: "Vonage", payload_hash, api_key: "abcd1234", ...claims };
  const signed = [{ typ: "JWT", alg }, all].map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  const signature = createHmac("sha256", secret).update(signed).digest("base64url");
  return {
    method: "POST",
    headers: { Authorization: `Bearer ${signed}.${signature}`, "content-type": "application/json" },
    query: {},
    raw_body,
  };
}
