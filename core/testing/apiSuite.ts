import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type ApiDocument, createApiCheck } from "./apiCheck.ts";
import { folderOf, type PluginSource } from "./openPlugin.ts";
import { type PluginTests, requestFor, type SuiteTest } from "./pluginTests.ts";

/** Every request that the calls of this suite make is checked against the vendor's own document. */
export function apiSuite(plugin: PluginSource, tests: PluginTests, api: NonNullable<PluginTests["api"]>, test: SuiteTest): void {
  const { document, base = "", exceptions = [] } = api;
  const file = document instanceof URL ? fileURLToPath(document) : resolve(folderOf(plugin) ?? ".", document);

  for (const hook of Object.keys(tests.calls ?? {})) {
    test(`${hook}: its requests are those that ${basename(file)} describes`, async (opened, { skip }) => {
      if (!existsSync(file)) {
        skip(`${file} is not here, so the requests of ${hook} are not compared with it`);
        return;
      }
      const check = await createApiCheck(JSON.parse(readFileSync(file, "utf8")) as ApiDocument, base);
      const open = await opened();

      await open.call(hook, requestFor(tests, hook));

      const problems = (await Promise.all(open.platform.requests.map(check))).flat();
      const isExcepted = (problem: string) => exceptions.some(({ where }) => problem.startsWith(where));
      assert.deepEqual(
        problems.filter((problem) => !isExcepted(problem)),
        [],
      );
    });
  }
}
