import { createPublicKey, type KeyObject, verify } from "node:crypto";
import type { CheckedRequestOf, CommunicationContract } from "hookline";

type Webhook = CheckedRequestOf<CommunicationContract, "handle_webhook">;

/** What of the settings a signature depends on. */
export interface SignatureSettings {
  webhook_public_key?: string;
  webhook_tolerance_seconds: number;
}

/**
 * Why a request cannot be taken for one of SendGrid's; undefined when it is signed rightly: ECDSA over the timestamp and the body
 * as it came. https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export function problemWithSignature(request: Webhook, settings: SignatureSettings): string | undefined {
  const key = settings.webhook_public_key === undefined ? undefined : publicKey(settings.webhook_public_key);
  if (key === undefined) return "webhook_public_key is not set, and without it no signature can be verified";
  const signature = header(request, "x-twilio-email-event-webhook-signature");
  const timestamp = header(request, "x-twilio-email-event-webhook-timestamp");
  if (!signature || !timestamp) return "the headers X-Twilio-Email-Event-Webhook-Signature and -Timestamp are needed";
  const signed = Buffer.concat([Buffer.from(timestamp), Buffer.from(request.raw_body)]);
  if (!verify("sha256", signed, key, Buffer.from(signature, "base64")))
    return "the signature is wrong; check webhook_public_key, and that nothing parsed the body before";
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  const { webhook_tolerance_seconds } = settings;
  // Written so that a timestamp which is no number is refused too.
  return age <= webhook_tolerance_seconds ? undefined : `the timestamp is more than ${webhook_tolerance_seconds} seconds off`;
}

/** The key as SendGrid shows it (base64 of DER) or in PEM form; undefined when it is none that can verify ECDSA. */
export function publicKey(written: string): KeyObject | undefined {
  try {
    const key = written.includes("BEGIN")
      ? createPublicKey(written)
      : createPublicKey({ key: Buffer.from(written, "base64"), format: "der", type: "spki" });
    return key.asymmetricKeyType === "ec" ? key : undefined;
  } catch {
    // Not a key: the caller says which setting that is.
    return undefined;
  }
}

function header({ headers }: Webhook, name: string): string | undefined {
  return Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
}
