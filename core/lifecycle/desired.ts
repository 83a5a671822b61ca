import { readFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Config, readConfig } from "../config/readConfig.ts";
import type { KnownHooks } from "../config/routeProblems.ts";
import { HooklineError, nearest } from "../errors.ts";
import type { PluginDefinition } from "../plugins/definePlugin.ts";
import { orderByDependencies } from "../plugins/dependencies.ts";
import { type Discovery, discoverPlugins, type FoundPlugin, foundFromObject } from "../plugins/discover.ts";

/** Where the configuration comes from: a file, or an object of the application. */
export interface ConfigSource {
  file?: string;
  object?: unknown;
  cwd: string;
  home: string;
  environment: Record<string, string | undefined>;
  /** The hooks that rules may name. */
  hooks?: KnownHooks;
}

/** What should run. */
export interface Desired {
  config: Config;
  /** Plugin id → what was found, dependencies first. */
  found: ReadonlyMap<string, FoundPlugin>;
  /** Plugin id → why it cannot be used. */
  problems: ReadonlyMap<string, HooklineError>;
  /** Problems of places without an id, and warnings. */
  warnings: readonly string[];
  watched: readonly string[];
}

/** Reads the configuration. Throws `config_invalid` with all its problems. */
export async function readConfigSource(source: ConfigSource): Promise<Config> {
  if (source.file === undefined) return readConfig({ object: source.object ?? {} }, source);
  let text: string;
  try {
    // From the page cache in 20 µs; through the thread pool it takes ten times as long, and much longer on a busy machine.
    text = new TextDecoder("utf-8", { fatal: true }).decode(readFileSync(source.file));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new HooklineError(
      "config_invalid",
      { reason: `${source.file} cannot be read (${why}); give createHost() or --config the path of a configuration` },
      { cause },
    );
  }
  return readConfig({ file: source.file, source: text }, source);
}

/** Looks for the plugins of a configuration, in its folders and among the objects of the application. */
export async function findDesired(
  config: Config,
  objects: ReadonlyMap<string, PluginDefinition>,
  source: ConfigSource,
): Promise<Desired> {
  const from = config.file === undefined ? source.cwd : dirname(config.file);
  const nothing: Discovery = { plugins: [], problems: [], warnings: [], watched: [], manifests: new Map() };
  const discovery =
    config.plugin_paths.length === 0 ? nothing : await discoverPlugins(config.plugin_paths, { from, home: source.home });
  const given = [...objects.values()].map((definition) => foundFromObject(definition));
  const ids = new Set(given.map(({ plugin_id }) => plugin_id));
  const { order, problems } = orderByDependencies([
    ...given,
    ...discovery.plugins.filter(({ plugin_id }) => !ids.has(plugin_id)),
  ]);
  const all = [...discovery.problems, ...problems];
  return {
    config,
    found: new Map(order.map((found) => [found.plugin_id, found])),
    problems: new Map(all.flatMap(({ plugin_id, error }) => (plugin_id === undefined ? [] : [[plugin_id, error] as const]))),
    warnings: [
      ...discovery.warnings,
      ...all.flatMap(({ plugin_id, path, error }) => (plugin_id === undefined ? [`${path}: ${error.message}`] : [])),
    ],
    watched: discovery.watched,
  };
}

/** Why there is no plugin of that id. */
export function notFound(plugin_id: string, { config, found }: Desired): HooklineError {
  const near = nearest(plugin_id, found.keys());
  const places = config.plugin_paths.length === 0 ? "plugin_paths is empty" : `looked in ${config.plugin_paths.join(", ")}`;
  const hint = near ? ` Did you mean "${near}"?` : "";
  return new HooklineError("plugin_not_found", { reason: `There is no plugin "${plugin_id}": ${places}.${hint}` });
}

/** The channels of plugins that were found; those of single files are not known. */
export function channelsOf({ found }: Desired): string[] {
  return [...found.values()].flatMap(({ channel_type }) => channel_type || []);
}
