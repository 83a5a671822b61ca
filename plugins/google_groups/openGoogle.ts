import type { OAuth2Client, OAuth2ClientOptions } from "google-auth-library";
import { HooklineError, type Http, parseJson, z } from "hookline";
import { inOurWords, tokenProblem } from "./inOurWords.ts";

/** Google as one user: what the SDK signs its requests with, and the way to ask. */
export interface Google {
  auth: OAuth2Client;
  /**
   * Runs one call of the SDK: the answer is checked, an error is ours. A token that Google has taken before and does not take any
   * more is replaced once.
   */
  ask<Shape extends z.ZodType>(shape: Shape, call: () => Promise<{ data: unknown }>): Promise<z.output<Shape>>;
}

/** What `openGoogle` needs. */
export interface GoogleOptions {
  http: Http;
  /** Google's own addresses, and the settings that replace them: the SDK has no option for some of them. */
  addresses: Readonly<Record<string, string>>;
  /** Makes the client that signs: a service account's, or that of a consent. */
  client(options: OAuth2ClientOptions): OAuth2Client;
}

/** Where Google gives tokens; also whom an assertion is for, whatever address takes it. */
export const tokenUrl = "https://oauth2.googleapis.com/token";

const tokenAnswer = z.object({ access_token: z.string().min(1) });

/** Lets the SDK speak through the plugin's `http`: one request per call, nothing repeated. */
export function openGoogle({ http, addresses, client }: GoogleOptions): Google {
  const fetchImplementation: typeof fetch = async (input, init) => {
    const asked = input instanceof Request ? input.url : String(input);
    const [from, to] = Object.entries(addresses).find(([address]) => asked.startsWith(address)) ?? ["", ""];
    const answer = http.fetch(to.replace(/\/$/, "") + asked.slice(from.length), { ...init, any_status: false });
    return asked === tokenUrl ? withToken(answer) : answer;
  };
  // The SDK asks for retries call by call; what stands here is merged over that.
  const auth = client({ transporterOptions: { fetchImplementation, retryConfig: { retry: 0 } } });

  const attempt = async (call: () => Promise<{ data: unknown }>): Promise<unknown> => {
    try {
      return (await call()).data;
    } catch (error) {
      throw inOurWords(error);
    }
  };

  return {
    auth,
    async ask(shape, call) {
      const token = auth.credentials.access_token;
      const data = await attempt(call).catch((error: HooklineError) => {
        if (error.details.status !== 401 || !token) throw error;
        // Another call may have replaced it already. A date in the past makes the SDK fetch one.
        if (auth.credentials.access_token === token)
          auth.setCredentials({ refresh_token: auth.credentials.refresh_token, expiry_date: 1 });
        return attempt(call);
      });
      const answer = shape.safeParse(data);
      if (answer.success) return answer.data;
      const reason = "Google answered a success that has not what belongs to it; it may have acted";
      throw new HooklineError("unavailable", { reason, dispatched: "maybe" }, { cause: answer.error });
    },
  };
}

/** The SDK would go on with no token at all when the answer has none. */
async function withToken(asking: Promise<Response>): Promise<Response> {
  try {
    const answer = await asking;
    const text = await answer.text();
    if (tokenAnswer.safeParse(parseJson(text)).success) return new Response(text, answer);
    throw new HooklineError("unavailable", { reason: "the answer has none" });
  } catch (error) {
    throw tokenProblem(error);
  }
}
