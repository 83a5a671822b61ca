import { expect, test } from "vitest";
import { errorTable } from "../../core/index.ts";
import { quiet } from "../../core/logEvents.ts";
import { createContext } from "../../core/plugins/context.ts";
import { createInstanceMemory } from "../../core/plugins/instanceMemory.ts";
import { manifestSchema } from "../../core/plugins/manifest.ts";
import { interfaceMembers } from "./interfaceMembers.ts";
import { pageSections } from "./pageTables.ts";

const sections = pageSections("docs/writing-a-plugin.md");

test("the table of the manifest has every key of the schema, and says which are required", () => {
  const { shape } = manifestSchema;

  const rows = rowsOf("The manifest", "key");

  expect(rows.map(({ key }) => key)).toEqual(Object.keys(shape));
  for (const { key = "", default: stated = "" } of rows) {
    const isRequired = !Object.entries(shape)
      .find(([name]) => name === key)?.[1]
      .isOptional();
    // A folder needs its entry point; the other two forms of a plugin have none.
    expect(stated, key).toMatch(isRequired || key === "entry_point" ? /^required/ : /^none$/);
  }
});

test("the table of the kit has every option of testPlugin", () => {
  const options = rowsOf("Testing", "option").map(({ option }) => option);

  expect(options.toSorted()).toEqual(interfaceMembers("core/testing/pluginTests.ts", "PluginTests").toSorted());
});

test("the table of the context has every member that a plugin gets", () => {
  const { context } = createContext({
    id: "one",
    settings: {},
    log: quiet,
    memory: createInstanceMemory(),
    emit: () => undefined,
  });

  const members = rowsOf("The context", "member").map(({ member }) => member);

  expect(members).toEqual(Object.keys(context).toSorted((a, b) => members.indexOf(a) - members.indexOf(b)));
});

test("the other tables have the fields of their interfaces", () => {
  const fields = (section: string) => rowsOf(section, "field").map(({ field }) => field);

  expect(fields("definePlugin")).toEqual(interfaceMembers("core/plugins/definePlugin.ts", "PluginDefinition"));
  expect(fields("http")).toEqual(interfaceMembers("core/plugins/http.ts", "HttpRequest"));
  expect(fields("Order and wrappers")).toEqual(interfaceMembers("core/hooks/implementation.ts", "Placement"));
});

test("what follows after an error is what its facts in the error table say", () => {
  for (const row of rowsOf("Errors", "the platform says")) {
    const code =
      Object.entries(errorTable).find(([name]) => row.throw?.startsWith(name)) ?? expect.fail(`there is no ${row.throw}`);
    const [, { failover, dispatched }] = code;
    expect(row.then, row.throw).toMatch(
      failover === true && dispatched === "no" ? /^the next instance is asked/ : /^nobody else is asked/,
    );
  }
});

function rowsOf(heading: string, of: string): Record<string, string>[] {
  const tables = sections.find((section) => section.heading === heading)?.tables;
  const rows = tables?.find((table) => table.of === of)?.rows ?? expect.fail(`"${heading}" has no table headed "${of}"`);
  return rows.map((row) => Object.fromEntries(Object.entries(row).map(([column, cell]) => [column, cell.replaceAll("`", "")])));
}
