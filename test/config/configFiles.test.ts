// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of the YAML
import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, test } from "vitest";
import { schemaFiles } from "../../config/generate.ts";
import { readConfig } from "../../core/config/readConfig.ts";
import { readYaml } from "../../core/config/readYaml.ts";
import { armSchema, matchSchema, rolloutSchema, routeSchema, splitSchema } from "../../core/config/routeSchema.ts";

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const where = { cwd: "/", home: "/home/me", environment: {} };

interface Schema {
  properties?: Record<string, Schema>;
  items?: Schema;
  default?: unknown;
}

const schema = JSON.parse(schemaFiles()["hookline.schema.json"] ?? "") as Schema;
const isValid = new Ajv2020({ strict: false }).compile(schema);
const instance = schema.properties?.enabled_plugins?.items ?? {};
const { defaults = {}, settings = {} } = schema.properties ?? {};
const { rollback = {} } = settings.properties ?? {};
const sections = { "Top level": schema, enabled_plugins: instance, defaults, settings, "settings.rollback": rollback };
const keys = Object.entries(sections).flatMap(([section, { properties = {} }]) =>
  Object.entries(properties).map(([key, value]) => ({ section, key, value })),
);

test.each(Object.keys(schemaFiles()))("config/%s is what the code says; else run `npm run generate`", (name) => {
  expect(text(`config/${name}`)).toBe(schemaFiles()[name]);
});

test("the schema accepts a manifest, and refuses one without its entry point", () => {
  const isManifest = new Ajv2020({ strict: false }).compile(JSON.parse(schemaFiles()["manifest.schema.json"] ?? ""));

  expect(isManifest({ plugin_id: "a", channel_type: "sms", entry_point: "index.ts", dependencies: { b: "^1" } })).toBe(true);
  expect(isManifest({ plugin_id: "a", channel_type: "sms" })).toBe(false);
});

test("the example loads without any variable set, says only defaults, and passes the editor's schema", () => {
  const source = text("config/hookline.example.yml");
  const nothing = readConfig({ object: {} }, where);

  const { defaults, settings, routes } = readConfig({ file: "/config/hookline.example.yml", source }, where);

  expect({ defaults, settings, routes }).toEqual({ defaults: nothing.defaults, settings: nothing.settings, routes: [] });
  expect(isValid(readYaml(source, "example").value), JSON.stringify(isValid.errors)).toBe(true);
});

test("the example has every key", () => {
  const { value } = readYaml(text("config/hookline.example.yml"), "example");
  const { enabled_plugins, defaults, settings, ...top } = value as Record<string, Record<string, object>>;
  const written = {
    "Top level": { enabled_plugins, defaults, settings, ...top },
    enabled_plugins: enabled_plugins?.[0],
    defaults,
    settings,
    "settings.rollback": settings?.rollback,
  };

  for (const { section, key } of keys)
    expect(Object.keys(written[section as keyof typeof written] ?? {}), section).toContain(key);
});

test("the rules that the example has as comments load, pass the editor's schema, and show every key of a rule", () => {
  const source = text("config/hookline.example.yml").replace(/(?<=^routes:\n)(?: {2}# .*\n)+/m, (lines) =>
    lines.replaceAll(/^ {2}# /gm, "  "),
  );

  const { routes } = readConfig({ file: "/config/hookline.example.yml", source }, where);

  expect(isValid(readYaml(source, "example").value), JSON.stringify(isValid.errors)).toBe(true);
  for (const [schema, used] of [
    [routeSchema, routes],
    [matchSchema, routes.map(({ match }) => match)],
    [splitSchema, routes.map(({ split }) => split)],
    [armSchema, routes.flatMap(({ split }) => split?.arms)],
    [rolloutSchema, routes.map(({ rollout }) => rollout)],
  ] as const) {
    expect(used.flatMap((part) => Object.keys(part ?? {}))).toEqual(expect.arrayContaining(Object.keys(schema.shape)));
  }
  expect(routes.map(({ strategy, on_maybe }) => `${strategy} ${on_maybe}`)).toEqual([
    "first stop",
    "first stop",
    "first stop",
    "all stop",
  ]);
});

test("the editor's schema knows the variables, the free keys and the empty sections, and refuses what is refused", () => {
  expect(
    isValid({
      "x-a": 1,
      enabled_plugins: [{ plugin_id: "${A}", priority: "${B:1}", enabled: "${C}" }],
      settings: { polling: 5 },
      routes: null,
    }),
  ).toBe(true);
  expect(isValid(null)).toBe(true);
  expect(isValid({ enabled_plugins: [{ plugin_id: "a", prioriti: 1 }] })).toBe(false);
  expect(isValid({ enabled_plugins: [{ id: "a" }] })).toBe(false);
  expect(isValid({ enabled_plugins: [null] })).toBe(false);
  expect(isValid({ routes: [{}] })).toBe(false);
  expect(isValid({ settings: { polling: "often" } })).toBe(false);
});

test.each(keys)("docs/config.md says what $section $key does, with its default", ({ section, key, value }) => {
  const [, part = ""] = text("docs/config.md").split(`\n## ${section}\n`);
  const row = part
    .split("\n## ")[0]
    ?.split("\n")
    .find((line) => line.startsWith(`| \`${key}\` |`));

  const [, , byDefault = "", effect = ""] = row?.split(" | ").flatMap((cell, index) => (index === 0 ? ["", cell] : [cell])) ?? [];

  expect(effect.length, `no row for ${key}`).toBeGreaterThan(20);
  if (value.default !== undefined) expect(byDefault).toBe(`\`${JSON.stringify(value.default)}\``);
});

test("docs/config.md names no key that does not exist", () => {
  const rows = [...text("docs/config.md").matchAll(/^\| `([^`]+)` \|/gm)].map(([, key]) => key);

  expect(rows.filter((key) => key !== "x-…" && !keys.some((known) => known.key === key))).toEqual([]);
  expect(rows).toHaveLength(keys.length + 1);
});

test("every YAML in docs/config.md loads", () => {
  const blocks = [...text("docs/config.md").matchAll(/```yaml\n(.*?)```/gs)].map(([, block = ""]) => block);

  expect(blocks.length).toBeGreaterThan(2);
  for (const source of blocks) expect(readConfig({ file: "docs.yml", source }, where).instances.length).toBeGreaterThan(0);
});
