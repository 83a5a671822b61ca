import { generateKeyPairSync } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Settings with which each plugin starts, at an address where nobody answers. */
export function pluginSettings(): Record<string, object> {
  const url = "http://127.0.0.1:9";
  const private_key = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  }).privateKey;
  const google = { client_email: "bot@acme.iam.gserviceaccount.com", private_key, api_url: url, token_url: `${url}/token` };
  return {
    hello_plugin: { url, api_token: "0123456789" },
    generic_webhook: { url, secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" },
    local_mailbox: { folder: join(tmpdir(), "hookline-bench-mailbox") },
    slack_webhook: { url: `${url}/services/T0/B0/0123456789` },
    sendgrid_email: { api_url: url, api_key: "SG.0123456789", from: "a@example.com" },
    twilio_sms: { api_url: url, account_sid: "AC0123456789", auth_token: "0123456789", from_number: "+15005550006" },
    vonage_sms: { api_url: url, api_key: "0123456789", api_secret: "0123456789", from: "Acme" },
    teams_webhook: { webhook_url: url },
    telegram_bot: { api_url: url, bot_token: "123456:ABCDEF0123" },
    whatsapp_business: { api_url: url, api_token: "EAAG0123456789", phone_number_id: "106540352242922" },
    email_smtp: { host: "127.0.0.1", port: 9, from: "a@example.com" },
    slack: { api_url: `${url}/api/`, token: "xoxb-0123456789" },
    discord: { api_url: `${url}/api`, token: "MTIzNDU2Nzg5MDEyMzQ1Njc4", guild_id: "123456789012345678" },
    gmail: { ...google, user: "bot@acme.test" },
    google_groups: { ...google, domain: "acme.test", admin: "admin@acme.test", settings_url: url, gmail_url: url },
  };
}
