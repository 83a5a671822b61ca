import { createHash, createHmac } from "node:crypto";
import { type CheckedRequestOf, type CommunicationContract, isSameSecret, parseJson } from "hookline";

type Webhook = CheckedRequestOf<CommunicationContract, "handle_webhook">;
type Fields = Readonly<Record<string, unknown>>;

/** What of the settings a signature depends on. */
export interface SignatureSettings {
  signature_secret?: string;
  signature_method: "md5hash" | "md5" | "sha1" | "sha256" | "sha512";
  webhook_tolerance_seconds: number;
}

/**
 * The fields of a request that Vonage has signed: the Messages API with a JWT in the header, the SMS API with a field `sig`
 * among the others, in the query, a form or JSON. Else a sentence: why it is not taken.
 */
export function verifiedFields(request: Webhook, settings: SignatureSettings): Fields | string {
  const { signature_secret: secret, webhook_tolerance_seconds } = settings;
  if (secret === undefined) return "signature_secret is not set, and without it no signature can be verified";
  const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const fields = fieldsOf(request);
  if (token === undefined && typeof fields.sig !== "string")
    return "there is neither a field sig nor a JWT; ask Vonage to sign its webhooks";
  const signed = token === undefined ? bySig(fields, secret, settings) : byToken(token, secret, request, fields);
  if (signed === undefined) return "the signature is wrong; check signature_secret and signature_method";
  // Written so that a time which is none is refused too.
  const isRecent = Math.abs(Date.now() / 1000 - Number(signed.time ?? Number.NaN)) <= webhook_tolerance_seconds;
  return isRecent ? signed.fields : `the time of the signature is more than ${webhook_tolerance_seconds} seconds off`;
}

interface Signed {
  fields: Fields;
  time: unknown;
}

/** https://developer.vonage.com/en/getting-started/concepts/webhooks: HS256, and a hash of the body among the claims. */
function byToken(token: string, secret: string, { raw_body }: Webhook, fields: Fields): Signed | undefined {
  const [head = "", payload = "", signature = ""] = token.split(".");
  const right = createHmac("sha256", secret).update(`${head}.${payload}`).digest("base64url");
  if (decoded(head).alg !== "HS256" || !isSameSecret(signature, right)) return undefined;
  const { iat, payload_hash } = decoded(payload);
  const hash = createHash("sha256").update(raw_body).digest("hex");
  return String(payload_hash).toLowerCase() === hash ? { fields, time: iat } : undefined;
}

/** https://developer.vonage.com/en/getting-started/concepts/signing-messages: over all other fields, sorted. */
function bySig({ sig, ...fields }: Fields, secret: string, { signature_method }: SignatureSettings): Signed | undefined {
  const text = Object.keys(fields)
    .sort()
    .map((name) => `&${name}=${String(fields[name]).replace(/[&=]/g, "_")}`)
    .join("");
  const made =
    signature_method === "md5hash" ? createHash("md5").update(text + secret) : createHmac(signature_method, secret).update(text);
  return isSameSecret(String(sig).toLowerCase(), made.digest("hex")) ? { fields, time: fields.timestamp } : undefined;
}

function fieldsOf({ method, query, headers, raw_body }: Webhook): Fields {
  if (method === "GET") return query;
  const isForm = headers["content-type"]?.toLowerCase().startsWith("application/x-www-form-urlencoded");
  if (!isForm) return { ...Object(parseJson(raw_body)) };
  return Object.fromEntries(new URLSearchParams(Buffer.from(raw_body).toString("utf8")));
}

function decoded(part: string): Fields {
  return { ...Object(parseJson(Buffer.from(part, "base64url"))) };
}
