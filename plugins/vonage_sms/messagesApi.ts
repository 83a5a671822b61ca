import { type ErrorCode, HooklineError, type Http } from "hookline";
import { applicationToken } from "./applicationToken.ts";

/** What logs in at the Messages API: an application when there is one, else key and secret. */
export interface Credentials {
  api_key?: string;
  api_secret?: string;
  application_id?: string;
  private_key?: string;
}

type Fields = { from: string; to: string; text: string; webhook_url?: string } & Record<string, unknown>;

const longest = 1000;

/** Sends by the Messages API and returns the id of the message. */
export async function sendByMessagesApi(
  http: Http,
  url: string,
  credentials: Credentials,
  fields: Fields,
  signal: AbortSignal,
): Promise<string> {
  const length = [...fields.text].length;
  if (length > longest) {
    const reason = `the text has ${length} characters, and Vonage's Messages API takes ${longest}; send less, or in parts`;
    throw new HooklineError("payload_too_large", { reason });
  }
  const json = { ...fields, channel: "sms", message_type: "text" };
  const headers = { authorization: authorization(credentials) };
  try {
    const { message_uuid } = (await http.post(`${url}/v1/messages`, { json, headers, signal })).json ?? {};
    if (typeof message_uuid === "string" && message_uuid !== "") return message_uuid;
  } catch (error) {
    throw messagesError(error);
  }
  const reason = "Vonage answered without a message_uuid; the message may have been sent. Check api_url";
  throw new HooklineError("unavailable", { reason, dispatched: "maybe" });
}

function authorization({ api_key = "", api_secret = "", application_id, private_key }: Credentials): string {
  if (application_id === undefined || private_key === undefined)
    return `Basic ${Buffer.from(`${api_key}:${api_secret}`).toString("base64")}`;
  return `Bearer ${applicationToken(application_id, private_key)}`;
}

/** A refusal of the content says why in its `type`, a link that ends with a number, and in its `title`. */
function messagesError(error: unknown): unknown {
  if (!HooklineError.is(error) || error.code !== "invalid_request") return error;
  const { type = "", title = "", detail = "" } = problemIn(error.details.body);
  const number = /#(\d+)$/.exec(type)?.[1] ?? "";
  const code = byTitle.get(title.toLowerCase()) ?? byNumber.get(number);
  if (code === undefined) return error;
  const { where, status, headers } = error.details;
  const reason = `Vonage refused with ${status}${number && ` (${number})`}: ${title}. ${detail}`.slice(0, 400).trimEnd();
  return new HooklineError(code, { reason, where, status, headers, dispatched: "no" }, { cause: error });
}

function problemIn(body: unknown): { type?: string; title?: string; detail?: string } {
  try {
    const entries = Object.entries(Object(JSON.parse(String(body))));
    return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
  } catch {
    // A proxy's page: the status says all there is.
    return {};
  }
}

const byTitle = new Map<string, ErrorCode>([
  ["invalid recipient", "invalid_recipient"],
  ["invalid sender", "permission"],
]);

// https://developer.vonage.com/api-errors/messages
const byNumber = new Map<string, ErrorCode>([
  ["1000", "rate_limited"],
  ["1040", "invalid_recipient"],
  ["1050", "recipient_blocked"],
  ["1060", "auth"],
  ["1070", "quota_exceeded"],
  ["1080", "permission"],
  ["1090", "payload_too_large"],
  ["1120", "permission"],
  ["1160", "permission"],
  ["1170", "invalid_recipient"],
  ["1190", "invalid_recipient"],
  ["1240", "recipient_blocked"],
]);
