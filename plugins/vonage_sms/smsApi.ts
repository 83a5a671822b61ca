import { type ErrorCode, type ErrorFacts, HooklineError, type Http } from "hookline";

interface Access {
  url: string;
  api_key: string;
  api_secret: string;
}

/** What goes into the form: the plugin's fields, and Vonage's own parameters of the caller. */
type Fields = { from: string; to: string; text: string; callback?: string } & Record<string, unknown>;

/** Sends by the SMS API and returns the id of the message, that of its first part when it is long. */
export async function sendBySmsApi(http: Http, access: Access, fields: Fields, signal: AbortSignal): Promise<string> {
  const { url, ...login } = access;
  const form: Record<string, string> = {};
  for (const [name, value] of Object.entries({ type: isGsm(fields.text) ? "text" : "unicode", ...fields, ...login }))
    if (value !== undefined) form[name] = String(value);
  const answer = await http.post(`${url}/sms/json`, { form, signal });
  const parts = partsOf(answer.json);
  const refused = parts.find(({ status }) => status !== "0");
  const id = parts[0]?.id;
  if (refused) throw refusal(refused, parts.filter(({ status }) => status === "0").length, parts.length);
  if (id !== undefined) return id;
  const reason = "Vonage answered without a message id; the message may have been sent. Check api_url";
  throw new HooklineError("unavailable", { reason, dispatched: "maybe" });
}

interface Part {
  id?: string;
  status: string;
  error: string;
}

/** The parts of a message that Vonage has counted: one answer for each. */
function partsOf(json: unknown): Part[] {
  const { messages } = Object(json);
  if (!Array.isArray(messages)) return [];
  return messages.map((message) => {
    const part = Object(message);
    const id: unknown = part["message-id"];
    return {
      ...(typeof id === "string" && id !== "" && { id }),
      status: String(part.status),
      error: String(part["error-text"] ?? ""),
    };
  });
}

function refusal({ status, error }: Part, sent: number, total: number): HooklineError {
  // Status 3 is any wrong parameter; the text says which: "to address is not numeric".
  const isRecipient =
    (status === "2" || status === "3") && /\bto (address|param)|(invalid|missing|parameter:?) to\b/i.test(error);
  const [code, facts] = isRecipient ? recipient : (byStatus.get(status) ?? unknown);
  const some = sent > 0 ? `; ${sent} of its ${total} parts have been sent` : "";
  const reason = `Vonage refused with status ${status}: ${error.slice(0, 300) || "no reason given"}${some}`;
  return new HooklineError(code, { ...facts, reason, dispatched: sent > 0 ? "yes" : "no" });
}

type Known = [ErrorCode, Partial<ErrorFacts>?];

const recipient: Known = ["invalid_recipient"];
const unknown: Known = ["invalid_request", { failover: true }];

// All come with HTTP 200. https://developer.vonage.com/api-errors/sms
const byStatus = new Map<string, Known>([
  ["1", ["rate_limited"]],
  ["2", ["invalid_request"]],
  ["3", ["invalid_request"]],
  ["4", ["auth"]],
  ["5", ["unavailable"]],
  ["6", ["invalid_recipient"]],
  ["7", ["recipient_blocked"]],
  ["8", ["auth"]],
  ["9", ["quota_exceeded"]],
  ["10", ["rate_limited"]],
  ["11", ["permission"]],
  ["12", ["payload_too_large"]],
  ["14", ["auth"]],
  ["15", ["permission"]],
  ["22", ["invalid_request"]],
  ["23", ["invalid_request", { failover: true }]],
  ["29", ["permission"]],
  ["32", ["auth"]],
  ["33", ["invalid_recipient"]],
]);

/** True when every character is of the GSM alphabet (3GPP 23.038) or its extension; anything else needs `type: unicode`. */
function isGsm(text: string): boolean {
  return /^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà\f^{}\\[~\]|€]*$/u.test(text);
}
