import { randomUUID } from "node:crypto";
import { type ErrorCode, type ErrorDetails, HooklineError, type Http, type HttpAnswer } from "hookline";

type Refusal = { code: ErrorCode } & Pick<ErrorDetails, "failover" | "dispatched">;

const refusals = new Map<string, Refusal>([
  ["400", { code: "invalid_request" }],
  ["403", { code: "permission" }],
  ["404", { code: "not_found" }],
  ["410", { code: "not_found" }],
  ["413", { code: "payload_too_large" }],
  ["429", { code: "rate_limited" }],
]);
const doubtful: Refusal = { code: "unavailable", dispatched: "maybe" };

/** Posts a body to a workflow, and returns the id of its run. The URL is a secret, path and query: no error names it. */
export async function postToWorkflow(http: Http, url: string, body: string, signal: AbortSignal): Promise<string> {
  try {
    // Without the charset Teams counts two bytes for every character.
    const headers = { "content-type": "application/json; charset=utf-8" };
    return runOf(await http.post(url, { body, headers, signal }));
  } catch (error) {
    throw HooklineError.is(error) ? withoutPath(error, url) : error;
  }
}

function runOf({ status, headers, text }: HttpAnswer): string {
  const said = text.trim();
  // A retired connector answered 200 and "1". Its refusals were a 200, too, with a sentence.
  const isTaken = status === 202 || (status < 300 && (said === "" || said === "1"));
  // Teams gives no id; that of the run finds it in the history of the workflow.
  if (isTaken) return headers["x-ms-workflow-run-id"] ?? headers["x-ms-request-id"] ?? headers["request-id"] ?? randomUUID();
  const [, inside] = /HTTP error (\d{3})/i.exec(said) ?? [];
  const { code, ...facts } = refusals.get(inside ?? "") ?? doubtful;
  throw new HooklineError(code, {
    ...facts,
    reason: `Teams answered ${status}, but not that it took the card: "${said.slice(0, 200)}"`,
    status,
  });
}

function withoutPath(error: HooklineError, url: string): HooklineError {
  const { pathname, host } = new URL(url);
  const hide = (text: unknown) => (typeof text === "string" && pathname.length > 1 ? text.replaceAll(pathname, "/***") : text);
  const { reason, where, body: _, ...details } = error.details;
  // It is the workflow that is not there, not something the caller named: another instance may have one.
  const gone =
    error.code === "not_found"
      ? { failover: true, reason: `the workflow at ${host} is gone or switched off; put a new URL into the settings` }
      : { reason: String(hide(reason)) };
  return new HooklineError(error.code, { ...details, where: hide(where), ...gone }, { cause: error.cause });
}
