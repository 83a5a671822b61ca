import type { Recipient, RecipientInput } from "../contract/communication.ts";
import { HooklineError } from "../errors.ts";
import type { Outcome, OutcomeItem } from "./outcome.ts";

/** What a group's members were made to be. */
export interface MemberSync {
  status: Outcome["status"];
  /** Who was added, removed or failed; who was right already is only counted. */
  items: OutcomeItem[];
  unchanged: number;
  /** The outcomes of the calls that were made. */
  calls: Outcome[];
}

type Call = (hook: "list_members" | "add_member" | "remove_member", request: Record<string, unknown>) => Promise<Outcome>;

/**
 * Makes the members of a group those that are wanted: lists them, adds who is missing, removes who is not wanted. What a missed
 * event left wrong, the next sync repairs. Throws the error of `list_members`: without the list nothing is changed.
 */
export async function syncMembers(
  call: Call,
  where: { channel: string; group: string },
  wanted: readonly RecipientInput[],
): Promise<MemberSync> {
  const calls: Outcome[] = [];
  const present = new Map<string, Recipient>();
  const seen = new Set<string>();
  for (let cursor: string | undefined; ; ) {
    const outcome = await call("list_members", { ...where, ...(cursor !== undefined && { cursor }) });
    calls.push(outcome);
    const page = pageOf(outcome);
    for (const { who } of page.members) present.set(nameOf(who), who);
    if (page.cursor === undefined || seen.has(page.cursor)) break;
    cursor = page.cursor;
    seen.add(cursor);
  }
  const named = new Map(wanted.map((who) => [nameOf(who), who]));
  const missing = [...named].filter(([name]) => !present.has(name)).map(([, who]) => who);
  const extra = [...present].filter(([name]) => !named.has(name)).map(([, who]) => who);
  const changes: Outcome[] = [];
  if (missing.length > 0) changes.push(await call("add_member", { ...where, members: missing }));
  if (extra.length > 0) changes.push(await call("remove_member", { ...where, members: extra }));
  const failed = changes.filter(({ status }) => status === "failed").length;
  const status =
    failed === 0
      ? changes.some((one) => one.status === "partial")
        ? "partial"
        : "ok"
      : failed === changes.length
        ? "failed"
        : "partial";
  const items = changes.flatMap((one) => one.items ?? []).map((item, index) => ({ ...item, index }));
  return { status, items, unchanged: named.size - missing.length, calls: [...calls, ...changes] };
}

function pageOf({ value, error }: Outcome): { members: { who: Recipient }[]; cursor?: string } {
  if (error)
    throw new HooklineError(error.code, {
      ...error,
      reason: `the members could not be listed, so nothing was changed: ${error.message}`,
    });
  // The answer was checked against the contract.
  return value as { members: { who: Recipient }[]; cursor?: string };
}

/** Mail addresses are the same in any case. */
function nameOf(who: RecipientInput): string {
  const value = typeof who === "string" ? who : who.value;
  return value.includes("@") ? value.toLowerCase() : value;
}
