import type { ErrorObject, Options, ValidateFunction } from "ajv";
import { fitSettings } from "../config/fitSettings.ts";
import { printPath } from "../config/printPath.ts";
import type { YamlDocument } from "../config/readYaml.ts";
import { HooklineError, nearest } from "../errors.ts";
import type { Manifest } from "./manifest.ts";
import { settingsFormats } from "./settingsFormats.ts";

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
  const compiled = new WeakMap<object, Promise<ValidateFunction>>();
  const compile = createCompiler();

  return async (manifest, instance) => {
    const { config_schema: schema, required_config = [], optional_config } = manifest;
    const given = { ...optional_config, ...definedOnly(instance.config ?? {}) };
    // Also the copy that the schema's defaults are written into.
    const settings = fitSettings(given, schema, (path) => instance.text?.(path));
    const violations = schema ? violationsOf(await compiledOf(manifest.plugin_id, schema), settings) : [];
    const missing = required_config.filter((name) => isEmpty(Object.hasOwn(settings, name) ? settings[name] : undefined));
    const problems: SettingProblem[] = [
      ...missing.map((name) => ({ path: [name], message: missingText(name, settings, manifest) })),
      ...violations.filter(({ path }) => !missing.includes(String(path[0]))),
    ];
    if (problems.length === 0) return settings;
    throw refused(problems, instance);
  };

  function compiledOf(plugin_id: string, schema: Record<string, unknown>): Promise<ValidateFunction> {
    const validate = compiled.get(schema) ?? compile(plugin_id, schema);
    compiled.set(schema, validate);
    return validate;
  }
}

/** Checks one instance; a host keeps a checker instead, so that nothing is compiled twice. */
export function checkSettings(
  manifest: SettingsRules,
  instance: InstanceSettings,
  check: SettingsChecker = createSettingsChecker(),
): Promise<Record<string, unknown>> {
  return check(manifest, instance);
}

interface SettingProblem {
  path: (string | number)[];
  message: string;
  /** What of the place is wrong: its value, unless it says `key`. */
  of?: "key";
}

/** ajv, loaded when the first schema comes: most hosts start without one. */
function createCompiler(): (plugin_id: string, schema: Record<string, unknown>) => Promise<ValidateFunction> {
  const options: Options = {
    strict: false,
    allErrors: true,
    useDefaults: true,
    verbose: true,
    logger: false,
    formats: { ...settingsFormats },
  };
  const load = {
    "2020-12": once(async () => withMeta((await import("ajv/dist/2020.js")).Ajv2020)),
    "draft-07": once(async () => withMeta((await import("ajv")).Ajv)),
  };
  return async (plugin_id, schema) => {
    const dialect = dialectOf(schema.$schema);
    if (dialect === undefined)
      throw badSchema(
        plugin_id,
        `has the $schema ${schema.$schema}; use https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema`,
      );
    if (schema.$async !== undefined) throw badSchema(plugin_id, "has $async, which a check of settings cannot be");
    const { Ajv, meta } = await load[dialect]();
    try {
      if (!meta.validateSchema(schema)) throw new Error(meta.errorsText(meta.errors?.slice(0, 3), { dataVar: "config_schema" }));
      // One ajv per schema: an `$id` of one plugin must not be seen by another, nor outlive it.
      return new Ajv({ ...options, meta: false, validateSchema: false }).compile(schema);
    } catch (cause) {
      throw badSchema(
        plugin_id,
        `is not a JSON Schema that can be used: ${cause instanceof Error ? cause.message : cause}`,
        cause,
      );
    }
  };

  function withMeta<Ajv extends typeof import("ajv").Ajv | typeof import("ajv/dist/2020.js").Ajv2020>(Ajv: Ajv) {
    return { Ajv, meta: new Ajv(options) };
  }
}

function dialectOf(schema: unknown): "2020-12" | "draft-07" | undefined {
  if (schema === undefined) return "2020-12";
  const name = String(schema).replace(/#$/, "");
  if (name === "https://json-schema.org/draft/2020-12/schema") return "2020-12";
  return name === "http://json-schema.org/draft-07/schema" ? "draft-07" : undefined;
}

function badSchema(plugin_id: string, what: string, cause?: unknown): HooklineError {
  return new HooklineError("manifest_invalid", { plugin_id, reason: `The config_schema of ${plugin_id} ${what}` }, { cause });
}

function violationsOf(validate: ValidateFunction, settings: Record<string, unknown>): SettingProblem[] {
  if (validate(settings)) return [];
  return (validate.errors ?? []).filter(({ keyword }) => keyword !== "if").map((error) => problemOf(error, settings));
}

/** Says what was expected and never what was found: that may be a secret. */
function problemOf({ keyword, instancePath, params, message, parentSchema }: ErrorObject, settings: unknown): SettingProblem {
  const path = pathOf(instancePath, settings);
  const field = (...more: string[]) => printPath([...path, ...more]) || "config";
  if (keyword === "required")
    return { path: [...path, params.missingProperty], message: `${field(params.missingProperty)} is missing` };
  if (keyword === "additionalProperties" || keyword === "unevaluatedProperties") {
    const name: string = params.additionalProperty ?? params.unevaluatedProperty;
    const near = nearest(name, Object.keys(parentSchema?.properties ?? {}));
    return {
      path: [...path, name],
      of: "key",
      message: `${field(name)} is no setting of this plugin${near ? `; did you mean "${near}"?` : ""}`,
    };
  }
  if (keyword === "enum")
    return {
      path,
      message: `${field()} must be one of ${params.allowedValues.map((value: unknown) => JSON.stringify(value)).join(", ")}`,
    };
  return { path, message: `${field()} ${message ?? `breaks the rule ${keyword}`}` };
}

function pathOf(pointer: string, settings: unknown): (string | number)[] {
  let value = settings;
  return pointer
    .split("/")
    .slice(1)
    .map((step) => {
      const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
      const isItem = Array.isArray(value);
      value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
      return isItem ? Number(key) : key;
    });
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

function refused(problems: readonly SettingProblem[], { id, file, at }: InstanceSettings): HooklineError {
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

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
