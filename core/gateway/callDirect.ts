import { checkAnswer, checkRequest } from "../contract/checkRequest.ts";
import type { HookSpec } from "../contract/defineContract.ts";
import { HooklineError } from "../errors.ts";
import type { Table } from "../table.ts";
import { withoutSecrets } from "./withoutSecrets.ts";

/** One call of a hook that is not routed: everybody who implements it, or the one instance that is named. */
export interface DirectCall {
  hook: string;
  spec: HookSpec;
  request: unknown;
  /** Of a hook of mode `instance`. */
  instance?: string | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Calls a hook that is not routed, on the table of now. Throws `invalid_request`, `instance_unknown`, and what an implementation
 * throws, as a HooklineError.
 */
export async function callDirect(table: Table, call: DirectCall): Promise<unknown> {
  const { hook, spec, signal } = call;
  const request = checkRequest(hook, spec, call.request);
  const users = table.users(hook);
  const ends = users.map((generation) => generation.acquire(hook));
  const options = signal ? { signal } : {};
  try {
    if (spec.mode === "instance") return await askOne(table, call, request, options);
    const result: unknown = await table.hooks.call(hook, request, options);
    if (spec.mode === "collect" && Array.isArray(result)) return result.map((answer) => checkAnswer(hook, spec, answer, hook));
    if (spec.mode === "event" && Array.isArray(result)) return result.map((error) => withoutSecrets(error, users));
    return spec.mode === "first" && result !== undefined ? checkAnswer(hook, spec, result, hook) : result;
  } catch (error) {
    throw withoutSecrets(error, users);
  } finally {
    for (const end of ends) end();
  }
}

async function askOne(
  table: Table,
  { hook, spec, instance: id }: DirectCall,
  request: unknown,
  options: { signal?: AbortSignal },
): Promise<unknown> {
  if (id === undefined) {
    throw new HooklineError("invalid_request", {
      hook,
      reason: `${hook} is asked of one instance: name it, as in host.call("${hook}", request, { instance: "…" })`,
    });
  }
  const instance = table.instances.get(id);
  if (!instance) throw new HooklineError("instance_unknown", { id, known: [...table.instances.keys()] });
  if (!instance.generation?.answers.includes(hook)) {
    const why = instance.generation ? `it does not implement ${hook}` : `it cannot answer now: ${instance.reason}`;
    throw new HooklineError(instance.generation ? "unsupported" : "plugin_unavailable", { instance: id, hook, reason: why });
  }
  return checkAnswer(
    hook,
    spec,
    (await table.hooks.callOne(hook, id, request, { ...options, timeout: instance.timeout })) ?? undefined,
    id,
  );
}
