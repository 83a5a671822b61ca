import { type ErrorCode, type ErrorFacts, HooklineError, type WebhookRequest } from "../index.ts";
import { type OpenOptions, type OpenPlugin, openPlugin, type PluginSource } from "./openPlugin.ts";
import type { PlatformAnswer, PlatformHandler, RunningPlatform } from "./startPlatform.ts";

/** How a runner registers a test; vitest's `test` and that of node:test both fit. */
export type RegisterTest = (name: string, run: (context: TestContext) => Promise<void>) => unknown;

/** What a runner passes to a test. */
export interface TestContext {
  skip(reason?: string): unknown;
}

/** A test of a suite: what it opens is closed with it. */
export type SuiteTest = (
  name: string,
  run: (opened: (more?: OpenOptions) => Promise<OpenPlugin>, context: TestContext) => Promise<void>,
) => void;

/** What `testPlugin` has to know of a plugin. */
export interface PluginTests {
  test: RegisterTest;
  /** The fullest settings, pointing at the double. */
  config?: Readonly<Record<string, unknown>> | ((url: string) => Readonly<Record<string, unknown>>);
  /** Makes the double of the platform, a fresh one for each test. Without it nothing is asked over HTTP. */
  platform?: () => PlatformHandler | RunningPlatform | Promise<PlatformHandler | RunningPlatform>;
  /** One valid request for each routed hook, without the channel. Whatever it names, the double knows. */
  calls?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /**
   * Where this platform differs from the common table: hook (or `*`) → name of the fault → the code, or `ok`. The names: `401`, `403`,
   * `404`, `409`, `429 with seconds`, `429 with a date`, `rate limit`, `html`, `garbage`, `reset`; of `handle_webhook`, where `ok`
   * leaves the test out: `no headers`, `changed body`, `changed signature`.
   */
  expects?: Readonly<Record<string, Readonly<Record<string, ErrorCode | "ok">>>>;
  /** The platform's own errors: what it answers, and what that has to become. */
  errors?: readonly OwnError[];
  /** How the platform itself says "too many", besides a 429 with Retry-After. */
  rateLimit?: { answer: PlatformAnswer; retry_after_ms: number };
  /** A rightly signed inbound request, for a plugin with `handle_webhook`. */
  webhook?: () => WebhookRequest | Promise<WebhookRequest>;
  /** The vendor's OpenAPI (or Swagger 2) document as a file: every request of the suite is checked against it. */
  api?: { document: string | URL; base?: string; exceptions?: readonly ApiException[] };
}

/** One error of a platform, told as a test. */
export interface OwnError {
  name: string;
  hook: string;
  /** Another request than the one in `calls`. */
  request?: Readonly<Record<string, unknown>>;
  answer: PlatformAnswer;
  code: ErrorCode;
  facts?: Partial<ErrorFacts> & { retry_after_ms?: number };
}

/** Something in which the document and the platform differ. `where` is the beginning of the sentence that it silences. */
export interface ApiException {
  where: string;
  reason: string;
}

/** What of a failed call counts here: the error of the outcome, or of its first failed item. */
export type CallError = Partial<ErrorFacts> & { code: string; message: string; retry_after_ms?: number };

/** Registers tests that open the plugin, and close it whatever becomes of them. */
export function suiteTest(plugin: PluginSource, tests: PluginTests): SuiteTest {
  return (name, run) =>
    tests.test(name, async (context) => {
      const open: OpenPlugin[] = [];
      try {
        await run(async (more) => {
          const one = await openFor(plugin, tests, more);
          open.push(one);
          return one;
        }, context);
      } finally {
        for (const one of open) await one.close();
      }
    });
}

/** Opens the plugin over a fresh double, as every test of the suite does. */
export async function openFor(
  plugin: PluginSource,
  { config, platform }: PluginTests,
  more: OpenOptions = {},
): Promise<OpenPlugin> {
  const double = platform && !more.platform ? { platform: await platform() } : {};
  return openPlugin(plugin, { ...(config && { config }), ...double, ...more });
}

/** What an outcome says that went wrong; undefined when all went well. */
export function errorOf(outcome: Awaited<ReturnType<OpenPlugin["call"]>>): CallError | undefined {
  return outcome.error ?? outcome.items?.find(({ status }) => status === "failed")?.error;
}

/** The request of `calls` for a hook. Throws when there is none. */
export function requestFor(tests: PluginTests, hook: string): Readonly<Record<string, unknown>> {
  const request = tests.calls?.[hook];
  if (request) return request;
  throw new HooklineError("invalid_request", { reason: `testPlugin() needs a request for ${hook} in "calls"` });
}
