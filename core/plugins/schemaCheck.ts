import { printPath } from "../config/printPath.ts";
import { HooklineError, nearest } from "../errors.ts";
import { type AjvClass, type ErrorObject, loadAjv, type Options, type ValidateFunction } from "./loadAjv.ts";
import { settingsFormats } from "./settingsFormats.ts";

/** What is wrong at one place of a value. */
export interface SchemaProblem {
  path: (string | number)[];
  message: string;
  /** What of the place is wrong: its value, unless it says `key`. */
  of?: "key";
}

/** Checks a value. Says what was expected and never what was found: that may be a secret. */
export type SchemaCheck = (value: Readonly<Record<string, unknown>>) => SchemaProblem[];

/** What a schema of a manifest is about. */
export interface SchemaUse {
  /** The key of the manifest. */
  key: "config_schema" | "options_schema";
  /** What sentences call one field: `setting`. */
  field: string;
  /** What sentences call the whole value. */
  whole: string;
  /** The schema's defaults are written into the value. */
  fillsDefaults: boolean;
}

/** Compiles the JSON Schemas of manifests, each once. Throws `manifest_invalid` for one that is none. */
export function createSchemaCompiler(
  use: SchemaUse,
): (plugin_id: string, schema: Record<string, unknown>) => Promise<SchemaCheck> {
  const compiled = new WeakMap<object, Promise<SchemaCheck>>();
  const compile = createCompiler(use);
  return (plugin_id, schema) => {
    const check =
      compiled.get(schema) ??
      compile(plugin_id, schema).then((validate) => (value: object) => problemsOf(validate, value, { plugin_id, ...use }));
    compiled.set(schema, check);
    return check;
  };
}

function createCompiler({
  key,
  fillsDefaults,
}: SchemaUse): (plugin_id: string, schema: Record<string, unknown>) => Promise<ValidateFunction> {
  const options: Options = {
    strict: false,
    allErrors: true,
    useDefaults: fillsDefaults,
    verbose: true,
    logger: false,
    formats: { ...settingsFormats },
  };
  const load = {
    "2020-12": once(async () => withMeta((await loadAjv("2020-12")).Ajv)),
    "draft-07": once(async () => withMeta((await loadAjv("draft-07")).Ajv)),
  };
  return async (plugin_id, schema) => {
    const dialect = dialectOf(schema.$schema);
    const badSchema = (what: string, cause?: unknown) =>
      new HooklineError("manifest_invalid", { plugin_id, reason: `The ${key} of ${plugin_id} ${what}` }, { cause });
    if (dialect === undefined)
      throw badSchema(
        `has the $schema ${schema.$schema}; use https://json-schema.org/draft/2020-12/schema or http://json-schema.org/draft-07/schema`,
      );
    if (schema.$async !== undefined) throw badSchema("has $async, which a check of settings cannot be");
    const { Ajv, meta } = await load[dialect]();
    try {
      if (!meta.validateSchema(schema)) throw new Error(meta.errorsText(meta.errors?.slice(0, 3), { dataVar: key }));
      // One ajv per schema: an `$id` of one plugin must not be seen by another, nor outlive it.
      return new Ajv({ ...options, meta: false, validateSchema: false }).compile(schema);
    } catch (cause) {
      throw badSchema(`is not a JSON Schema that can be used: ${cause instanceof Error ? cause.message : cause}`, cause);
    }
  };

  function withMeta(Ajv: AjvClass) {
    return { Ajv, meta: new Ajv(options) };
  }
}

function dialectOf(schema: unknown): "2020-12" | "draft-07" | undefined {
  if (schema === undefined) return "2020-12";
  const name = String(schema).replace(/#$/, "");
  if (name === "https://json-schema.org/draft/2020-12/schema") return "2020-12";
  return name === "http://json-schema.org/draft-07/schema" ? "draft-07" : undefined;
}

type Named = SchemaUse & { plugin_id: string };

function problemsOf(validate: ValidateFunction, value: object, use: Named): SchemaProblem[] {
  if (validate(value)) return [];
  const errors = (validate.errors ?? []).filter(({ keyword }) => keyword !== "if");
  // Which of several sets of fields has to be there is one sentence; that each field of each set is missing says less.
  const choices = errors.filter((error) => choiceOf(error) !== undefined);
  const isInChoice = ({ schemaPath }: ErrorObject) => choices.some((choice) => schemaPath.startsWith(`${choice.schemaPath}/`));
  return errors.filter((error) => !isInChoice(error)).map((error) => problemOf(error, value, use));
}

/** The sets of fields of which one has to be there: an `anyOf` (or `oneOf`) whose branches say only what is required. */
function choiceOf({ keyword, schema }: ErrorObject): string[][] | undefined {
  if ((keyword !== "anyOf" && keyword !== "oneOf") || !Array.isArray(schema)) return undefined;
  const sets = schema.map(({ required }: { required?: unknown }) => required);
  return sets.every((set) => Array.isArray(set)) ? sets : undefined;
}

function problemOf(error: ErrorObject, value: unknown, use: Named): SchemaProblem {
  const { keyword, instancePath, params, message, parentSchema } = error;
  const path = pathOf(instancePath, value);
  const field = (...more: string[]) => printPath([...path, ...more]) || use.whole;
  if (keyword === "required")
    return { path: [...path, params.missingProperty], message: `${field(params.missingProperty)} is missing` };
  if (keyword === "additionalProperties" || keyword === "unevaluatedProperties") {
    const name: string = params.additionalProperty ?? params.unevaluatedProperty;
    const known = Object.keys(parentSchema?.properties ?? {});
    const near = nearest(name, known);
    const hint = near ? `; did you mean "${near}"?` : known.length > 0 ? `; there are ${known.join(", ")}` : "";
    return { path: [...path, name], of: "key", message: `${field(name)} is no ${use.field} of this plugin${hint}` };
  }
  const choice = choiceOf(error)?.map((set) => set.map((name) => field(name)).join(" and "));
  const only = params.passingSchemas ? ", and only one of these" : "";
  if (choice) return { path, message: `give ${choice.join(", or ")}${only}` };
  if (keyword === "dependentRequired" || keyword === "dependencies")
    return { path, message: `${field(params.property)} needs ${params.deps}, too` };
  if (keyword === "enum")
    return {
      path,
      message: `${field()} must be one of ${params.allowedValues.map((allowed: unknown) => JSON.stringify(allowed)).join(", ")}`,
    };
  return { path, message: `${field()} ${message ?? `breaks the rule ${keyword}`}` };
}

function pathOf(pointer: string, whole: unknown): (string | number)[] {
  let value = whole;
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

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
