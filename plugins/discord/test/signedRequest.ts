import { generateKeyPairSync, sign } from "node:crypto";

const { publicKey, privateKey } = generateKeyPairSync("ed25519");

/** The public key of this double of an application, as the developer portal shows it. */
export const public_key = Buffer.from(String(publicKey.export({ format: "jwk" }).x), "base64url").toString("hex");

/** A request as Discord signs it. */
export function signedRequest(payload: unknown, timestamp = "1770000000") {
  const raw_body = typeof payload === "string" ? payload : JSON.stringify(payload);
  const signature = sign(null, Buffer.from(timestamp + raw_body), privateKey).toString("hex");
  return {
    method: "POST",
    headers: { "X-Signature-Ed25519": signature, "X-Signature-Timestamp": timestamp },
    query: {},
    raw_body,
  };
}
