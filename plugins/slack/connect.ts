import { HooklineError, type Http, type z } from "hookline";
import { inOurWords } from "./slackErrors.ts";

/** Calls one method of the Web API and checks its answer. Throws what Slack refused, in our words. */
export type Slack = <Answer extends z.ZodType>(
  method: string,
  args: Readonly<Record<string, unknown>>,
  answer: Answer,
) => Promise<z.output<Answer>>;

/** Where Slack is, and who asks. */
export interface Account {
  token: string;
  api_url: string;
  team_id?: string;
}

/** The SDK over the host's own pool, for one call: what its signal aborts, ends. */
export function connect({ token, api_url, team_id }: Account, http: Http, signal: AbortSignal): Slack {
  return async (method, args, shape) => {
    // Loaded when it is needed. A client costs 0.05 ms; one for each request is how the SDK learns of the signal.
    const { LogLevel, WebClient } = await import("@slack/web-api");
    const client = new WebClient(token, {
      slackApiUrl: api_url,
      teamId: team_id,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      allowAbsoluteUrls: false,
      headers: { "User-Agent": "hookline" },
      logger: { debug() {}, info() {}, warn() {}, error() {}, setLevel() {}, setName() {}, getLevel: () => LogLevel.ERROR },
      async fetch(url, init) {
        const response = await http.fetch(url, { ...init, signal, any_status: false });
        // The SDK takes a page of HTML for an error of Slack's.
        const answer: unknown = await response
          .clone()
          .json()
          .catch(() => undefined);
        if (typeof answer === "object" && answer !== null && "ok" in answer) return response;
        throw strange(method, "something that is not Slack's");
      },
    });
    const answer = await client.apiCall(method, { ...args }).catch((error: unknown) => {
      throw inOurWords(error, method);
    });
    const checked = shape.safeParse(answer);
    if (checked.success) return checked.data;
    throw strange(method, `nothing to go on with (${checked.error.issues[0]?.path.join(".")})`);
  };
}

function strange(method: string, what: string): HooklineError {
  const reason = `${method} was answered with ${what}; Slack may have acted`;
  return new HooklineError("unavailable", { reason, dispatched: "maybe" });
}
