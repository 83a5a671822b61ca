import { type ErrorCode, HooklineError, type Http, z } from "hookline";

/** What of the settings the SMS API depends on. */
export interface SmsApiSettings {
  api_key?: string;
  api_secret?: string;
  webhook_url?: string;
}

/** Makes what sends by the SMS API and returns the id of the message, that of its first part when it is long. */
export function createSmsApi(http: Http, url: string, { api_key, api_secret, webhook_url }: SmsApiSettings) {
  if (api_key === undefined || api_secret === undefined)
    throw new HooklineError("settings_invalid", { reason: "api_key and api_secret are missing; the SMS API needs both" });

  return async (message: { text: string } & Record<string, unknown>, signal: AbortSignal): Promise<string> => {
    const fields = { type: gsm.test(message.text) ? "text" : "unicode", callback: webhook_url, ...message, api_key, api_secret };
    const given = Object.entries(fields).filter(([, value]) => value !== undefined);
    const form = Object.fromEntries(given.map(([name, value]) => [name, String(value)]));
    const { json } = await http.post(`${url}/sms/json`, { form, signal });
    const { messages: parts } = answer.safeParse(json).data ?? { messages: [] };
    const refused = parts.find(({ status }) => status !== "0");
    if (refused) throw refusal(refused, parts.filter(({ status }) => status === "0").length, parts.length);
    const id = parts[0]?.["message-id"];
    if (id) return id;
    const reason = "Vonage answered without a message id; the message may have been sent. Check api_url";
    throw new HooklineError("unavailable", { reason, dispatched: "maybe" });
  };
}

/** Vonage counts the parts of a message and answers for each. */
const part = z.object({ status: z.string(), "message-id": z.string().optional(), "error-text": z.string().optional() });
const answer = z.object({ messages: z.array(part) });

function refusal({ status, "error-text": error = "" }: z.output<typeof part>, sent: number, total: number): HooklineError {
  // Status 3 is any wrong parameter; the text says which: "to address is not numeric".
  const isRecipient = /^[23]$/.test(status) && /\bto (address|param)|(invalid|missing|parameter:?) to\b/i.test(error);
  const known = byStatus.find(([, all]) => all.includes(status))?.[0];
  const some = sent > 0 ? `; ${sent} of its ${total} parts have been sent` : "";
  return new HooklineError(isRecipient ? "invalid_recipient" : (known ?? "invalid_request"), {
    reason: `Vonage refused with status ${status}: ${error.slice(0, 300) || "no reason given"}${some}`,
    ...(!known && { failover: true }),
    dispatched: sent > 0 ? "yes" : "no",
  });
}

// All come with HTTP 200. https://developer.vonage.com/api-errors/sms
const byStatus: readonly [ErrorCode, readonly string[]][] = [
  ["rate_limited", ["1", "10"]],
  ["invalid_request", ["2", "3", "22"]],
  ["auth", ["4", "8", "14", "32"]],
  ["unavailable", ["5"]],
  ["invalid_recipient", ["6", "33"]],
  ["recipient_blocked", ["7"]],
  ["quota_exceeded", ["9"]],
  ["permission", ["11", "15", "29"]],
  ["payload_too_large", ["12"]],
];

// Every character of the alphabet (3GPP 23.038) and its extension; anything else needs `type: unicode`.
const gsm = /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\[~\]|€]*$/u;
