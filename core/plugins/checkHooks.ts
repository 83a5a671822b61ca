import { HooklineError } from "../errors.ts";
import type { Call } from "../hooks/implementation.ts";
import type { Implementations, Log } from "./definePlugin.ts";

/** What may be said about the two hooks. */
export interface CheckHooksOptions {
  log: Log;
  /** True for an error that the settings are to blame for. Default: one that trying again would not help. */
  isWrong?(error: HooklineError): boolean;
}

/**
 * `validate_config` and `health_check` from one question to the platform (who am I?): `ask` returns details for the health, and
 * throws what is wrong. A platform that is down says nothing about the settings: the instance starts, and works when it is back.
 */
export function checkHooks(
  ask: (call: Call) => Promise<Record<string, unknown> | void>,
  { log, isWrong = ({ retryable }) => !retryable }: CheckHooksOptions,
): Required<Pick<Implementations, "validate_config" | "health_check">> {
  const answer = async (call: Call) => {
    try {
      return { details: (await ask(call)) ?? {} };
    } catch (error) {
      if (!HooklineError.is(error)) throw error;
      const problem = error.details.reason ?? error.message;
      return { error, problem, details: { code: error.code, problem } };
    }
  };
  return {
    async validate_config(_, call) {
      const { error, problem } = await answer(call);
      if (!error) return { ok: true };
      if (isWrong(error)) return { ok: false, problems: [problem] };
      log.warn("the settings could not be checked with the platform", { problem });
      return { ok: true, problems: [problem] };
    },
    async health_check(_, call) {
      const { error, details } = await answer(call);
      return { healthy: error === undefined, details };
    },
  };
}
