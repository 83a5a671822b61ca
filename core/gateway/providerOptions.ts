import { HooklineError, nearest } from "../errors.ts";
import type { Table, TableInstance } from "../table.ts";

/**
 * Checks the `provider_options` of a request against the `options_schema` of each plugin that they name, whoever will be asked: a
 * mistake shall not wait for the day of a failover. Throws `invalid_request`; returns a warning for each name that is no plugin here.
 */
export function checkProviderOptions(table: Table, hook: string, given: unknown): readonly string[] {
  if (given === undefined) return none;
  const warnings: string[] = [];
  for (const [plugin_id, options] of entriesOf(given)) {
    const own = [...table.instances.values()].filter((instance) => instance.plugin_id === plugin_id);
    if (own.length === 0) warnings.push(unknownPlugin(plugin_id, table));
    for (const instance of own) checkOwnOptions(instance, hook, options);
  }
  return warnings;
}

const none: readonly string[] = [];

/** Throws `invalid_request` when a plugin's own part of `provider_options` is not what its manifest says. */
export function checkOwnOptions({ generation, plugin_id }: TableInstance, hook: string, options: unknown): void {
  if (!generation?.checkOptions || typeof options !== "object" || options === null) return;
  const problems = generation.checkOptions({ ...options });
  if (problems.length === 0) return;
  throw new HooklineError("invalid_request", { hook, reason: `provider_options.${plugin_id}: ${problems.join("; ")}` });
}

/** The part of `provider_options` that is a plugin's own; undefined when there is none. */
export function ownOptions(request: Readonly<Record<string, unknown>>, plugin_id: string): unknown {
  return entriesOf(request.provider_options).find(([name]) => name === plugin_id)?.[1];
}

function entriesOf(given: unknown): [string, unknown][] {
  return typeof given === "object" && given !== null ? Object.entries(given) : [];
}

function unknownPlugin(name: string, { instances }: Table): string {
  const instance = instances.get(name);
  if (instance) return `provider_options.${name} has no effect: ${name} is an instance of ${instance.plugin_id}; name the plugin`;
  const known = [...new Set([...instances.values()].map(({ plugin_id }) => plugin_id))];
  const near = nearest(name, known);
  const hint = near ? ` Did you mean "${near}"?` : "";
  return `provider_options.${name} has no effect: there is no plugin of that id.${hint} Known: ${known.join(", ")}.`;
}
