import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { HooklineError } from "../../../core/errors.ts";
import { createLoader, type Loader } from "../../../core/plugins/loader/createLoader.ts";
import { loadFailureOf } from "../../../core/plugins/loader/loadFailure.ts";
import { pluginFolder } from "./pluginFolder.ts";

const hostModules = { hookline: { definePlugin: (plugin: unknown) => plugin } };
const loaders = [await createLoader({ hostModules }), await createLoader({ hostModules, accelerator: false })];

describe.for(loaders)("$transformer", (loader) => {
  test("a file that does not parse: file, line and column, also behind letters that take two bytes", async () => {
    const error = await failureOf(loader, { "index.ts": `import "./b.ts";`, "b.ts": `// ü\nexport const é = "ü", b = ;` });

    expect(error).toMatchObject({
      place: "b.ts:2:27",
      said: "b.ts:2:27 does not parse: Unexpected token. Mend it; the old code runs on until then.",
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

  test("a file that is not there: who imports it, where, and what was looked for", async () => {
    const error = await failureOf(loader, {
      "index.ts": `// "./helper"\nimport { x } from "./helper";\nimport "./other.ts";\nx();`,
      "other.ts": `import "./gone.js";`,
    });

    expect(error.said).toBe(
      'index.ts:2:19 imports "./helper", which is not there (looked for helper and its usual endings). Create it, or mend the import.',
    );
    expect(error.cause).toMatchObject({ code: "ERR_MODULE_NOT_FOUND" });
    expect(error.files).toEqual(["index.ts", "other.ts"]);
    expect(error.misses).toEqual(expect.arrayContaining(["helper.ts", "helper.json", "helper/index.ts", "gone.js", "gone.ts"]));
  });

  test("once the missing file is there the next load succeeds", async () => {
    const folder = await pluginFolder({ "index.ts": `export { x } from "./helper";` });
    const load = () => loader.load({ folder: folder.path, entry: join(folder.path, "index.ts") });
    const misses = await load().catch((error: unknown) => loadFailureOf(error)?.misses);
    const created = await folder.write("helper.mts", `export const x = 1;`);

    const { exports } = await load();

    expect(exports.x).toBe(1);
    expect(misses).toContain(created);
  });

  test("a package that is not installed", async () => {
    const error = await failureOf(loader, { "index.ts": `import x from "@no/such-package/deep";\nx();` });

    expect(error.said).toContain(
      'index.ts:1:15 imports "@no/such-package/deep", which is no package that can be found from there. Run "npm install @no/such-package" in ',
    );
    expect(error.misses).toEqual(["node_modules/@no/such-package"]);
  });

  test("our own packages are not lent to plugins", async () => {
    const error = await failureOf(loader, { "index.ts": `import { createHooks } from "hookable";\ncreateHooks();` });

    expect(error.said).toContain("is no package that can be found from there");
  });

  test("a part of hookline that the host does not give", async () => {
    const error = await failureOf(loader, { "index.ts": `import { x } from "hookline/nope";\nx();` });

    expect(error.said).toBe('index.ts:1:19 imports "hookline/nope", which the host does not give; it gives hookline.');
  });

  test("a name that the other module does not export, before any module has run", async () => {
    const error = await failureOf(loader, {
      "index.ts": `import "./first.ts"; import { sendMesage } from "./api.ts";\nsendMesage();`,
      "first.ts": `throw new Error("was run");`,
      "api.ts": `export const sendMessage = () => 1;`,
    });

    expect(error.said).toContain(
      'index.ts:1:49 imports "sendMesage" from "./api.ts", which does not export it. Did you mean "sendMessage"?',
    );
  });

  test.for([
    ["the host's module", `import { definePlugn } from "hookline"; definePlugn();`, "definePlugin"],
    ["a built-in module", `import { raedFile } from "node:fs"; raedFile();`, "readFile"],
    ["CommonJS", `import { nam } from "./c.cjs"; nam();`, "name"],
    ["what a module passes on of CommonJS", `import { nam } from "./star.ts"; nam();`, "name"],
  ])("a name that %s does not export", async ([, code = "", meant]) => {
    const error = await failureOf(loader, {
      "index.ts": code,
      "c.cjs": `exports.name = 1;`,
      "star.ts": `export * from "./c.cjs";`,
    });

    expect(error.said).toContain(`does not export it. Did you mean "${meant}"?`);
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
      said: "check.ts:17:36 threw while it was loaded: TypeError: boom. Mend it; the old code runs on until then.",
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
    expect(text.said).toBe("a.ts threw while it was loaded: text. Mend it; the old code runs on until then.");
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

/** Loads index.ts of these files, and gives the error with the folder's path left out. */
async function failureOf(loader: Loader, files: Record<string, string>) {
  const { path } = await pluginFolder(files);
  const error = await caught(loader.load({ folder: path, entry: join(path, "index.ts") }));
  const failure = loadFailureOf(error);
  const names = (paths: Iterable<string> = []) => [...paths].map((one) => one.replace(`${path}/`, "")).sort();
  const place = [failure?.file, failure?.line, failure?.column].filter((part) => part !== undefined).join(":");
  return {
    place: place.replace(`${path}/`, ""),
    said: error.message.replaceAll(`${path}/`, "").replace(" See docs/errors.md#load_failed", ""),
    cause: error.cause,
    files: names(failure?.files.keys()),
    misses: names(failure?.misses),
  };
}

async function caught(promise: Promise<unknown>): Promise<HooklineError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!HooklineError.is(error)) throw new Error(`expected a HooklineError, got ${String(error)}`);
  return error;
}
