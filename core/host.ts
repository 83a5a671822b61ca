import { homedir } from "node:os";
import { resolve } from "node:path";
import { type Clock, systemClock } from "./clock.ts";
import { communication } from "./contract/communication.ts";
import type { Contract, HookSpec } from "./contract/defineContract.ts";
import { createWorld } from "./createWorld.ts";
import { HooklineError } from "./errors.ts";
import { createEventHub } from "./events.ts";
import { hostOf } from "./hostApi.ts";
import type { AnyPlugin, Host, HostOptions } from "./hostTypes.ts";
import { createLifecycle } from "./lifecycle/createLifecycle.ts";
import { type ConfigSource, readConfigSource } from "./lifecycle/desired.ts";
import { logEvents, quiet } from "./logEvents.ts";
import type { PluginDefinition } from "./plugins/definePlugin.ts";
import { foundFromObject } from "./plugins/foundPlugin.ts";

/** What the package itself passes in, besides the application's options. */
export interface HostParts {
  /** What `import "hookline"` gives inside a plugin. */
  hostModules: Record<string, object>;
  clock?: Clock;
}

/**
 * Opens a host: reads the configuration, loads the plugins, watches the files. Throws `config_invalid` with every problem of the
 * configuration; a plugin that cannot be loaded stops nothing, it stands in the status.
 */
export async function openHost<const Contracts extends readonly Contract[] = readonly []>(
  options: HostOptions<Contracts>,
  { hostModules, clock = systemClock }: HostParts,
): Promise<Host<Contracts>> {
  const { plugins = [], watch = true } = options;
  const log = options.logger === false ? quiet : (options.logger ?? (await import("./logger.ts")).createLogger());
  const objects = byId(plugins);
  const contracts = [communication, ...(options.contracts ?? [])];
  const specs = specsOf(contracts);
  const source: ConfigSource = { ...sourceOf(options), hooks: specs };
  const events = createEventHub((error) => log.error("a listener of a host event threw", { error: String(error) }));
  if (options.logEvents !== false) logEvents(events, log);
  const config = await readConfigSource(source);
  const world = createWorld({
    config,
    objects,
    contracts,
    events,
    log,
    clock,
    hostModules,
    specs,
  });
  const lifecycle = createLifecycle(world, source, { watch, clock });
  try {
    await lifecycle.start();
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
  return hostOf(world, lifecycle, specs) as Host<Contracts>;
}

function sourceOf({
  config,
  plugins = [],
  cwd = process.cwd(),
  environment = process.env,
}: HostOptions<readonly Contract[]>): ConfigSource {
  const surroundings = { cwd, home: homedir(), environment };
  if (typeof config === "string") return { file: resolve(cwd, config), ...surroundings };
  const all = { enabled_plugins: plugins.flatMap(({ manifest }) => (manifest ? [{ plugin_id: manifest.plugin_id }] : [])) };
  return { object: config ?? all, ...surroundings };
}

function byId(plugins: readonly AnyPlugin[]): ReadonlyMap<string, PluginDefinition> {
  // Of what an application gives, the settings' type is the plugin's own affair.
  return new Map(plugins.map((plugin) => [foundFromObject(plugin).plugin_id, plugin as PluginDefinition]));
}

function specsOf(contracts: readonly Contract[]): ReadonlyMap<string, HookSpec> {
  const specs = new Map<string, HookSpec>();
  for (const { id, hooks } of contracts) {
    for (const [name, spec] of Object.entries(hooks)) {
      if (specs.has(name))
        throw new HooklineError("contract_invalid", {
          reason: `The contract "${id}" declares the hook "${name}", which another contract of this host has; rename it`,
        });
      specs.set(name, spec);
    }
  }
  return specs;
}
