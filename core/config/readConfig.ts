import { dirname, resolve } from "node:path";
import { z } from "../contract/schema.ts";
import { HooklineError } from "../errors.ts";
import { configProblems } from "./configProblems.ts";
import { configSchema } from "./configSchema.ts";
import { duplicateIds } from "./duplicateIds.ts";
import { fitSettings } from "./fitSettings.ts";
import { isRecord } from "./isRecord.ts";
import { printPath } from "./printPath.ts";
import { type Path, type Problem, readYaml, type YamlDocument } from "./readYaml.ts";
import { type KnownHooks, routeProblems } from "./routeProblems.ts";
import type { Route } from "./routeSchema.ts";

type Checked = z.output<typeof configSchema>;
type Entry = Checked["enabled_plugins"][number];

/** One entry of `enabled_plugins`, with what `defaults` and `settings` say filled in. */
export interface InstanceConfig {
  id: string;
  plugin_id: string;
  enabled: boolean;
  priority: number;
  /** Its place in the list, which decides among equal priorities. */
  order: number;
  channel?: string;
  timeout_seconds: number;
  max_retries: number;
  rate_limit_per_minute: number;
  max_concurrent_sends: number;
  config: Record<string, unknown>;
  /** Where a setting stands in the file; `path` starts inside `config`. */
  at(path: Path): { line: number; column: number } | undefined;
  /** The text of a setting in the file, for `fitSettings`; `path` starts inside `config`. */
  text(path: Path): string | undefined;
}

/** A configuration that passed every check. */
export interface Config {
  /** Absolute; missing when the configuration is an object of the application. */
  file?: string;
  /** Absolute, but for a bare name, which may be an npm package. */
  plugin_paths: string[];
  instances: InstanceConfig[];
  routes: Route[];
  defaults: Checked["defaults"];
  settings: Checked["settings"];
}

/** What a configuration needs to know of the world. */
interface ConfigSurroundings {
  cwd: string;
  home: string;
  environment: Record<string, string | undefined>;
  /** Without them the hooks that rules name are not checked. */
  hooks?: KnownHooks;
}

/**
 * Reads and checks a configuration: the text of a file, or an object of the application (whose values are taken as they are).
 * Throws `config_invalid` with every problem in `details.problems`, and one a line in the message.
 */
export function readConfig(input: { file: string; source: string } | { object: unknown }, where: ConfigSurroundings): Config {
  const document = "source" in input ? readYaml(input.source, input.file, where) : fromObject(input.object);
  const file = "source" in input ? input.file : undefined;
  const problems = document.problems.filter((problem) => !isUnused(problem, document.value));
  if (document.value === undefined) refuse(problems, file);

  const body = fittedBody(document);
  const checked = configSchema.safeParse(body);
  const complaints = [
    ...configProblems(checked.error?.issues ?? []),
    ...duplicateIds(body, document.at),
    ...routeProblems(checked.data, where.hooks),
  ];
  // What is wrong with the text is not reported a second time as wrong with the value.
  const known = new Set(problems.map(({ path }) => path));
  for (const { message, path, of } of complaints) {
    if (!known.has(printPath(path))) problems.push({ message, file, ...document.at(path, of), path: printPath(path) });
  }
  if (!checked.success || problems.length > 0) refuse(problems, file);

  const { enabled_plugins, plugin_paths, routes, defaults, settings } = checked.data;
  const folder = file === undefined ? where.cwd : dirname(resolve(where.cwd, file));
  return {
    ...(file !== undefined && { file: resolve(where.cwd, file) }),
    plugin_paths: [...new Set(plugin_paths.map((path) => absolute(path, folder, where.home)))],
    instances: enabled_plugins.map((entry, order) => instanceOf(entry, order, checked.data, document)),
    routes,
    defaults,
    settings,
  };
}

function fromObject(object: unknown): YamlDocument {
  return { value: object ?? null, problems: [], at: () => undefined, text: () => undefined };
}

/** True for what is wrong with a value that nobody reads: a variable of a disabled instance, or of an `x-…` key. */
function isUnused({ variable, path = "" }: Problem, value: unknown): boolean {
  if (variable === undefined) return false;
  if (path.startsWith("x-")) return true;
  const [, index] = /^enabled_plugins\[(\d+)\]\.config\b/.exec(path) ?? [];
  const list = isRecord(value) ? value.enabled_plugins : undefined;
  const entry: unknown = Array.isArray(list) && index !== undefined ? list[Number(index)] : undefined;
  return isRecord(entry) && (entry.enabled === false || entry.enabled === "false");
}

const bodySchema = z.toJSONSchema(configSchema, { io: "input" });
const collections = new Set(["plugin_paths", "enabled_plugins", "routes", "defaults", "settings", "rollback", "config"]);

/** Without `x-…` keys, and without the lists and maps whose every line is commented out; texts and numbers as the schema wants them. */
function fittedBody({ value, text }: YamlDocument): unknown {
  if (value === null) return {};
  if (!isRecord(value)) return value;
  const named = Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith("x-")));
  const body = withoutEmpty(named);
  if (Array.isArray(body.enabled_plugins))
    body.enabled_plugins = body.enabled_plugins.map((entry) => (isRecord(entry) ? withoutEmpty(entry) : entry));
  if (isRecord(body.settings)) body.settings = withoutEmpty(body.settings);
  return fitSettings(body, bodySchema, text);
}

function withoutEmpty(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([key, value]) => value !== null || !collections.has(key)));
}

function instanceOf(entry: Entry, order: number, { defaults, settings }: Checked, document: YamlDocument): InstanceConfig {
  const inside = (path: Path): Path => ["enabled_plugins", order, "config", ...path];
  return {
    id: entry.id ?? entry.plugin_id,
    plugin_id: entry.plugin_id,
    enabled: entry.enabled,
    priority: entry.priority,
    order,
    ...(entry.channel !== undefined && { channel: entry.channel }),
    timeout_seconds: entry.timeout_seconds ?? defaults.timeout_seconds,
    max_retries: entry.max_retries ?? defaults.max_retries,
    rate_limit_per_minute: entry.rate_limit_per_minute ?? defaults.rate_limit_per_minute,
    max_concurrent_sends: entry.max_concurrent_sends ?? settings.max_concurrent_sends,
    config: entry.config,
    at: (path) => document.at(inside(path)),
    text: (path) => document.text(inside(path)),
  };
}

function absolute(path: string, folder: string, home: string): string {
  if (/^(?:@[\w.~-]+\/)?\w[\w.~-]*$/.test(path)) return path;
  return resolve(
    folder,
    path.replace(/^~(?=$|[/\\])/, () => home),
  );
}

const maxLines = 100;

function refuse(problems: Problem[], file: string | undefined): never {
  problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
  const lines = problems.slice(0, maxLines).map(({ line, column, message }) => {
    return [...[file, line, column].filter((part) => part !== undefined), ` ${message}`].join(":").trim();
  });
  if (problems.length > maxLines) lines.push(`${problems.length - maxLines} more problems follow.`);
  throw new HooklineError("config_invalid", { reason: lines.join("\n"), problems });
}
