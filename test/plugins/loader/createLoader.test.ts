import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLoader, type Loader } from "../../../core/plugins/loader/createLoader.ts";
import { type PluginFolder, pluginFolder } from "./pluginFolder.ts";

const host = { definePlugin: (plugin: unknown) => plugin };
const hostModules = { hookline: host, "hookline/testing": { kit: true } };
const loaders = [await createLoader({ hostModules }), await createLoader({ hostModules, accelerator: false })];

describe.for(loaders)("$transformer", (loader) => {
  test.for(["ts", "mts", "cts", "js", "mjs", "cjs", "json"])("a helper.%s is fresh on every load", async (ending) => {
    const folder = await pluginFolder({ "index.ts": `import value from "./helper.${ending}"; export { value };` });
    await folder.write(`helper.${ending}`, sourceFor(ending, 1));
    const before = await loadIndex(loader, folder);
    await folder.write(`helper.${ending}`, sourceFor(ending, 2));

    const after = await loadIndex(loader, folder);

    expect([before.exports.value, after.exports.value]).toEqual([1, 2]);
  });

  test.for(["ts", "mts", "cts", "js", "mjs", "cjs"])("an entry index.%s is fresh on every load", async (ending) => {
    const folder = await pluginFolder({});
    const entry = await folder.write(`index.${ending}`, sourceFor(ending, 1));
    const before = await loader.load({ folder: folder.path, entry });
    await folder.write(`index.${ending}`, sourceFor(ending, 2));

    const after = await loader.load({ folder: folder.path, entry });

    expect([before.exports.default, after.exports.default]).toEqual([1, 2]);
  });

  test("what CommonJS requires is fresh, also through createRequire of a module", async () => {
    const folder = await pluginFolder({
      "index.ts": `import { createRequire } from "node:module"; import a from "./a.cjs"; export const value = [a, createRequire(import.meta.url)("./deep.json")];`,
      "a.cjs": `module.exports = require("./b");`,
      "b.cjs": `module.exports = require("./deep.json");`,
      "deep.json": "1",
    });
    const before = await loadIndex(loader, folder);
    await folder.write("deep.json", "2");

    const after = await loadIndex(loader, folder);

    expect([before.exports.value, after.exports.value]).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test("unchanged files are evaluated anew from code that is compiled already", async () => {
    const folder = await pluginFolder({
      "index.ts": `import { made } from "./a.ts"; import { one } from "./b.ts"; export { made, one };`,
      "a.ts": `export const made: object = {};`,
      "b.ts": `export const one: number = 1;`,
    });
    const first = await loadIndex(loader, folder);
    await folder.write("b.ts", "export const one: number = 11;");

    const second = await loadIndex(loader, folder);

    expect([first.transformed, first.cached, second.transformed, second.cached]).toEqual([3, 0, 1, 2]);
    expect(second.exports.one).toBe(11);
    expect(second.exports.made).not.toBe(first.exports.made);
  });

  test("a change that is taken back needs no compiling", async () => {
    const folder = await pluginFolder({ "index.ts": "export default 1;" });
    await loadIndex(loader, folder);
    await folder.write("index.ts", "export default 2;");
    await loadIndex(loader, folder);
    await folder.write("index.ts", "export default 1;");

    const back = await loadIndex(loader, folder);

    expect([back.exports.default, back.transformed]).toEqual([1, 0]);
  });

  test("hookline is the host's own object, in every generation and every module format", async () => {
    const folder = await pluginFolder({
      "index.ts": `import * as all from "hookline"; import { definePlugin } from "hookline"; import { kit } from "hookline/testing"; import fromCommonJs from "./c.cjs";
        export default [all, definePlugin, kit, fromCommonJs, await import("hookline")];`,
      "c.cjs": `module.exports = require("hookline");`,
    });

    const loads = [await loadIndex(loader, folder), await loadIndex(loader, folder)];

    const [all, define, kit, fromCommonJs] = Array.isArray(loads[0]?.exports.default) ? loads[0].exports.default : [];
    expect([all, define, kit, fromCommonJs]).toEqual([host, host.definePlugin, true, host]);
    expect(all).toBe(host);
    expect(fromCommonJs).toBe(host);
    expect(loads[1]?.exports.default).toEqual(loads[0]?.exports.default);
  });

  test("packages are Node's: one instance for all generations, with the conditions of an import", async () => {
    const folder = await pluginFolder({
      "index.ts": `import made, { kind } from "some-package"; import { join } from "node:path"; import { readFileSync } from "fs"; import data from "some-package/data.json" with { type: "json" };
        export default [made, kind, typeof join, typeof readFileSync, data];`,
      "node_modules/some-package/package.json": `{ "exports": { ".": { "import": "./i.mjs", "require": "./r.cjs" }, "./data.json": "./data.json" } }`,
      "node_modules/some-package/i.mjs": `export default {}; export const kind = "import";`,
      "node_modules/some-package/r.cjs": `exports.kind = "require";`,
      "node_modules/some-package/data.json": `[1]`,
    });

    const loads = [await loadIndex(loader, folder), await loadIndex(loader, folder)];

    const [first, second] = loads.map(({ exports }) => (Array.isArray(exports.default) ? exports.default : []));
    expect(first).toEqual([{}, "import", "function", "function", [1]]);
    expect(second?.[0]).toBe(first?.[0]);
    expect([...(loads[0]?.files.keys() ?? [])]).toEqual([join(folder.path, "index.ts")]);
  });

  test("a generation knows its files with the hashes of what was evaluated, and what it looked for in vain", async () => {
    const folder = await pluginFolder({
      "index.ts": `import "./a"; import "./b.js"; import "./lib"; import("./late.ts"); import("./none.ts").catch(() => {});`,
      "a.mts": "export {};",
      "b.ts": "export {};",
      "lib/index.js": "export {};",
      "late.ts": `import "./later.ts";`,
      "later.ts": "export {};",
    });

    const { files, misses } = await loadIndex(loader, folder);

    const names = (paths: Iterable<string>) => [...paths].map((path) => path.slice(folder.path.length + 1)).sort();
    expect(names(files.keys())).toEqual(["a.mts", "b.ts", "index.ts", "late.ts", "later.ts", "lib/index.js"]);
    expect(files.get(join(folder.path, "a.mts"))).toBe(createHash("sha1").update("export {};").digest("hex"));
    expect(names(misses)).toEqual(
      ["a.ts", "b.js", "lib.cjs", "lib.cts", "lib.js", "lib.json", "lib.mjs", "lib.mts", "lib.ts"]
        .concat("lib/index.cts", "lib/index.mts", "lib/index.ts", "none.ts")
        .sort(),
    );
  });

  test("two generations at a time do not mix", async () => {
    const folder = await pluginFolder({
      "index.ts": `import { v } from "./v.ts"; await new Promise((done) => setImmediate(done)); import { w } from "./w.ts"; export const both = [v, w];`,
      "v.ts": `export const v = 1;`,
      "w.ts": `export const w = 1;`,
    });
    const first = loadIndex(loader, folder);
    await folder.write("v.ts", `export const v = 2;`);
    await folder.write("w.ts", `export const w = 2;`);

    const loads = await Promise.all([first, loadIndex(loader, folder)]);

    expect(loads.map(({ exports }) => exports.both)).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  test("after clear() everything is compiled again", async () => {
    const folder = await pluginFolder({ "index.ts": "export default 1;" });
    await loadIndex(loader, folder);
    loader.clear();

    const { transformed } = await loadIndex(loader, folder);

    expect(transformed).toBe(1);
  });
});

test("warming up leaves nothing behind", async () => {
  const loader = await createLoader({ hostModules });
  const folder = await pluginFolder({ "index.ts": "export default 1;" });

  await loader.warmUp();

  expect((await loadIndex(loader, folder)).transformed).toBe(1);
});

function loadIndex(loader: Loader, { path }: PluginFolder) {
  return loader.load({ folder: path, entry: join(path, "index.ts") });
}

function sourceFor(ending: string, value: number): string {
  if (ending === "json") return String(value);
  const typed = ending.endsWith("ts") ? " as number" : "";
  return ending.startsWith("c") ? `module.exports = ${value}${typed};` : `export default ${value}${typed};`;
}
