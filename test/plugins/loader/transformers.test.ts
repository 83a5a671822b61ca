import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { createLoader } from "../../../core/plugins/loader/createLoader.ts";
import { pluginFolder } from "./pluginFolder.ts";
import { type Fixture, moduleFixtures, typeScriptFixtures } from "./syntaxFixtures.ts";

const oxc = await createLoader({ hostModules: {} });
const babel = await createLoader({ hostModules: {}, accelerator: false });

test("the accelerator is there, and can be left alone", () => {
  expect([oxc.transformer, babel.transformer]).toEqual(["oxc", "babel"]);
});

test.for(Object.entries(moduleFixtures))("oxc, Babel and Node agree: %s", async ([, fixture]) => {
  const { path, entry } = await folderOf(fixture);

  const results = [await resultOf(oxc, path, entry), await resultOf(babel, path, entry)];

  const expected = await resultOfNode(entry);
  expect(results).toEqual([expected, expected]);
});

test.for(Object.entries(typeScriptFixtures))("oxc and Babel agree: %s", async ([, fixture]) => {
  const { path, entry } = await folderOf(fixture);

  const result = await resultOf(oxc, path, entry);

  expect(result).toBeDefined();
  expect(result).toEqual(await resultOf(babel, path, entry));
  expect(result).toMatchSnapshot();
});

async function folderOf(fixture: Fixture) {
  const { path } = await pluginFolder(fixture);
  return { path, entry: join(path, Object.keys(fixture)[0] ?? "") };
}

async function resultOf(loader: typeof oxc, folder: string, entry: string): Promise<unknown> {
  const { exports } = await loader.load({ folder, entry });
  return JSON.parse(JSON.stringify(exports.result));
}

/** In a process of its own: here, `import()` is the test runner's. */
async function resultOfNode(entry: string): Promise<unknown> {
  const script = `import(${JSON.stringify(entry)}).then((all) => console.log(JSON.stringify(all.result)))`;
  const { stdout } = await promisify(execFile)(process.execPath, ["--no-warnings", "--input-type=module", "-e", script]);
  return JSON.parse(stdout);
}
