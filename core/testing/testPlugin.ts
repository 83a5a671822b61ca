import { apiSuite } from "./apiSuite.ts";
import { checkTests } from "./checkTests.ts";
import { httpSuite } from "./httpSuite.ts";
import { lifecycleSuite } from "./lifecycleSuite.ts";
import type { PluginSource } from "./openPlugin.ts";
import { packageSuite } from "./packageSuite.ts";
import { type PluginTests, suiteTest } from "./pluginTests.ts";
import { webhookSuite } from "./webhookSuite.ts";

/**
 * Registers the tests that every plugin has to pass, on any runner that has `test` (vitest, node:test). `plugin` is its folder
 * (`import.meta.dirname`) or what `definePlugin` made. With a `platform` every request of `calls` is tried against a double of it
 * that refuses, limits, hangs, resets and lies.
 */
export function testPlugin(plugin: PluginSource, tests: PluginTests): void {
  checkTests(tests);
  const test = suiteTest(plugin, tests);
  packageSuite(plugin, tests, test);
  lifecycleSuite(plugin, tests, test);
  webhookSuite(tests, test);
  if (!tests.platform) return;
  httpSuite(plugin, tests, test);
  if (tests.api) apiSuite(plugin, tests, tests.api, test);
}
