import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createLoader } from "../../../core/plugins/loader/createLoader.ts";
import { loadFailureOf } from "../../../core/plugins/loader/loadFailure.ts";
import { failureOf } from "./failureOf.ts";
import { pluginFolder } from "./pluginFolder.ts";

const hostModules = { hookline: { definePlugin: (plugin: unknown) => plugin } };
const loaders = [await createLoader({ hostModules }), await createLoader({ hostModules, accelerator: false })];

describe.for(loaders)("$transformer", (loader) => {
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
});
