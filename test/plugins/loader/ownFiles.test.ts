import { mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLoader, type Loader } from "../../../core/plugins/loader/createLoader.ts";
import { type PluginFolder, pluginFolder } from "./pluginFolder.ts";

const loaders = [await createLoader({ hostModules: {} }), await createLoader({ hostModules: {}, accelerator: false })];

describe.for(loaders)("$transformer", (loader) => {
  test("a folder that is reached through links is the same plugin, by real paths", async () => {
    const folder = await pluginFolder({
      "releases/7/index.ts": `export { v } from "./a.ts";`,
      "releases/7/a.ts": `export const v = 7;`,
    });
    await symlink("releases/7", join(folder.path, "current"));

    const { exports, files } = await loader.load({
      folder: join(folder.path, "current"),
      entry: join(folder.path, "current/index.ts"),
    });

    expect(exports.v).toBe(7);
    expect([...files.keys()]).toEqual(["index.ts", "a.ts"].map((name) => join(folder.path, "releases/7", name)));
  });

  test("files of a wider boundary belong to the generation, too", async () => {
    const folder = await pluginFolder({
      "one/index.ts": `export { v } from "../shared/v.ts";`,
      "shared/v.ts": `export const v = 1;`,
    });
    const load = () =>
      loader.load({ folder: join(folder.path, "one"), boundary: folder.path, entry: join(folder.path, "one/index.ts") });
    const before = await load();
    await folder.write("shared/v.ts", `export const v = 2;`);

    const after = await load();

    expect([before.exports.v, after.exports.v]).toEqual([1, 2]);
    expect([...after.files.keys()]).toContain(join(folder.path, "shared/v.ts"));
  });

  test("a package whose link leads into the boundary is fresh like any file there", async () => {
    const folder = await pluginFolder({
      "index.ts": `export { v } from "@acme/words";`,
      "words/index.ts": `export const v: number = 1;`,
      "words/package.json": `{ "name": "@acme/words", "exports": "./index.ts" }`,
    });
    await mkdir(join(folder.path, "node_modules/@acme"), { recursive: true });
    await symlink("../../words", join(folder.path, "node_modules/@acme/words"));
    const before = await loadIndex(loader, folder);
    await folder.write("words/index.ts", `export const v: number = 2;`);

    const after = await loadIndex(loader, folder);

    expect([before.exports.v, after.exports.v]).toEqual([1, 2]);
  });

  test("an alias of package.json is looked up anew, and its package.json belongs to the generation", async () => {
    const folder = await pluginFolder({
      "index.ts": `export { v } from "#v";`,
      "package.json": `{ "imports": { "#v": "./a.ts" } }`,
      "a.ts": "export const v = 1;",
      "b.ts": "export const v = 2;",
    });
    const before = await loadIndex(loader, folder);
    await folder.write("package.json", `{ "imports": { "#v": { "require": "./a.ts", "default": "./b.ts" } } }`);

    const after = await loadIndex(loader, folder);

    expect([before.exports.v, after.exports.v]).toEqual([1, 2]);
    expect([...after.files.keys()]).toContain(join(folder.path, "package.json"));
  });
});

function loadIndex(loader: Loader, { path }: PluginFolder) {
  return loader.load({ folder: path, entry: join(path, "index.ts") });
}
