import { checkRequest } from "../contract/checkRequest.ts";
import { HooklineError } from "../errors.ts";
import type { Table } from "../table.ts";
import type { ChannelCall, Gateway } from "./callRoute.ts";
import { checkChannel } from "./holdGenerations.ts";
import type { Outcome } from "./outcome.ts";
import { checkProviderOptions } from "./providerOptions.ts";
import { withoutSecrets } from "./withoutSecrets.ts";

/** The call as `before_call` wants it. Throws what refused it, without the secrets of those that were asked. */
export async function changedByBeforeCall({ clock }: Gateway, table: Table, call: ChannelCall): Promise<ChannelCall> {
  const { hook, spec, request_id, deadline } = call;
  const { signal, ...data } = call.request;
  const left = deadline - clock.now();
  const options = {
    ...(signal instanceof AbortSignal && { signal }),
    ...(left !== Number.POSITIVE_INFINITY && { timeout: Math.max(0, left) }),
  };
  let answer: unknown;
  try {
    answer = await table.hooks.call("before_call", { request_id, hook, request: data }, options);
  } catch (error) {
    throw withoutSecrets(error, table.users("before_call"));
  }
  const { request: changed } = answer as { request: unknown };
  const checked = checkRequest(hook, spec, changed) as Record<string, unknown>;
  const { channel } = checked;
  if (typeof channel !== "string")
    throw new HooklineError("invalid_request", { hook, reason: "before_call may send a call to one channel, not to a list" });
  checkChannel(table, channel);
  checkProviderOptions(table, hook, checked.provider_options);
  return { ...call, channel, request: signal === undefined ? checked : { ...checked, signal } };
}

/** Tells `after_call`; the outcome does not wait for it, its generations do. */
export function tellAfterCall({ onError }: Gateway, table: Table, { hook, request }: ChannelCall, outcome: Outcome): void {
  const users = table.users("after_call");
  if (users.length === 0) return;
  const ends = users.map((generation) => generation.acquire("after_call"));
  const { signal: _, ...data } = request;
  const tell = (error: unknown) => onError(withoutSecrets(error, users));
  Promise.resolve()
    .then(() => table.hooks.call("after_call", { request_id: outcome.request_id, hook, request: data, outcome }))
    .then((errors) => Array.isArray(errors) && errors.forEach(tell))
    .catch(tell)
    .finally(() => {
      for (const end of ends) end();
    });
}
