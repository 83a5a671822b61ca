import assert from "node:assert/strict";
import { setImmediate as turn } from "node:timers/promises";
import type { OpenPlugin, PluginSource } from "./openPlugin.ts";
import { errorOf, openFor, type PluginTests, requestFor, type SuiteTest } from "./pluginTests.ts";
import { soon } from "./soon.ts";

/** What every plugin has to survive: its end, and a reload in the middle of a call. */
export function lifecycleSuite(plugin: PluginSource, tests: PluginTests, test: SuiteTest): void {
  const { calls = {}, platform } = tests;
  const hooks = Object.keys(calls);

  test("it leaves no timer, listener or connection behind", async () => {
    const counts = [];
    for (let time = 0; time < 3; time++) {
      await useAndClose(plugin, tests, hooks);
      counts.push(resources());
    }

    // What an SDK makes once for the process is no leak, and a runner has timers of its own: a leak grows each time.
    const [first = {}, second = {}, third = {}] = counts;
    const grown = Object.keys(third).filter((kind) => grew(first, second, kind) && grew(second, third, kind));
    assert.deepEqual(
      grown,
      [],
      "more of these are left with each generation: end them in onDispose(), or make them through the context",
    );
  });

  if (!platform) return;
  for (const hook of hooks) {
    test(`${hook}: a reload in the middle of a call loses nothing`, async (opened) => {
      const open = await opened();
      const held = Promise.withResolvers<void>();
      const arrived = Promise.withResolvers<void>();
      open.platform.failNext(async (request) => {
        arrived.resolve();
        await held.promise;
        return open.platform.answer(request);
      });

      const first = open.call(hook, requestFor(tests, hook));
      // A call that asks nothing ends here, and must not be waited for.
      await Promise.race([arrived.promise, first]);
      const reloading = open.host.reload(open.id);
      await swapped(open, reloading);
      const second = open.call(hook, requestFor(tests, hook));
      held.resolve();
      const outcomes = [await first, await second];
      await reloading;

      assert.deepEqual(
        outcomes.map((outcome) => [outcome.attempts[0]?.generation, whatFailed(outcome)]),
        [
          [1, undefined],
          [2, undefined],
        ],
      );
    });
  }
}

/** A second call of the same thing may find it done: what counts is that nobody was cut off. */
function whatFailed(outcome: Parameters<typeof errorOf>[0]): string | undefined {
  const error = errorOf(outcome);
  const isAnswer = error && ["conflict", "not_found", "invalid_request"].includes(error.code);
  return isAnswer ? undefined : error?.message;
}

/** The new generation is live, or waits for the old one to end (`reload: "restart"`). */
async function swapped({ host, id }: OpenPlugin, reloading: Promise<void>): Promise<void> {
  let isDone = false;
  const done = () => {
    isDone = true;
  };
  reloading.then(done, done);
  while (!isDone && host.instance(id).state !== "swapping") await turn();
}

async function useAndClose(plugin: PluginSource, tests: PluginTests, hooks: readonly string[]): Promise<void> {
  const open = await openFor(plugin, tests);
  try {
    for (const hook of hooks) await open.call(hook, requestFor(tests, hook));
    await open.host.close();
    if (tests.platform) await soon(open.platform.idle(), "a connection to the platform is still open after the end");
  } finally {
    await open.close();
  }
}

function grew(before: Record<string, number>, after: Record<string, number>, kind: string): boolean {
  return (after[kind] ?? 0) > (before[kind] ?? 0);
}

/** What keeps a process alive or listens in it; the runner's own is there before and after. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  const kinds = process.getActiveResourcesInfo().filter((kind) => /Timeout|Immediate|TCP|TLS|FSEvent|Worker|Child/.test(kind));
  const listeners = process.eventNames().flatMap((name) => process.listeners(name as "exit").map(() => `on ${String(name)}`));
  for (const kind of [...kinds, ...listeners]) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}
