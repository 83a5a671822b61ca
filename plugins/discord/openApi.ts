import type { RawFile, REST as RestClient } from "@discordjs/rest";
import { type Context, HooklineError, type z } from "hookline";
import { inOurWords, tooSoon } from "./inOurWords.ts";

/** One request to Discord's REST API: what it answers is checked against `schema`. Throws in our words; never retries. */
export type Ask = <T>(method: Method, route: `/${string}`, schema: z.ZodType<T>, request?: ApiRequest) => Promise<T>;

type Method = "get" | "post" | "put" | "patch" | "delete";

interface ApiRequest {
  body?: unknown;
  query?: Record<string, string>;
  files?: RawFile[];
  signal?: AbortSignal;
  /** Nothing has been changed when it fails: it only prepares what changes something. */
  isPreparation?: boolean;
}

/** What `openApi` needs. */
export interface ApiOptions {
  token: string;
  api_url: string;
  http: Context["http"];
}

/** Opens the SDK over the plugin's own `http`. It knows the rate limits of each route; `close` ends its timers. */
export async function openApi({ token, api_url, http }: ApiOptions): Promise<{ ask: Ask; close(): void }> {
  const { REST, RateLimitError } = await import("@discordjs/rest");
  const rest: RestClient = new REST({
    api: api_url.replace(/\/+$/, ""),
    version: "10",
    // What is used up is said, never waited for; and a refusal is thrown by `http` before the SDK sees it, so that it neither
    // retries nor sleeps nor, after a 401, forgets the token.
    retries: 0,
    rejectOnRateLimit: () => true,
    timeout: longestTimer,
    makeRequest: async (url, { method, headers, body, signal }) => {
      const init = { method, headers: Object.entries({ ...headers }), body, signal, any_status: false };
      return http.fetch(url, init);
    },
  }).setToken(token);

  const ask: Ask = async (method, fullRoute, schema, { isPreparation, signal, ...request } = {}) => {
    const where = `${method.toUpperCase()} ${fullRoute}`;
    try {
      const query = request.query && new URLSearchParams(request.query);
      const answer = await rest[method](fullRoute, { ...request, query, signal });
      return checked(answer, schema, where);
    } catch (error) {
      const ours = translated(error);
      if (!isPreparation || !HooklineError.is(ours)) throw ours;
      throw new HooklineError(ours.code, { ...ours.details, dispatched: "no" }, { cause: ours });
    }

    function translated(error: unknown): unknown {
      if (HooklineError.is(error)) return inOurWords(error);
      if (error instanceof RateLimitError) return tooSoon(error);
      if (error instanceof SyntaxError) return garbage(where, error);
      // It waited behind another request of its route, and its turn never came.
      if (signal?.aborted)
        return new HooklineError("cancelled", { reason: `${where} was given up, nothing was sent` }, { cause: error });
      return error;
    }
  };
  return {
    ask,
    close() {
      rest.clearHashSweeper();
      rest.clearHandlerSweeper();
    },
  };
}

// Time-outs are those of `http`.
const longestTimer = 2_147_483_647;

function checked<T>(answer: unknown, schema: z.ZodType<T>, where: string): T {
  const read = schema.safeParse(answer);
  if (read.success) return read.data;
  throw garbage(where, read.error);
}

function garbage(where: string, cause: Error): HooklineError {
  const reason = `${where} was answered with something that is no answer of Discord; it may have acted`;
  return new HooklineError("unavailable", { reason, dispatched: "maybe" }, { cause });
}
