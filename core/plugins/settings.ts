import { fitSettings } from "../config/fitSettings.ts";
import { printPath } from "../config/printPath.ts";
import type { YamlDocument } from "../config/readYaml.ts";
import { HooklineError, nearest } from "../errors.ts";
import type { Manifest } from "./manifest.ts";
import { createSchemaCompiler, type SchemaProblem } from "./schemaCheck.ts";

/** The settings of one instance as the configuration has them, and where they stand. Paths start inside `config`. */
export interface InstanceSettings {
  id: string;
  config?: Readonly<Record<string, unknown>>;
  file?: string;
  at?: YamlDocument["at"];
  text?: YamlDocument["text"];
}

/** What of a manifest speaks of settings. */
export type SettingsRules = Pick<Manifest, "plugin_id" | "required_config" | "optional_config" | "config_schema">;

/**
 * Makes an instance's settings: defaults filled in, texts as they were written, checked against the manifest. Throws
 * `settings_invalid` with all that is wrong and no value, or `manifest_invalid` for a `config_schema` that is none.
 */
export type SettingsChecker = (manifest: SettingsRules, instance: InstanceSettings) => Promise<Record<string, unknown>>;

/** Makes a checker that compiles each schema once. A host has one. */
export function createSettingsChecker(): SettingsChecker {
  const compile = createSchemaCompiler({ key: "config_schema", field: "setting", whole: "config", fillsDefaults: true });

  return async (manifest, instance) => {
    const { config_schema: schema, required_config = [], optional_config } = manifest;
    const given = { ...optional_config, ...definedOnly(instance.config ?? {}) };
    // Also the copy that the schema's defaults are written into.
    const settings = fitSettings(given, schema, (path) => instance.text?.(path));
    const violations = schema ? (await compile(manifest.plugin_id, schema))(settings) : [];
    const missing = required_config.filter((name) => isEmpty(Object.hasOwn(settings, name) ? settings[name] : undefined));
    const problems: SchemaProblem[] = [
      ...missing.map((name) => ({ path: [name], message: missingText(name, settings, manifest) })),
      ...violations.filter(({ path }) => !missing.includes(String(path[0]))),
    ];
    if (problems.length === 0) return settings;
    throw refused(problems, instance);
  };
}

/** Checks one instance; a host keeps a checker instead, so that nothing is compiled twice. */
export function checkSettings(
  manifest: SettingsRules,
  instance: InstanceSettings,
  check: SettingsChecker = createSettingsChecker(),
): Promise<Record<string, unknown>> {
  return check(manifest, instance);
}

function missingText(
  name: string,
  settings: Record<string, unknown>,
  { required_config = [], optional_config = {}, config_schema }: SettingsRules,
): string {
  const known = new Set([...required_config, ...Object.keys(optional_config), ...Object.keys(config_schema?.properties ?? {})]);
  const near = nearest(
    name,
    Object.keys(settings).filter((key) => !known.has(key)),
  );
  const state = Object.hasOwn(settings, name) ? "is empty" : "is missing";
  return `${name} ${state}${near ? `; is "${near}" meant for it?` : ""}`;
}

function refused(problems: readonly SchemaProblem[], { id, file, at }: InstanceSettings): HooklineError {
  const placed = problems.map(({ path, message, of }) => ({ message, path: printPath(path), file, ...at?.(path, of) }));
  const lines = placed.map(
    ({ message, line, column }) => `${[file, line, line && column].filter(Boolean).join(":")}${file ? ": " : ""}${message}`,
  );
  const unique = [...new Set(lines)];
  const reason = unique.length === 1 ? `${unique[0]}` : `${unique.length} settings are wrong: ${unique.join("; ")}`;
  return new HooklineError("settings_invalid", { instance: id, reason, problems: placed });
}

function isEmpty(value: unknown): boolean {
  if (typeof value === "string") return value.trim() === "";
  if (Array.isArray(value)) return value.length === 0;
  return value === undefined || value === null;
}

function definedOnly(settings: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}
