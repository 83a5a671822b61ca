import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { communication } from "../index.ts";
import { folderOf, manifestOf, type PluginSource } from "./openPlugin.ts";
import type { PluginTests, SuiteTest } from "./pluginTests.ts";

/** What a plugin says of itself has to be true: manifest, README and package.json against the code. */
export function packageSuite(plugin: PluginSource, tests: PluginTests, test: SuiteTest): void {
  const { calls = {} } = tests;
  const folder = folderOf(plugin);

  test("its manifest has no mistakes", async () => {
    assert.deepEqual(manifestOf(plugin).warnings, []);
  });

  test("its capabilities are the hooks that its code has, and each is called in this suite", async (opened) => {
    const open = await opened();
    const { capabilities = [] } = manifestOf(plugin).manifest;

    const { hooks } = open.host.instance(open.id);

    const named = capabilities.filter((word) => Object.hasOwn(communication.hooks, word));
    const inCode = [...hooks, ...hiddenHooks(open.logs)];
    // Without such a list they are derived.
    if (named.length > 0)
      assert.deepEqual(
        named.toSorted(),
        inCode.toSorted(),
        "capabilities in the manifest (first) and hooks in the code (second) differ",
      );
    const routed = hooks.filter((hook) => Reflect.get(communication.hooks, hook)?.mode === "route");
    if (tests.platform)
      assert.deepEqual(Object.keys(calls).toSorted(), routed.toSorted(), '"calls" needs a request for each of them');
    if (hooks.includes("handle_webhook"))
      assert.ok(tests.webhook, '"webhook" must make a signed request: the plugin has handle_webhook');
  });

  test("the settings of this suite are right for validate_config, and health_check is well", async (opened) => {
    const open = await opened();
    const { hooks } = open.host.instance(open.id);

    const config = hooks.includes("validate_config") ? await open.ask("validate_config") : { ok: true };
    const health = hooks.includes("health_check") ? await open.ask("health_check") : { healthy: true };

    assert.deepEqual(
      [config.ok, health.healthy],
      [true, true],
      `the settings of this suite are refused: ${JSON.stringify({ config, health })}`,
    );
  });

  if (folder === undefined || !existsSync(join(folder, "package.json"))) return;
  test("its README names every hook and every setting, and its package the same version", async () => {
    const { manifest } = manifestOf(plugin);
    const readme = readFileSync(join(folder, "README.md"), "utf8");
    const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const { capabilities = [], required_config = [], optional_config = {}, config_schema } = manifest;
    const settings = [...required_config, ...Object.keys(optional_config), ...Object.keys(config_schema?.properties ?? {})];

    for (const key of ["description", "license"] as const) assert.ok(manifest[key], `the manifest of a package needs a ${key}`);
    const missing = [...new Set([...capabilities, ...settings])].filter((word) => !readme.includes(`\`${word}\``));

    assert.deepEqual(missing, [], "README.md does not name these in backticks");
    assert.equal(version, manifest.version, "package.json has another version than the manifest");
  });
}

/** The hooks of the code that the manifest's capabilities leave out, as the host has said. */
function hiddenHooks(logs: readonly string[]): string[] {
  return logs.flatMap((line): string[] => JSON.parse(line).hidden ?? []);
}
