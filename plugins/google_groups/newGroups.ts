import { HooklineError } from "hookline";

/** Groups that were made a moment ago, and those that are not finished yet. */
export interface NewGroups {
  /** It is there, or may be, and has not its settings yet. `key` is that of the call. */
  begin(email: string, key: string): void;
  /** The key of the call that began a group and did not finish it; undefined when there is none. */
  begunBy(email: string): string | undefined;
  /** It has its settings. */
  finish(email: string): void;
  /** The error; of a group that is new, a 404 says that Google does not know it everywhere yet: worth another try. */
  ifNew<Caught>(email: string, error: Caught): Caught | HooklineError;
}

const aMinute = 60_000;

/** Keeps them in the state of the instance, so that a reload forgets none. */
export function createNewGroups(state: Record<string, unknown>): NewGroups {
  const unfinished = recordIn(state, "unfinished");
  const since = recordIn(state, "begun_at");
  const isNew = (email: string) => Date.now() - Number(since[email]) < aMinute;
  return {
    begin(email, key) {
      for (const one of Object.keys(since)) if (!isNew(one)) delete since[one];
      since[email] = Date.now();
      unfinished[email] = key;
    },
    begunBy: (email) => (unfinished[email] === undefined ? undefined : String(unfinished[email])),
    finish: (email) => void delete unfinished[email],
    ifNew(email, error) {
      if (!HooklineError.is(error) || error.code !== "not_found" || !isNew(email)) return error;
      const reason = `Google does not know the new group ${email} everywhere yet; asked again shortly`;
      return new HooklineError("unavailable", { reason, failover: false, penalize: "no", dispatched: "no" }, { cause: error });
    },
  };
}

function recordIn(state: Record<string, unknown>, name: string): Record<string, unknown> {
  const before = state[name];
  const record = isRecord(before) ? before : {};
  state[name] = record;
  return record;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
