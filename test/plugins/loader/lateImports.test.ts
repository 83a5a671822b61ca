import { rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLoader, type Loader } from "../../../core/plugins/loader/createLoader.ts";
import { type PluginFolder, pluginFolder } from "./pluginFolder.ts";

const loaders = [await createLoader({ hostModules: {} }), await createLoader({ hostModules: {}, accelerator: false })];

describe.for(loaders)("$transformer", (loader) => {
  test("a literal late import gives the generation's own file, whatever is on the disk by then", async () => {
    const folder = await pluginFolder({
      "index.ts": `export const late = () => import("./late.ts"); export const required = () => import("./c.cjs");`,
      "late.ts": `import { deep } from "./deep.ts"; export const value = "old " + deep;`,
      "deep.ts": `export const deep = "old";`,
      "c.cjs": `module.exports = () => require("./d.cjs");`,
      "d.cjs": `module.exports = "old";`,
    });
    const old = await loadIndex(loader, folder);
    await folder.write("late.ts", `export const value = "new";`);
    await folder.write("deep.ts", `export const deep = "new";`);
    await folder.write("d.cjs", `module.exports = "new";`);
    await rm(join(folder.path, "c.cjs"));

    const value = await called(old.exports.late);
    const required = await called(old.exports.required);

    expect(value).toMatchObject({ value: "old old" });
    expect(required).toMatchObject({ default: expect.any(Function) });
    expect(await called(Reflect.get(Object(required), "default"))).toBe("old");
  });

  test("a late module is evaluated when it is asked for, once per generation", async () => {
    const folder = await pluginFolder({
      "index.ts": `export const seen: string[] = []; export const late = () => import("./late.ts");`,
      "late.ts": `import { seen } from "./index.ts"; seen.push("late");`,
    });
    const { exports } = await loadIndex(loader, folder);
    const before = [...Object(exports.seen)];

    const both = await Promise.all([called(exports.late), called(exports.late)]);

    expect([before, exports.seen]).toEqual([[], ["late"]]);
    expect(both[0]).toBe(both[1]);
  });

  test("a computed late import reads its file at first use, records it, and stays with it", async () => {
    const folder = await pluginFolder({
      "index.ts": `export const late = (name: string) => import(\`./lang/\${name}.ts\`);`,
      "lang/fr.ts": `export default "salut";`,
    });
    const { exports, files } = await loadIndex(loader, folder);
    const known = files.size;
    const first = await called(exports.late, "fr");
    await folder.write("lang/fr.ts", `export default "bonjour";`);

    const second = await called(exports.late, "fr");

    expect(second).toBe(first);
    expect([known, [...files.keys()].includes(join(folder.path, "lang/fr.ts"))]).toEqual([1, true]);
  });
});

function loadIndex(loader: Loader, { path }: PluginFolder) {
  return loader.load({ folder: path, entry: join(path, "index.ts") });
}

async function called(value: unknown, ...request: unknown[]): Promise<unknown> {
  if (typeof value !== "function") throw new TypeError("not a function");
  return value(...request);
}
