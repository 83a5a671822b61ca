import assert from "node:assert/strict";
import { inspect } from "node:util";
import { secretValues } from "../plugins/secretFields.ts";
import { createManualClock } from "./manualClock.ts";
import { manifestOf, type OpenPlugin, type PluginSource } from "./openPlugin.ts";
import { type CallError, errorOf, openFor, type PluginTests, requestFor, type SuiteTest } from "./pluginTests.ts";
import { secretsIn } from "./secretsIn.ts";
import { soon } from "./soon.ts";
import { type Fault, startPlatform } from "./startPlatform.ts";

interface Row {
  name: string;
  fault: Fault;
  code: string;
  facts?: Partial<CallError>;
}

const common: readonly Row[] = [
  { name: "401", fault: { status: 401, json: {} }, code: "auth" },
  { name: "403", fault: { status: 403, json: {} }, code: "permission" },
  { name: "404", fault: { status: 404, json: {} }, code: "not_found" },
  { name: "409", fault: { status: 409, json: {} }, code: "conflict" },
  {
    name: "429 with seconds",
    fault: { status: 429, headers: { "retry-after": "7" }, json: {} },
    code: "rate_limited",
    facts: { retry_after_ms: 7_000, dispatched: "no" },
  },
  { name: "html", fault: "html", code: "unavailable", facts: { dispatched: "maybe" } },
  { name: "garbage", fault: "garbage", code: "unavailable", facts: { dispatched: "maybe" } },
  { name: "reset", fault: "reset", code: "unavailable", facts: { dispatched: "maybe" } },
];

/** The words for what goes wrong here, as `expects` names them. */
export const httpFaults: readonly string[] = [...common.map(({ name }) => name), "429 with a date", "rate limit"];

/** What every plugin that speaks HTTP has to do when its platform does not play along. */
export function httpSuite(plugin: PluginSource, tests: PluginTests, test: SuiteTest): void {
  const { calls = {}, rateLimit, errors = [], expects = {} } = tests;
  const counts = new Map<string, Promise<number>>();
  const requestsOf = (hook: string): Promise<number> => {
    const counted = counts.get(hook) ?? countRequests(plugin, tests, hook);
    counts.set(hook, counted);
    return counted;
  };
  const expected = (hook: string, { name, code }: Row) => expects[hook]?.[name] ?? expects["*"]?.[name] ?? code;

  for (const hook of Object.keys(calls)) {
    const own = rateLimit && {
      name: "rate limit",
      fault: rateLimit.answer,
      code: "rate_limited",
      facts: { retry_after_ms: rateLimit.retry_after_ms },
    };
    for (const row of own ? [...common, own] : common) {
      const code = expected(hook, row);
      test(`${hook}: ${titleOf(row)} is ${code}, after one request`, async (opened) => {
        const count = await requestsOf(hook);
        const open = await opened();
        const before = open.platform.requests.length;
        open.platform.failNext(row.fault, { after: count - 1 });

        const error = errorOf(await open.call(hook, requestFor(tests, hook)));

        if (code === "ok") return assert.equal(error, undefined, error?.message);
        expectError(error, code, code === row.code ? row.facts : {});
        const sent = open.platform.requests.length - before;
        assert.equal(sent, count, `the platform got ${sent - count + 1} requests where one was due: only the core retries`);
      });
    }

    test(`${hook}: a 429 with a date says how long to wait`, async (opened) => {
      const row = { name: "429 with a date", fault: {}, code: "rate_limited" };
      const count = await requestsOf(hook);
      const open = await opened();
      const date = new Date(Date.now() + 3_600_000).toUTCString();
      open.platform.failNext({ status: 429, headers: { "retry-after": date }, json: {} }, { after: count - 1 });

      const error = errorOf(await open.call(hook, requestFor(tests, hook)));

      if (expected(hook, row) !== row.code) return expectError(error, expected(hook, row), {});
      expectError(error, row.code, {});
      if (error && isOfItem(error)) return;
      const wait = error?.retry_after_ms ?? 0;
      assert.ok(wait > 3_000_000 && wait <= 3_600_000, `retry_after_ms is ${wait}, and the date is an hour away`);
    });

    test(`${hook}: a platform that hangs is a timeout, and may have acted`, async (opened) => {
      const clock = createManualClock();
      const count = await requestsOf(hook);
      const open = await opened({ clock });
      const before = open.platform.requests.length;
      open.platform.failNext("hang", { after: count - 1 });

      const calling = open.call(hook, requestFor(tests, hook));
      await Promise.race([open.platform.received(before + count), calling]);
      clock.advance(60_000);

      expectError(errorOf(await calling), "timeout", { dispatched: "maybe" });
    });

    test(`${hook}: a caller who gives up ends the request`, async (opened) => {
      const count = await requestsOf(hook);
      const open = await opened();
      const before = open.platform.requests.length;
      const controller = new AbortController();
      open.platform.failNext("hang", { after: count - 1 });

      const calling = open.call(hook, { ...requestFor(tests, hook), signal: controller.signal });
      await Promise.race([open.platform.received(before + count), calling]);
      controller.abort();

      expectError(errorOf(await calling), "cancelled", {});
      await soon(open.platform.requests.at(-1)?.gone, "the request was not ended: pass call.signal on");
    });

    test(`${hook}: no secret of the settings is in an error, a log line or the status`, async (opened) => {
      const count = await requestsOf(hook);
      const open = await opened();
      const secrets = secretsOf(plugin, tests, open.platform.url);
      const echo: Fault = ({ method, path, query, headers, body }) => ({
        status: 400,
        json: {
          message: inspect({ method, path, query, headers, body }, { maxStringLength: null }),
          errors: secrets.map((secret) => ({ message: secret })),
          code: 1,
        },
      });
      open.platform.failNext(echo, { after: count - 1 });

      const outcome = await open.call(hook, requestFor(tests, hook));

      const seen = inspect([outcome, open.logs, open.host.status()], { depth: null, maxStringLength: null });
      assert.deepEqual(secretsIn(seen, secrets), []);
    });
  }

  for (const { name, hook, answer, code, facts, request } of errors) {
    test(`${hook}: ${name} is ${code}`, async (opened) => {
      const count = await requestsOf(hook);
      const open = await opened();
      open.platform.failNext(answer, { after: count - 1 });

      const error = errorOf(await open.call(hook, request ?? requestFor(tests, hook)));

      expectError(error, code, facts);
    });
  }

  for (const hook of Object.keys(calls)) {
    test(`${hook}: with its platform down the plugin starts, and says that nothing was sent`, async (opened) => {
      const platform = await startPlatform(() => ({}));
      await platform.close();
      const open = await opened({ platform });

      const error = errorOf(await open.call(hook, requestFor(tests, hook)));

      expectError(error, "unavailable", { dispatched: "no" });
    });
  }
}

/** How many requests a call makes when nothing goes wrong, which it must not. */
async function countRequests(plugin: PluginSource, tests: PluginTests, hook: string): Promise<number> {
  const open = await openFor(plugin, tests);
  try {
    return await countedOn(open, tests, hook);
  } finally {
    await open.close();
  }
}

async function countedOn(open: OpenPlugin, tests: PluginTests, hook: string): Promise<number> {
  const before = open.platform.requests.length;
  const error = errorOf(await open.call(hook, requestFor(tests, hook)));
  assert.equal(error, undefined, `${hook} failed on the double: ${error?.message}`);
  const count = open.platform.requests.length - before;
  assert.ok(count > 0, `${hook} asked nothing of the platform`);
  return count;
}

function expectError(error: CallError | undefined, code: string, facts: Partial<CallError> = {}): void {
  assert.ok(error, `the call was taken for a success, and ${code} was expected`);
  assert.equal(error.code, code, `${error.code} instead of ${code}: ${error.message}`);
  for (const [name, value] of Object.entries(facts)) {
    const actual: unknown = Reflect.get(error, name);
    if (actual === undefined && isOfItem(error)) continue;
    assert.equal(actual, value, `${name} is ${actual} instead of ${value}: ${error.message}`);
  }
}

/** An item keeps only what its plugin said of the error, and has no place for a wait. */
function isOfItem({ retryable }: CallError): boolean {
  return retryable === undefined;
}

function secretsOf(plugin: PluginSource, { config = {} }: PluginTests, url: string): string[] {
  const settings = typeof config === "function" ? config(url) : config;
  return secretValues(manifestOf(plugin).manifest.config_schema, settings);
}

function titleOf({ name, fault }: Row): string {
  if (name === "html") return "a 502 with a page of HTML";
  if (name === "garbage") return "a 200 with garbage";
  if (name === "reset") return "a connection reset after the request";
  return typeof fault === "object" && name !== "rate limit" ? `a ${name}` : "the platform's own rate limit";
}
