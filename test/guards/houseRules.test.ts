import { expect, test } from "vitest";
import { machinePaths, newerThanNode22, tooLong, untyped } from "./houseRules.ts";
import { treeFiles } from "./treeFiles.ts";

test("no file of core or of a plugin is longer than 250 lines", () => {
  const files = [...treeFiles("core", [".ts", ".mjs"]), ...treeFiles("plugins", [".ts"])];

  expect(tooLong(files.filter(({ path }) => !path.endsWith(".test.ts")))).toEqual([]);
});

test("no code switches the types off with any", () => {
  const files = ["core", "plugins", "examples", "config"].flatMap((folder) => treeFiles(folder, [".ts"]));
  // A platform's answer is what it is: plugins read `answer.json.id`, and the contract checks what they make of it.
  const edges = ["core/plugins/http.ts", "core/testing/startPlatform.ts"];

  expect(untyped(files.filter(({ path }) => !edges.includes(path)))).toEqual([]);
});

test("code that Node runs as it stands is understood by Node 22", () => {
  const files = ["core", "examples", "config"].flatMap((folder) => treeFiles(folder, [".ts"]));

  expect(newerThanNode22(files)).toEqual([]);
});

test("no file names a place of one machine, or a package registry", () => {
  expect(machinePaths(treeFiles())).toEqual([]);
});

test("the guards see what they are for", () => {
  const file = (text: string) => [{ path: "core/x.ts", text }];

  expect(tooLong(file("a\n".repeat(251)))).toHaveLength(1);
  expect(tooLong(file("a\n".repeat(250)))).toEqual([]);
  for (const line of [
    "let a: any;",
    "b as any",
    "f<any>()",
    "c: Record<string, any>",
    "d: any[]",
    "e: string | any = 1",
    "// @ts-ignore",
  ]) {
    expect(untyped(file(line)), line).toHaveLength(1);
  }
  for (const line of [
    "// any of them",
    'say("in any case")',
    "const anyone = 1;",
    "/** for any plugin */",
    "const { any, one } = all;",
    "!any || any.some(is)",
  ]) {
    expect(untyped(file(line)), line).toEqual([]);
  }
  for (const line of [
    `${"/wor"}${"k/main"}`,
    `https://${"registry"}.example.org/x`,
    `"${"resolved"}": "https://example.org/x.tgz"`,
  ]) {
    expect(machinePaths(file(line)), line).toHaveLength(1);
  }
});
