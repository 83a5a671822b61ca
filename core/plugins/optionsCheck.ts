import type { Manifest } from "./manifest.ts";
import { createSchemaCompiler } from "./schemaCheck.ts";

/** What is wrong with the `provider_options` of one plugin, a sentence each, without any value; empty when they are right. */
export type OptionsCheck = (options: Readonly<Record<string, unknown>>) => string[];

/** Makes the check that a manifest's `options_schema` asks for; undefined without one. Throws `manifest_invalid` for a bad schema. */
export type OptionsCompiler = (manifest: Pick<Manifest, "plugin_id" | "options_schema">) => Promise<OptionsCheck | undefined>;

/** Makes a compiler of `options_schema`. A host has one. */
export function createOptionsCompiler(): OptionsCompiler {
  const compile = createSchemaCompiler({ key: "options_schema", field: "option", whole: "the options", fillsDefaults: false });
  return async ({ plugin_id, options_schema }) => {
    if (options_schema === undefined) return undefined;
    const check = await compile(plugin_id, options_schema);
    return (options) => [...new Set(check(options).map(({ message }) => message))];
  };
}
