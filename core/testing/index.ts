export { type OpenOptions, type OpenPlugin, openPlugin, type PluginSource } from "./openPlugin.ts";
export type { ApiException, OwnError, PluginTests, RegisterTest, TestContext } from "./pluginTests.ts";
export {
  type Fault,
  type Platform,
  type PlatformAnswer,
  type PlatformHandler,
  type PlatformRequest,
  type RunningPlatform,
  startPlatform,
} from "./startPlatform.ts";
export { testPlugin } from "./testPlugin.ts";
