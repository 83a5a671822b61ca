import { createHash, createHmac } from "node:crypto";
import { type CheckedRequestOf, type CommunicationContract, isSameSecret } from "hookline";

type Webhook = CheckedRequestOf<CommunicationContract, "handle_webhook">;

/** What of the settings a signature depends on. */
export interface SignatureSettings {
  auth_token?: string;
  webhook_url?: string;
  status_callback?: string;
}

/**
 * Why a request cannot be taken for one of Twilio's; undefined when it is signed rightly.
 * https://www.twilio.com/docs/usage/security#validating-requests
 */
export function problemWithSignature(request: Webhook, settings: SignatureSettings): string | undefined {
  const { auth_token, webhook_url, status_callback } = settings;
  const urls = [webhook_url, status_callback].filter((url) => url !== undefined);
  if (auth_token === undefined) return "auth_token is not set, and without it no signature can be verified";
  if (urls.length === 0) return "webhook_url is not set, and the signature is made over it";
  const given = request.headers["x-twilio-signature"];
  if (given === undefined) return "the header X-Twilio-Signature is missing";

  const { bodySHA256 } = request.query;
  const isHashed = bodySHA256 !== undefined;
  if (isHashed && !isSameSecret(bodySHA256, createHash("sha256").update(request.raw_body).digest("hex")))
    return "the body is not the one that was signed";
  const fields = isHashed || request.method !== "POST" ? "" : signedFields(request);
  const signatureOver = (url: string) =>
    createHmac("sha1", auth_token)
      .update(url + fields)
      .digest("base64");
  const possible = urls.flatMap((url) => withQuery(url, request.query)).flatMap(portForms);
  if (possible.some((url) => isSameSecret(given, signatureOver(url)))) return undefined;
  return "the signature is wrong; check auth_token, and that webhook_url is the URL in Twilio's console";
}

/** Each name and value, sorted by name; a value that comes twice counts once. */
function signedFields({ raw_body }: Webhook): string {
  const form = new URLSearchParams(Buffer.from(raw_body).toString("utf8"));
  return [...new Set(form.keys())]
    .sort()
    .flatMap((name) => [...new Set(form.getAll(name))].sort().map((value) => name + value))
    .join("");
}

/** The URL as Twilio may have written it: the request brings its query parsed, and a space can be `+` or `%20`. */
function withQuery(url: string, query: Readonly<Record<string, string>>): string[] {
  const own = URL.parse(url)?.searchParams;
  const added = Object.entries(query).filter(([name, value]) => own?.get(name) !== value);
  if (added.length === 0) return [url];
  const encoded = new URLSearchParams(added).toString();
  const plain = added.map((pair) => pair.map(encodeURIComponent).join("=")).join("&");
  const start = url.includes("?") ? `${url}&` : `${url}?`;
  return [encoded, encoded.replaceAll("+", "%20"), plain].map((form) => start + form);
}

/** As it is, with the port of its scheme, and without a port: Twilio's servers do not agree on that. */
function portForms(url: string): string[] {
  const [, scheme = "", host = "", port, rest = ""] = /^(https?:\/\/)([^/?#]*?)(:\d+)?([/?#].*)?$/s.exec(url) ?? [];
  return [url, scheme + host + rest, `${scheme}${host}${port ?? (scheme === "https://" ? ":443" : ":80")}${rest}`];
}
