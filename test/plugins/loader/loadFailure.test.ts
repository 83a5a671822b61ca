import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { HooklineError } from "../../../core/errors.ts";
import { createLoader } from "../../../core/plugins/loader/createLoader.ts";
import { loadFailureOf } from "../../../core/plugins/loader/loadFailure.ts";
import { caught, failureOf } from "./failureOf.ts";
import { pluginFolder } from "./pluginFolder.ts";

const hostModules = { hookline: { definePlugin: (plugin: unknown) => plugin } };
const loaders = [await createLoader({ hostModules }), await createLoader({ hostModules, accelerator: false })];

describe.for(loaders)("$transformer", (loader) => {
  test("a file that does not parse: file, line and column, also behind letters that take two bytes", async () => {
    const error = await failureOf(loader, { "index.ts": `import "./b.ts";`, "b.ts": `// ü\nexport const é = "ü", b = ;` });

    expect(error).toMatchObject({
      place: "b.ts:2:27",
      said: "b.ts:2:27 does not parse: Unexpected token. Mend it and save.",
    });
    expect(error.cause).toBeInstanceOf(SyntaxError);
    expect(error.files).toEqual(["b.ts", "index.ts"]);
  });

  test("a JSON file that does not parse", async () => {
    const error = await failureOf(loader, { "index.ts": `import "./b.json";`, "b.json": `{\n  "a": 1,\n}` });

    expect(error).toMatchObject({ place: "b.json:3:1", said: expect.stringContaining("b.json:3:1 does not parse: ") });
  });

  test("a late module that does not parse fails the load, and not the call that comes to it", async () => {
    const error = await failureOf(loader, {
      "index.ts": `export const late = () => import("./late.ts");`,
      "late.ts": `\n\nexport {`,
    });

    expect(error.place).toMatch(/^late\.ts:3:9/);
  });

  test("a throw at top level: the line and column of the source, however the types before it were laid out", async () => {
    const error = await failureOf(loader, {
      "index.ts": `import { check } from "./check.ts";\ncheck();`,
      "check.ts": `import { readFileSync } from "node:fs";
import type { A } from "./gone.ts";

interface Options {
  a: A;
}

export enum Colour { Red, Green }

/** Doc. */
export function check(options?: Options): void {
  if (options !== undefined) return;
  const list = [
    1,
    (value: number): number => value,
  ];
  void [list, readFileSync]; throw new TypeError("boom");
}
`,
    });

    expect(error).toMatchObject({
      place: "check.ts:17:36",
      said: "check.ts:17:36 threw while it was loaded: TypeError: boom. Mend it and save.",
    });
    expect(error.cause).toBeInstanceOf(TypeError);
  });

  test("a throw after a top-level await, in CommonJS, and of something that is no error", async () => {
    const late = await failureOf(loader, { "index.ts": `import "./a.ts";`, "a.ts": `await null;\nthrow new Error("late");` });
    const commonJs = await failureOf(loader, {
      "index.ts": `import "./a.cjs";`,
      "a.cjs": `require("./b.cjs");`,
      "b.cjs": `\n  nope();`,
    });
    const text = await failureOf(loader, { "index.ts": `import "./a.ts";`, "a.ts": `throw "text";` });

    expect([late.place, commonJs.place, text.place]).toEqual(["a.ts:2:7", "b.cjs:2:3", "a.ts"]);
    expect(text.said).toBe("a.ts threw while it was loaded: text. Mend it and save.");
    expect(text.cause).toBe("text");
  });

  test("stacks of code that runs later name the lines of the source, also in the middle of long expressions", async () => {
    const { path } = await pluginFolder({
      "index.ts": `type Long = {
  a: string;
};
export function work(list: Long[]): string[] {
  return list
    .filter((one): one is Long => one !== undefined)
    .map((one) => {
      const { a } = one;
      return a.toUpperCase();
    })
    .concat(
      [1].map(() => {
        throw new Error("line 13");
      }),
    );
}
`,
    });
    const { exports } = await loader.load({ folder: path, entry: join(path, "index.ts") });

    const stack = await Promise.resolve()
      .then(() => (exports.work as (list: unknown[]) => unknown)([{ a: "x" }]))
      .catch((error: Error) => error.stack ?? "");

    const lines = [...String(stack).matchAll(/index\.ts:(\d+):/g)].map(([, line]) => Number(line));
    expect(lines.slice(0, 2)).toEqual([13, 12]);
  });

  test("a package that fails beside a module that throws is one error, and no unhandled rejection", async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    onTestFinished(() => void process.off("unhandledRejection", listen));

    const error = await failureOf(loader, {
      "index.ts": `import "broken-package"; import "./throws.ts";`,
      "throws.ts": `throw new Error("first");`,
      "node_modules/broken-package/package.json": `{ "exports": "./index.mjs" }`,
      "node_modules/broken-package/index.mjs": `throw new Error("broken");`,
    });
    await new Promise((done) => setImmediate(done));

    expect([error.place, unhandled]).toEqual(["throws.ts:1:7", []]);
  });

  test("a package that fails when it is loaded", async () => {
    const error = await failureOf(loader, {
      "index.ts": `import "broken-too";`,
      "node_modules/broken-too/package.json": `{ "exports": "./index.mjs" }`,
      "node_modules/broken-too/index.mjs": `throw new Error("broken.");`,
    });

    expect(error.said).toMatch(/^index\.ts imports file:.*, which failed: broken\. Mend that package, or the import\.$/);
    expect(error.cause).toMatchObject({ message: "broken." });
  });

  test("a file outside of the boundary is refused, by path and by link", async () => {
    const outer = await pluginFolder({
      "secret.ts": "export const s = 1;",
      "one/index.ts": `import { s } from "../secret.ts"; s;`,
    });
    const linked = await pluginFolder({ "index.ts": `import { s } from "./link.ts"; s;` });
    await symlink(join(outer.path, "secret.ts"), join(linked.path, "link.ts"));

    const byPath = await caught(loader.load({ folder: join(outer.path, "one"), entry: join(outer.path, "one/index.ts") }));
    const byLink = await caught(loader.load({ folder: linked.path, entry: join(linked.path, "index.ts") }));

    for (const error of [byPath, byLink])
      expect(error.message).toContain(`which is ${join(outer.path, "secret.ts")}, outside of `);
  });

  test("an entry that is not there, and a folder that is not", async () => {
    const { path } = await pluginFolder({});

    const entry = await caught(loader.load({ folder: path, entry: join(path, "index.ts") }));
    const folder = await caught(loader.load({ folder: join(path, "no"), entry: join(path, "no/index.ts") }));

    expect(entry.message).toContain(`${join(path, "index.ts")} was to be loaded, which is not there`);
    expect(loadFailureOf(entry)?.misses).toContain(join(path, "index.ts"));
    expect(loadFailureOf(folder)?.misses).toContain(join(path, "no"));
  });

  test("a late import that fails says so to the code that asked, which may go on without", async () => {
    const { path, write } = await pluginFolder({
      "index.ts": `export const optional = async () => { try { return await import("./extra.ts"); } catch (error) { return error.code; } };
        export const computed = (name: string) => import(name);`,
    });
    const { exports } = await loader.load({ folder: path, entry: join(path, "index.ts") });
    await write("broken.ts", "export {");

    const code = await (exports.optional as () => unknown)();
    const broken = await caught(Promise.resolve((exports.computed as (name: string) => unknown)("./broken.ts")));

    expect(code).toBe("ERR_MODULE_NOT_FOUND");
    expect(broken).toMatchObject({ code: "load_failed", message: expect.stringContaining("broken.ts:1:9 does not parse") });
  });
});

test("another error has no LoadFailure", () => {
  expect(loadFailureOf(new Error("x"))).toBeUndefined();
  expect(loadFailureOf(new HooklineError("load_failed", { reason: "no files" }))).toBeUndefined();
});
