import { expect, test } from "vitest";
import { floorViolations, pluginEscapes, sharedImporters } from "./floors.ts";
import { importsOf } from "./importsOf.ts";
import { treeFiles } from "./treeFiles.ts";

const core = treeFiles("core", [".ts"]);
const plugins = treeFiles("plugins", [".ts"]).filter(({ path }) => !/\.test\.ts$|\/test\//.test(path));

test("imports in core go down the floors only", () => {
  expect(core.length).toBeGreaterThan(50);
  expect(floorViolations(core)).toEqual([]);
});

test("one third-party package has one importing file in core", () => {
  expect(sharedImporters(core)).toEqual([]);
});

test("a plugin imports nothing outside of its folder", () => {
  expect(pluginEscapes(plugins)).toEqual([]);
});

test("the guard sees an import that goes up, sideways, or nowhere", () => {
  const broken = [
    { path: "core/errors.ts", text: 'import type { Host } from "./hostTypes.ts";' },
    { path: "core/hooks/plan.ts", text: 'export { readConfig } from "../config/readConfig.ts";' },
    { path: "core/gateway/callRoute.ts", text: 'const watch = await import("../lifecycle/watcher.ts");' },
    { path: "core/contract/refs.ts", text: 'import {\n  a,\n  type B,\n} from "../events.ts";' },
    { path: "core/host.ts", text: 'import { test } from "../test/x.ts";\nimport "./cli/main.ts";' },
    { path: "core/extra.ts", text: "" },
  ];

  const violations = floorViolations(broken);

  expect(violations).toEqual([
    "core/errors.ts (floor 0) imports core/hostTypes.ts (floor 5)",
    "core/hooks/plan.ts (floor 2) imports core/config/readConfig.ts (floor 2)",
    "core/gateway/callRoute.ts (floor 4) imports core/lifecycle/watcher.ts (floor 4)",
    "core/contract/refs.ts (floor 1) imports core/events.ts (floor 1)",
    "core/host.ts imports test/x.ts, which stands on no floor",
    "core/host.ts (floor 5) imports core/cli/main.ts (floor 6)",
    "core/extra.ts stands on no floor: name it in test/guards/floors.ts",
  ]);
});

test("the guard sees a second importer of a package, by types and by subpath too", () => {
  const broken = [
    { path: "core/a.ts", text: 'import { z } from "zod";\nimport { readFile } from "node:fs/promises";' },
    { path: "core/b.ts", text: 'import type { ZodType } from "zod/v4";\nimport { hook } from "hookline";' },
    { path: "plugins/x/index.ts", text: 'import { z } from "zod";\nimport { y } from "../y/index.ts";' },
  ];

  const shared = sharedImporters(broken.slice(0, 2));
  const escapes = pluginEscapes(broken.slice(2));

  expect(shared).toEqual(["zod has 2 importers: core/a.ts, core/b.ts"]);
  expect(escapes).toEqual(["plugins/x/index.ts imports plugins/y/index.ts, which lies outside of its folder"]);
});

test("code in a comment is no import", () => {
  expect(importsOf('// import "a"\n/** like import("b") */\nconst text = `\n  import "c" from "d"`;')).toEqual([]);
});
