import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { CheckedRequestOf, CommunicationContract } from "hookline";

type Webhook = CheckedRequestOf<CommunicationContract, "handle_webhook">;
type Fields = Readonly<Record<string, unknown>>;
type Verified = { fields: Fields; problem?: undefined } | { fields?: undefined; problem: string };

/** What of the settings a signature depends on. */
export interface SignatureSettings {
  signature_secret?: string;
  signature_method: "md5hash" | "md5" | "sha1" | "sha256" | "sha512";
  webhook_tolerance_seconds: number;
}

/**
 * The fields of a request that Vonage has signed: the Messages API with a JWT in the header, the SMS API with a field `sig`
 * among the others, in the query, a form or JSON. Else why it is not taken.
 */
export function verifiedFields(request: Webhook, settings: SignatureSettings): Verified {
  const { signature_secret: secret } = settings;
  if (secret === undefined) return { problem: "signature_secret is not set, and without it no signature can be verified" };
  const token = /^Bearer\s+(\S+)$/i.exec(header(request, "authorization") ?? "")?.[1];
  try {
    return token === undefined ? verifiedBySig(request, secret, settings) : verifiedByToken(request, token, secret, settings);
  } catch {
    // JSON.parse of what a stranger has sent.
    return { problem: "the request cannot be read" };
  }
}

/** https://developer.vonage.com/en/getting-started/concepts/webhooks: HS256, and a hash of the body among the claims. */
function verifiedByToken(request: Webhook, token: string, secret: string, settings: SignatureSettings): Verified {
  const [head = "", payload = "", signature = ""] = token.split(".");
  const expected = createHmac("sha256", secret).update(`${head}.${payload}`).digest("base64url");
  if (decoded(head).alg !== "HS256" || !same(signature, expected)) return wrong;
  const { iat, payload_hash } = decoded(payload);
  if (!isRecent(iat, settings)) return outOfTime(settings);
  const hash = createHash("sha256").update(request.raw_body).digest("hex");
  if (typeof payload_hash !== "string" || !same(payload_hash.toLowerCase(), hash)) return wrong;
  return { fields: { ...Object(JSON.parse(Buffer.from(request.raw_body).toString("utf8"))) } };
}

/** https://developer.vonage.com/en/getting-started/concepts/signing-messages: over all other fields, sorted. */
function verifiedBySig(request: Webhook, secret: string, settings: SignatureSettings): Verified {
  const { sig, ...fields } = fieldsOf(request);
  if (typeof sig !== "string") return { problem: "there is neither a field sig nor a JWT; ask Vonage to sign its webhooks" };
  const signed = Object.keys(fields)
    .sort()
    .map((name) => `&${name}=${String(fields[name]).replace(/[&=]/g, "_")}`)
    .join("");
  const { signature_method: method } = settings;
  const made = method === "md5hash" ? createHash("md5").update(signed + secret) : createHmac(method, secret).update(signed);
  if (!same(sig.toLowerCase(), made.digest("hex"))) return wrong;
  return isRecent(fields.timestamp, settings) ? { fields } : outOfTime(settings);
}

function fieldsOf({ method, query, raw_body, ...request }: Webhook): Fields {
  if (method === "GET") return query;
  const body = Buffer.from(raw_body).toString("utf8");
  const isForm = header(request, "content-type")?.toLowerCase().startsWith("application/x-www-form-urlencoded");
  return isForm ? Object.fromEntries(new URLSearchParams(body)) : { ...Object(JSON.parse(body)) };
}

const wrong: Verified = { problem: "the signature is wrong; check signature_secret and signature_method" };

function outOfTime({ webhook_tolerance_seconds }: SignatureSettings): Verified {
  return { problem: `the time of the signature is more than ${webhook_tolerance_seconds} seconds off` };
}

function isRecent(seconds: unknown, { webhook_tolerance_seconds }: SignatureSettings): boolean {
  // Without a time the difference is no number, and that is not recent.
  return Math.abs(Date.now() / 1000 - Number(seconds ?? Number.NaN)) <= webhook_tolerance_seconds;
}

function decoded(part: string): Fields {
  return { ...Object(JSON.parse(Buffer.from(part, "base64url").toString("utf8"))) };
}

function header({ headers }: Pick<Webhook, "headers">, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}

function same(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
