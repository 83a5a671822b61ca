import { readFileSync, writeFileSync } from "node:fs";
import { configSchema } from "../core/config/configSchema.ts";
import { z } from "../core/contract/schema.ts";
import { folderManifestSchema } from "../core/plugins/manifest.ts";
import { platformTable } from "./platformTable.ts";

// Editors check YAML with the schemas, people read the README's table of platforms. `npm test` fails when they are stale; then run
// `npm run generate`.

/** The JSON Schemas of this folder: the name of each file, and what has to be in it. */
export function schemaFiles(): Record<string, string> {
  return {
    "hookline.schema.json": printed("Hookline configuration", forEditors(z.toJSONSchema(configSchema, { io: "input" }))),
    "manifest.schema.json": printed("Manifest of a Hookline plugin", z.toJSONSchema(folderManifestSchema, { io: "input" })),
  };
}

type Schema = z.core.JSONSchema.BaseSchema;

function printed(title: string, { $schema, ...schema }: Schema): string {
  return `${JSON.stringify({ $schema, title, ...schema }, null, 2)}\n`;
}

function forEditors(schema: Schema): Schema {
  return {
    ...orVariable(schema),
    type: ["object", "null"],
    patternProperties: { "^x-": { description: "Free, for anchors." } },
  } as Schema;
}

/** A value may also be written as `${VAR}`. */
function orVariable(schema: Schema): Schema {
  const { properties, items, ...rest } = schema;
  if (properties)
    return { ...rest, properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, orEmpty(value)])) };
  if (isSchema(items)) return { ...rest, items: orVariable(items) };
  if (rest.type === "object" || rest.type === "array") return schema;
  const { description, default: byDefault, anyOf, ...alone } = rest;
  return { description, default: byDefault, anyOf: [...(anyOf ?? [alone]), { type: "string", pattern: "\\$\\{" }] };
}

/** The lines of a list or a map may all be commented out. */
function orEmpty(schema: boolean | Schema): boolean | Schema {
  if (!isSchema(schema)) return schema;
  const isCollection = schema.type === "object" || schema.type === "array";
  return isCollection ? ({ ...orVariable(schema), type: [schema.type, "null"] } as Schema) : orVariable(schema);
}

function isSchema(schema: unknown): schema is Schema {
  return typeof schema === "object" && schema !== null && !Array.isArray(schema);
}

/** A page with another table of the platforms in it. */
function withTable(page: string): string {
  return page.replace(
    /(<!-- platforms -->\n).*?(\n<!-- \/platforms -->)/s,
    (_, before, after) => before + platformTable() + after,
  );
}

if (import.meta.main) {
  const readme = new URL("../README.md", import.meta.url);
  writeFileSync(readme, withTable(readFileSync(readme, "utf8")));
  for (const [name, text] of Object.entries(schemaFiles())) writeFileSync(new URL(name, import.meta.url), text);
}
