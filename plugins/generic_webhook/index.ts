import { createHash, createHmac, randomUUID } from "node:crypto";
import { communication, definePlugin, HooklineError, type InboundEvent, isSameSecret, parseJson } from "hookline";

interface Settings {
  url: string;
  /** `whsec_` and base64. One of `secret` and `secrets` is needed. */
  secret?: string;
  /** While the receiver changes from one to the next: each signs, each verifies. */
  secrets?: string[];
  headers: Record<string, string>;
  timeout_seconds: number;
  /** `standard`: `{ type, timestamp, data: message }`. `plain`: the message alone. */
  format: "standard" | "plain";
  event_type: string;
}

const toleranceSeconds = 300;
const ownHeaders = ["content-type", "webhook-id", "webhook-timestamp", "webhook-signature"];

/** Posts each message to a URL and verifies inbound ones, both signed as https://www.standardwebhooks.com says. */
export default definePlugin<Settings>({
  setup({ config, http, state }) {
    const keys = secretsOf(config).map(keyOf);
    const settings = createHash("sha256").update(JSON.stringify(config)).digest("base64url");

    return {
      async send_message({ channel, to, from, content, thread, attachments, metadata, idempotency_key }, { signal }) {
        if (state.goneFor === settings) throw gone(`POST ${new URL(config.url).host}`);
        const id = idFor(idempotency_key);
        const now = new Date();
        const timestamp = String(Math.floor(now.getTime() / 1000));
        const data = { message_id: id, channel, to, from, content, thread, attachments, metadata };
        const body = JSON.stringify(config.format === "plain" ? data : { type: config.event_type, timestamp: now, data });
        const headers = {
          ...config.headers,
          "content-type": "application/json",
          "webhook-id": id,
          "webhook-timestamp": timestamp,
          "webhook-signature": keys.map((key) => signatureOf(key, id, timestamp, Buffer.from(body))).join(" "),
        };
        try {
          await http.post(config.url, { body, headers, signal, timeout_ms: config.timeout_seconds * 1000 });
        } catch (error) {
          if (!HooklineError.is(error)) throw error;
          const { status, where } = error.details;
          if (status === 410) {
            state.goneFor = settings;
            throw gone(String(where), error);
          }
          // It is the endpoint that is not there, not something the caller named: another instance may have one.
          if (status === 404) throw new HooklineError("not_found", { ...error.details, failover: true }, { cause: error });
          throw error;
        }
        return { message_id: id };
      },

      handle_webhook({ method, headers, raw_body }) {
        if (method !== "POST") return refusal(405, "use POST");
        const body = Buffer.from(raw_body);
        const problem = problemWithSignature(headers, body, keys);
        if (problem !== undefined) return refusal(401, problem);
        const event = eventFrom(headers, body);
        return event === undefined ? refusal(400, "the body must be a JSON object") : { events: [event] };
      },

      validate_config() {
        const problems = problemsOf(config);
        return { ok: problems.length === 0, problems };
      },
    };
  },
});

function secretsOf({ secret, secrets = [] }: Settings): string[] {
  return secret === undefined ? secrets : [secret, ...secrets];
}

function keyOf(secret: string): Buffer {
  return Buffer.from(secret.replace(/^whsec_/, ""), "base64");
}

function problemsOf(config: Settings): string[] {
  const secrets = secretsOf(config);
  const isShort = (secret: string) => keyOf(secret).length < 24 || keyOf(secret).length > 64;
  const taken = Object.keys(config.headers).filter((name) => ownHeaders.includes(name.toLowerCase()));
  return [
    ...(URL.canParse(config.url) ? [] : ["url is not a complete URL; write https://host/path"]),
    ...(secrets.length > 0 ? [] : ["secret is missing; give whsec_ and the base64 of 24 to 64 random bytes"]),
    ...(secrets.some(isShort)
      ? ["a secret must be whsec_ and the base64 of 24 to 64 bytes; make a new one as README.md shows"]
      : []),
    ...taken.map((name) => `headers must not set ${name}: the plugin sets it`),
  ];
}

/** The same key is the same id, so that the receiver knows a retry when it sees one. */
function idFor(idempotencyKey: string | undefined): string {
  if (idempotencyKey === undefined) return `msg_${randomUUID()}`;
  return `msg_${createHash("sha256").update(idempotencyKey).digest("base64url")}`;
}

function signatureOf(key: Buffer, id: string, timestamp: string, body: Uint8Array): string {
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64")}`;
}

function gone(where: string, cause?: HooklineError): HooklineError {
  const reason = `${where} answered 410: the receiver wants no more messages, and none is sent to it until the settings of this instance change`;
  return new HooklineError("not_found", { reason, status: 410, failover: true, penalize: "hard" }, { cause });
}

function problemWithSignature(headers: Record<string, string>, body: Uint8Array, keys: readonly Buffer[]): string | undefined {
  const [id, timestamp, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map((name) => headers[name]);
  if (!id || !timestamp || !signatures) return "the headers webhook-id, webhook-timestamp and webhook-signature are needed";
  const age = Math.abs(Date.now() / 1000 - Number(timestamp));
  // Written so that a timestamp which is no number is refused too.
  if (!(age <= toleranceSeconds)) return `the timestamp is more than ${toleranceSeconds} seconds off`;
  const isRight = keys.some((key) => {
    const right = signatureOf(key, id, timestamp, body);
    return signatures.split(" ").some((given) => isSameSecret(given, right));
  });
  return isRight ? undefined : "no signature matches";
}

/** An event of the contract when the body is one, else `other` with the whole body as its data; undefined when it is no JSON object. */
function eventFrom(headers: Record<string, string>, body: Buffer): InboundEvent | undefined {
  const { "webhook-id": id, "webhook-timestamp": sentAt } = headers;
  const said = parseJson(body);
  if (typeof said !== "object" || said === null || Array.isArray(said)) return undefined;
  const payload: Record<string, unknown> = { ...said };
  const { type, timestamp, data } = payload;
  const at = isoOf(typeof timestamp === "string" ? timestamp : Number.NaN) ?? isoOf(Number(sentAt) * 1000);
  const fields = typeof data === "object" ? data : {};
  const known = communication.hooks.handle_webhook.answer.safeParse({ events: [{ ...fields, type, id, at, data }] });
  return known.data?.events[0] ?? { type: "other", id, at, data: payload };
}

function isoOf(time: string | number): string | undefined {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function refusal(status: number, body: string): { events: []; response: { status: number; body: string } } {
  return { events: [], response: { status, body } };
}
