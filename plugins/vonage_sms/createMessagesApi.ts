import { createPrivateKey, type KeyObject, randomUUID, sign } from "node:crypto";
import { type ErrorCode, HooklineError, type Http, parseJson, z } from "hookline";

/** What of the settings the Messages API depends on: an application logs in when there is one, else key and secret. */
export interface MessagesApiSettings {
  api_key?: string;
  api_secret?: string;
  application_id?: string;
  private_key?: string;
  webhook_url?: string;
}

const longest = 1000;

/** Makes what sends by the Messages API and returns the id of the message. */
export function createMessagesApi(http: Http, url: string, { webhook_url, ...credentials }: MessagesApiSettings) {
  const authorization = login(credentials);

  return async (message: { text: string } & Record<string, unknown>, signal: AbortSignal): Promise<string> => {
    const { length } = [...message.text];
    const tooLong = `the text has ${length} characters, and Vonage's Messages API takes ${longest}; send less, or in parts`;
    if (length > longest) throw new HooklineError("payload_too_large", { reason: tooLong });
    const json = { webhook_url, ...message, channel: "sms", message_type: "text" };
    const headers = { authorization: authorization() };
    const answer = await http.post(`${url}/v1/messages`, { json, headers, signal }).catch((error) => {
      throw inOurWords(error);
    });
    const { message_uuid } = answer.json ?? {};
    if (typeof message_uuid === "string" && message_uuid !== "") return message_uuid;
    const reason = "Vonage answered without a message_uuid; the message may have been sent. Check api_url";
    throw new HooklineError("unavailable", { reason, dispatched: "maybe" });
  };
}

/** Makes the header that logs in. Throws `settings_invalid` when the settings have no login. */
function login({ api_key, api_secret, application_id, private_key }: MessagesApiSettings): () => string {
  if (application_id !== undefined && private_key !== undefined) {
    const key = privateKey(private_key);
    return () => `Bearer ${applicationToken(application_id, key)}`;
  }
  const reason = "there is no login; give api_key and api_secret, or application_id and private_key";
  if (api_key === undefined) throw new HooklineError("settings_invalid", { reason });
  const basic = `Basic ${Buffer.from(`${api_key}:${api_secret}`).toString("base64")}`;
  return () => basic;
}

function privateKey(written: string): KeyObject {
  try {
    // A key from an environment variable often has its line breaks written as `\n`.
    return createPrivateKey(written.replaceAll("\\n", "\n"));
  } catch {
    // What the parser says would not help, and the key must not be shown.
    throw new HooklineError("settings_invalid", { reason: "private_key is no private key in PEM form" });
  }
}

/** Good for five minutes. https://developer.vonage.com/en/getting-started/concepts/authentication#json-web-tokens */
function applicationToken(application_id: string, key: KeyObject): string {
  const iat = Math.floor(Date.now() / 1000);
  const parts = [
    { alg: "RS256", typ: "JWT" },
    { application_id, iat, exp: iat + 300, jti: randomUUID() },
  ];
  const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")).join(".");
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

/** A refusal of the content says why in its `type`, a link that ends with a number, in its `title`, and in a list of parameters. */
function inOurWords(error: unknown): unknown {
  if (!HooklineError.is(error) || error.code !== "invalid_request") return error;
  const said = problem.safeParse(parseJson(error.details.body)).data ?? {};
  const { type = "", title = "", detail = "", invalid_parameters = [] } = said;
  const number = /#(\d+)$/.exec(type)?.[1] ?? "";
  const isRecipient = invalid_parameters.some(({ name }) => name === "to");
  const known = byReason.find(([, all]) => all.includes(number) || all.includes(title.toLowerCase()))?.[0];
  const code = isRecipient ? "invalid_recipient" : known;
  if (code === undefined) return error;
  const reason = `Vonage refused with ${error.details.status}${number && ` (${number})`}: ${title}. ${detail}`.slice(0, 400);
  return new HooklineError(code, { ...error.details, reason: reason.trimEnd(), dispatched: "no" }, { cause: error });
}

const parameters = z.array(z.object({ name: z.string() }));
const problem = z.object({ type: z.string(), title: z.string(), detail: z.string(), invalid_parameters: parameters }).partial();

// https://developer.vonage.com/api-errors/messages. Not 1000, 1060 and 1070: login, limit and balance have a status of their own,
// and in a 422 1060 is a `client_ref` that is too long.
const byReason: readonly [ErrorCode, readonly string[]][] = [
  ["invalid_recipient", ["invalid recipient", "1040", "1170", "1190"]],
  ["recipient_blocked", ["1050", "1240"]],
  ["permission", ["invalid sender", "1080", "1120", "1160"]],
  ["payload_too_large", ["1090"]],
];
