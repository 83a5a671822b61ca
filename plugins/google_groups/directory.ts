import type { admin_directory_v1 } from "googleapis/build/src/apis/admin/directory_v1.js";
import { HooklineError, type z } from "hookline";
import type { Google } from "./openGoogle.ts";

/** The Directory, as the hooks of groups and members use it. */
export interface Directory {
  google: Google;
  api: admin_directory_v1.Admin;
  /** Asks about one group. Of a new one, a 404 says that Google does not know it everywhere yet: worth another try. */
  ask<Shape extends z.ZodType>(group: string, shape: Shape, call: () => Promise<{ data: unknown }>): Promise<z.output<Shape>>;
  /** A group is there, or may be, and has not its settings yet. `key` is that of the call. */
  begin(group: string, key: string): void;
  /** The key of the call that began a group and did not finish it; undefined when there is none. */
  begunBy(group: string): string | undefined;
  /** A group has its settings. */
  finish(group: string): void;
}

const aMinute = 60_000;

/** Opens the Directory. What is known of new groups is in `state`, so that a reload forgets none. */
export function openDirectory(google: Google, api: admin_directory_v1.Admin, state: Record<string, unknown>): Directory {
  const isNew = (since: string) => Date.now() - Number(state[since]) < aMinute;
  return {
    google,
    api,
    async ask(group, shape, call) {
      try {
        return await google.ask(shape, call);
      } catch (error) {
        if (!HooklineError.is(error) || error.code !== "not_found" || isAboutMember(error) || !isNew(`since ${group}`))
          throw error;
        const reason = `Google does not know the new group ${group} everywhere yet; asked again shortly`;
        throw new HooklineError("unavailable", { reason, failover: false, penalize: "no", dispatched: "no" }, { cause: error });
      }
    },
    begin(group, key) {
      for (const one of Object.keys(state)) if (one.startsWith("since ") && !isNew(one)) delete state[one];
      state[`since ${group}`] = Date.now();
      state[`begun ${group}`] = key;
    },
    begunBy(group) {
      const key = state[`begun ${group}`];
      return typeof key === "string" ? key : undefined;
    },
    finish: (group) => void delete state[`begun ${group}`],
  };
}

/** True for a refusal that names the member: of one who is not in the group Google says 404, of an address it does not know 400. */
export function isAboutMember(error: unknown): error is HooklineError {
  return HooklineError.is(error) && ["not_found", "invalid_request"].includes(error.code) && /memberKey/.test(error.message);
}
