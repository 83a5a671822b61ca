import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import type { HookSpec } from "../../core/contract/defineContract.ts";
import { communication, z } from "../../core/index.ts";
import { readManifest } from "../../core/plugins/readManifest.ts";
import { type PageTable, pageSections } from "./pageTables.ts";

const sections = pageSections("docs/hooks.md");
const specs: [string, HookSpec][] = Object.entries(communication.hooks);
const routed = fieldsOf(communication.hooks.send_message.request).filter((name) =>
  specs.every(([, { mode, request }]) => mode !== "route" || fieldsOf(request).includes(name)),
);
const { to, content, attachments } = communication.hooks.send_message.request.shape;
const group = communication.hooks.get_group.answer;

test("docs/hooks.md has a section for each hook of the contract, in its order, and names its version", () => {
  const hooks = sections.map(({ heading }) => heading).filter((heading) => /^[a-z_]+$/.test(heading));

  expect(hooks).toEqual(specs.map(([name]) => name));
  expect(readFileSync(new URL("../../docs/hooks.md", import.meta.url), "utf8")).toContain(`version ${communication.version}`);
});

test.each(specs)(
  "%s: the sentence, the mode, the fields and the answer are those of the contract",
  (name, { description = "", mode, request, answer }) => {
    const { text, tables } = section(name);

    expect(text.trim().startsWith(description), description).toBe(true);
    expect(text).toContain(`Mode: \`${mode}\`.`);
    const own = Object.entries(shapeOf(request)).filter(([field]) => mode !== "route" || !routed.includes(field));
    if (own.length > 0) expectTable(tables, "field", Object.fromEntries(own));
    else expect(text).toContain("The request has no fields.");
    if (answer === group) expect(text).toContain("returns a [group](#groups-items-events)");
    else if (answer) expectTable(tables, "answer", shapeOf(answer));
  },
);

test("the fields of every routed request are those that all of them have", () => {
  const { tables } = section("Fields of every routed request");

  expectTable(
    tables,
    "field",
    Object.fromEntries(
      Object.entries(shapeOf(communication.hooks.send_message.request)).filter(([field]) => routed.includes(field)),
    ),
  );
});

test("recipients, members, contents, attachments, groups, items and events have the fields of their schemas", () => {
  const { tables } = section("Recipients, refs, content");
  const answers = section("Groups, items, events").tables;

  expectTable(tables, "recipient", objectIn(to));
  expectTable(tables, "member", objectIn(communication.hooks.add_member.request.shape.members, "who"));
  expectTable(tables, "content", objectIn(content, "text"));
  expectTable(tables, "attachment", objectIn(attachments));
  expectTable(answers, "group", shapeOf(group));
  expectTable(answers, "item", objectIn(group.shape.items));
  expectTable(answers, "event", objectIn(communication.hooks.handle_webhook.answer.shape.events));
});

test.each(specs)("%s: at least one plugin here is named, and those that are named implement it", (name) => {
  const named = [...section(name).text.matchAll(/\]\(\.\.\/plugins\/(\w+)\)/g)].map(([, plugin = ""]) => plugin);

  expect(named).not.toEqual([]);
  expect(named.filter((plugin) => !implementsHook(plugin, name))).toEqual([]);
});

function section(name: string) {
  return sections.find(({ heading }) => heading === name) ?? expect.fail(`docs/hooks.md has no section "## ${name}"`);
}

function expectTable(tables: readonly PageTable[], of: string, shape: Readonly<Record<string, z.ZodType>>): void {
  const rows = tables.find((table) => table.of === of)?.rows ?? expect.fail(`there is no table headed "${of}"`);
  const rowsByField = new Map(rows.map((row) => [row[of]?.replaceAll("`", ""), row]));
  expect([...rowsByField.keys()]).toEqual(Object.keys(shape));
  for (const [field, schema] of Object.entries(shape)) {
    const { default: stated, type = "", is = "" } = rowsByField.get(field) ?? {};
    expect(`${field}: ${stated}`).toBe(`${field}: ${defaultOf(schema)}`);
    for (const choice of choicesOf(schema)) expect(`${type} ${is}`, field).toContain(`\`${choice}\``);
  }
}

/** As the tables say it: `required`, `none`, or the value. */
function defaultOf(schema: z.ZodType): string {
  const { success, data } = schema.safeParse(undefined);
  if (!success) return "required";
  return data === undefined ? "none" : `\`${JSON.stringify(data)}\``;
}

function choicesOf(schema: z.ZodType): string[] {
  const { enum: choices = [] } = jsonSchemaOf(schema);
  return choices.map(String);
}

function fieldsOf(schema: z.ZodType): string[] {
  return Object.keys(shapeOf(schema));
}

function shapeOf(schema: z.ZodType): Record<string, z.ZodType> {
  if (!(schema instanceof z.ZodObject)) return expect.fail("a request or an answer is an object");
  return schema.shape;
}

/** The shape of the object that is somewhere inside a schema of lists, unions and optional things: the one that has `field`. */
function objectIn(schema: unknown, field?: string): Record<string, z.ZodType> {
  return search(schema) ?? expect.fail(`there is no object with ${field ?? "fields"} in the schema`);

  function search(inner: unknown): Record<string, z.ZodType> | undefined {
    if (inner instanceof z.ZodObject) return field === undefined || field in inner.shape ? inner.shape : undefined;
    if (inner instanceof z.ZodUnion) return first(inner.options);
    if (inner instanceof z.ZodArray) return search(inner.element);
    if (inner instanceof z.ZodPipe) return search(inner.in);
    if (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) return search(inner.unwrap());
    return undefined;
  }

  function first(options: readonly unknown[]): Record<string, z.ZodType> | undefined {
    for (const option of options) {
      const found = search(option);
      if (found) return found;
    }
    return undefined;
  }
}

function jsonSchemaOf(schema: z.ZodType): { enum?: unknown[] } {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

/** The manifest says it, and the plugin's own test compares that with its code. */
function implementsHook(plugin: string, hook: string): boolean {
  const file = new URL(`../../plugins/${plugin}/manifest.yml`, import.meta.url);
  return readManifest(readFileSync(file, "utf8"), plugin).manifest.capabilities?.includes(hook) ?? false;
}
