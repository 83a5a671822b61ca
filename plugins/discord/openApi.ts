import type { RawFile } from "@discordjs/rest";
import { type Context, HooklineError, z } from "hookline";
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

/** An id in an answer. */
export const id = z.string().regex(/^\d+$/);
/** Whatever has an id, of which nothing else is looked at. */
export const withId = z.object({ id });
/** An answer without a body (204). */
export const nothing = z.instanceof(ArrayBuffer).refine((body) => body.byteLength === 0, { message: "must be empty" });

// Time-outs are those of `http`.
const longestTimer = 2_147_483_647;

/** Opens the SDK over the plugin's own `http`, until the generation ends. It knows the rate limits of each route. */
export async function openApi(
  { token, api_url }: { token: string; api_url: string },
  { http, onDispose }: Pick<Context, "http" | "onDispose">,
): Promise<Ask> {
  const { REST, RateLimitError } = await import("@discordjs/rest");
  const rest = new REST({
    api: api_url.replace(/\/+$/, ""),
    version: "10",
    // What is used up is said, never waited for; and a refusal is thrown by `http` before the SDK sees it, so that it neither
    // retries nor sleeps nor, after a 401, forgets the token.
    retries: 0,
    rejectOnRateLimit: () => true,
    timeout: longestTimer,
    makeRequest: (url, { method, headers, body, signal }) =>
      http.fetch(url, { method, headers: Object.entries({ ...headers }), body, signal, any_status: false }),
  }).setToken(token);
  onDispose(() => {
    rest.clearHashSweeper();
    rest.clearHandlerSweeper();
  });

  return async (method, route, schema, { isPreparation, signal, query, ...request } = {}) => {
    const where = `${method.toUpperCase()} ${route}`;
    try {
      const answer = await rest[method](route, { ...request, query: query && new URLSearchParams(query), signal });
      return schema.parse(answer);
    } catch (error) {
      const ours = translated(error);
      if (!isPreparation || !HooklineError.is(ours)) throw ours;
      throw new HooklineError(ours.code, { ...ours.details, dispatched: "no" }, { cause: ours });
    }

    function translated(error: unknown): unknown {
      if (HooklineError.is(error)) return inOurWords(error);
      if (error instanceof RateLimitError) return tooSoon(error);
      if (error instanceof SyntaxError || error instanceof z.ZodError) {
        const reason = `${where} was answered with something that is no answer of Discord; it may have acted`;
        return new HooklineError("unavailable", { reason, dispatched: "maybe" }, { cause: error });
      }
      // It waited behind another request of its route, and its turn never came.
      if (signal?.aborted)
        return new HooklineError("cancelled", { reason: `${where} was given up, nothing was sent` }, { cause: error });
      return error;
    }
  };
}
