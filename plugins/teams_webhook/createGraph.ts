import {
  type ErrorCode,
  type ErrorDetails,
  HooklineError,
  type Http,
  type HttpAnswer,
  type HttpRequest,
  parseJson,
  z,
} from "hookline";
import type { Settings } from "./index.ts";

/** What an instance needs to ask Microsoft Graph as an app. */
export interface Credentials {
  tenant_id: string;
  client_id: string;
  client_secret: string;
  team_id: string;
}

/** One request to Microsoft Graph; `path` begins after the version. Throws in our words. */
export type Graph = (
  method: NonNullable<HttpRequest["method"]>,
  path: string,
  request: Pick<HttpRequest, "json" | "signal">,
) => Promise<HttpAnswer>;

interface Token {
  value: string;
  /** In milliseconds since 1970: from then on it is too old to begin something with. */
  until: number;
}

const earlier = 300_000;
const tokenAnswer = z.looseObject({ access_token: z.string().min(1), expires_in: z.coerce.number() });
const tokenRefusal = z.object({ error: z.string(), error_description: z.string().default("") });
const graphRefusal = z.object({
  error: z.looseObject({
    code: z.string().catch(""),
    message: z.string().catch(""),
    innerError: z.looseObject({ code: z.string().optional(), "request-id": z.string().optional() }).optional().catch(undefined),
  }),
});

/** Makes the requests of one instance; its token is renewed before it ends. */
export function createGraph(http: Http, { graph_url, login_url }: Settings, credentials: Credentials): Graph {
  let token: Token | undefined;
  let renewal: Promise<Token> | undefined;

  const currentToken = async (): Promise<Token> => {
    if (token && Date.now() < token.until) return token;
    // Calls at the same time wait for the same token; it is nobody's own, so no caller's signal ends it.
    renewal ??= newToken(http, login_url, credentials).finally(() => {
      renewal = undefined;
    });
    token = await renewal;
    return token;
  };

  return async (method, path, request) => {
    const known = token;
    const used = await currentToken();
    const headers = { authorization: `Bearer ${used.value}`, prefer: "include-unknown-enum-members" };
    try {
      return await http.request(`${graph_url}${path}`, { ...request, method, headers });
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      const told = inOurWords(error, used.value);
      if (error.code !== "auth") throw told;
      // Another call may have renewed it meanwhile.
      if (token === used) token = undefined;
      // An old token may have been revoked: the next attempt takes a new one. A new one that is refused stays refused.
      throw used === known
        ? new HooklineError("auth", { ...told.details, retryable: true, penalize: "soft" }, { cause: told.cause })
        : told;
    }
  };
}

/** The answer's JSON when it is what Graph describes. Throws `unavailable` otherwise: it may have acted. */
export function expectJson<Schema extends z.ZodType>(schema: Schema, answer: HttpAnswer): z.output<Schema> {
  const { data, error } = schema.safeParse(answer.json);
  if (error === undefined) return data;
  const reason = `Microsoft Graph answered ${answer.status} with something else than it describes (${z.prettifyError(error)})`;
  throw new HooklineError("unavailable", { reason, dispatched: "maybe", status: answer.status });
}

async function newToken(http: Http, login_url: string, { tenant_id, client_id, client_secret }: Credentials): Promise<Token> {
  const form = { grant_type: "client_credentials", client_id, client_secret, scope: "https://graph.microsoft.com/.default" };
  try {
    const answer = await http.post(`${login_url}/${encodeURIComponent(tenant_id)}/oauth2/v2.0/token`, {
      form,
      timeout_ms: 15_000,
    });
    const { access_token, expires_in } = expectJson(tokenAnswer, answer);
    const lasts = expires_in * 1000;
    return { value: access_token, until: Date.now() + Math.max(lasts - earlier, lasts / 2) };
  } catch (error) {
    if (!HooklineError.is(error)) throw error;
    // Only a token was asked for. What was answered may be one, so it is not repeated here.
    const { body, reason, ...details } = error.details;
    const { data } = tokenRefusal.safeParse(parseJson(body));
    if (data && !error.retryable) {
      const told = `${data.error}: ${data.error_description.split(/[\r\n]/)[0]}`;
      if (["temporarily_unavailable", "server_error"].includes(data.error)) throw noToken("unavailable", details, told);
      throw noToken("auth", details, `${told}; check tenant_id, client_id and client_secret`);
    }
    throw noToken(error.code, details, details.status === undefined ? String(reason) : `it answered ${details.status}`);
  }
}

function noToken(code: ErrorCode, details: ErrorDetails, told: string): HooklineError {
  return new HooklineError(code, { ...details, reason: `Microsoft Entra gave no token: ${told}`, dispatched: "no" });
}

/** What Graph says of a refusal; its token is not one of the settings, so it is blanked here. */
function inOurWords(error: HooklineError, token: string): HooklineError {
  const { body, reason = "", ...details } = error.details;
  const refusal = graphRefusal.safeParse(parseJson(body)).data?.error;
  const { code, message, innerError } = refusal ?? { code: "", message: "" };
  const isTaken = [code, innerError?.code].includes("NameAlreadyExists") || /name already exist/i.test(message);
  const id = innerError?.["request-id"];
  const said = `${details.where} answered ${details.status}: ${message.slice(0, 300)} (${innerError?.code ?? code}${id === undefined ? "" : `, request ${id}`})`;
  const told = refusal ? said : reason;
  return new HooklineError(
    isTaken ? "conflict" : error.code,
    { ...details, reason: told.replaceAll(token, "***") },
    { cause: error.cause },
  );
}
