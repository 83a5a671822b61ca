import { join } from "node:path";
import { expect, test } from "vitest";
import { createLoader } from "../../../core/plugins/loader/createLoader.ts";
import { pluginFolder } from "./pluginFolder.ts";

test("what was compiled ahead is compiled when it is loaded", async () => {
  const loader = await createLoader({ hostModules: {} });
  const folder = await pluginFolder({
    "index.ts": 'export { one } from "./a.ts";',
    "a.ts": "\uFEFFexport const one: number = 1;",
  });
  for (const name of ["index.ts", "a.ts"]) loader.compileAhead(join(folder.path, name));

  const loaded = await loader.load({ folder: folder.path, entry: join(folder.path, "index.ts") });

  expect(loaded.exports.one).toBe(1);
  expect(loaded).toMatchObject({ transformed: 0, cached: 2 });
});

test("what is gone, empty or broken when it should be compiled ahead is left to the load", async () => {
  const loader = await createLoader({ hostModules: {} });
  const folder = await pluginFolder({ "index.ts": "export const one: = {{{" });
  loader.compileAhead(join(folder.path, "index.ts"));
  loader.compileAhead(join(folder.path, "gone.ts"));
  await folder.write("index.ts", "");
  loader.compileAhead(join(folder.path, "index.ts"));
  await folder.write("index.ts", "export const one: number = 1;");

  const loaded = await loader.load({ folder: folder.path, entry: join(folder.path, "index.ts") });

  expect(loaded.exports.one).toBe(1);
});
