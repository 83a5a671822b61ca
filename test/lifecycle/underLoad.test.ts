import { readdirSync, readFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import type { Host } from "../../core/index.ts";
import { configOf, createWorkspace, type Workspace } from "../support/workspace.ts";

/** What the plugins of a test count themselves. */
interface Counts {
  setups: number;
  disposed: number;
  usedAfterDispose: number;
  mixedAfter: number;
}

const brokenVersions = [
  "export const version = {{{",
  'throw new Error("top");',
  'import "./nowhere.ts";',
  "",
  "export const version = -1;",
];

test("calls without pause over reloads, broken ones among them: none fails, none is mixed, none meets a disposed generation", async () => {
  const place = await createWorkspace();
  const counts = countsOfPlugins();
  await writePlugins(place);
  const host = await place.open();
  const seen: Seen = { calls: 0, failed: [], mixed: [], pairs: new Map() };
  let isRunning = true;
  const callers = Array.from({ length: 8 }, async () => {
    while (isRunning) await callOnce(host, seen);
  });

  for (let version = 1; version <= 40; version++) {
    const isBroken = version % 8 === 0;
    if (isBroken) await breakOnce(place, host, brokenVersions[version / 8 - 1] ?? "");
    const reloaded = host.once("reloaded", ({ instance }) => instance === "one");
    if (!isBroken && version % 5 === 1) await place.write("hookline.yml", settings(version));
    else await place.write("plugins/shared/version.ts", `export const version: number = ${version};`);
    await reloaded;
  }
  isRunning = false;
  await Promise.all(callers);

  expect(seen.calls).toBeGreaterThan(200);
  expect({ failed: seen.failed, mixed: seen.mixed }).toEqual({ failed: [], mixed: [] });
  // Two instances are live; everything else that was ever set up has ended.
  await expect.poll(() => counts.setups - counts.disposed).toBe(2);
  expect(counts).toMatchObject({ usedAfterDispose: 0, mixedAfter: 0 });
  expect(host.instance("one")).toMatchObject({ draining: 0, failure: undefined });
});

test.skipIf(process.platform !== "linux")(
  "fifty reloads leave as many handles and inotify watches as there were before",
  async () => {
    const place = await createWorkspace();
    const counts = countsOfPlugins();
    await writePlugins(place);
    const host = await place.open();
    const reload = async (version: number) => {
      const reloaded = host.once("reloaded", ({ instance }) => instance === "one");
      await place.write("plugins/shared/version.ts", `export const version: number = ${version};`);
      await reloaded;
    };
    await reload(1);
    const before = heldNow();

    for (let version = 2; version <= 51; version++) await reload(version);

    await expect.poll(() => counts.setups - counts.disposed).toBe(2);
    await expect.poll(heldNow).toEqual(before);
    expect(host.instance("one").generation).toBe(52);
  },
);

/** What the calls of a test saw; `pairs` has the version of code and settings of each generation. */
interface Seen {
  calls: number;
  failed: unknown[];
  mixed: unknown[];
  pairs: Map<number, string>;
}

/** One call, and what is wrong with its answer: the code's stamps have to be of one version, and a generation has one of each kind. */
async function callOnce(host: Host, seen: Seen): Promise<void> {
  const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: "hello" });
  seen.calls += 1;
  if (outcome.status !== "ok" || outcome.attempts.length !== 1) seen.failed.push(outcome);
  const versions: number[] = JSON.parse(outcome.value?.message_id.slice("one:".length) ?? "[]");
  const pair = String(versions.slice(-2));
  const generation = outcome.attempts[0]?.generation ?? 0;
  const known = seen.pairs.get(generation) ?? pair;
  seen.pairs.set(generation, known);
  if (new Set(versions.slice(0, -1)).size !== 1 || pair !== known) seen.mixed.push({ versions, generation, known });
  await nextTurn();
}

async function breakOnce(place: Workspace, host: Host, text: string): Promise<void> {
  const refused = Promise.all(["one", "guard"].map((id) => host.once("reload_failed", ({ instance }) => instance === id)));
  await place.write("plugins/shared/version.ts", text);
  await refused;
}

function countsOfPlugins(): Counts {
  const counts: Counts = { setups: 0, disposed: 0, usedAfterDispose: 0, mixedAfter: 0 };
  Object.assign(globalThis, { hooklineCounts: counts });
  onTestFinished(() => void Reflect.deleteProperty(globalThis, "hooklineCounts"));
  return counts;
}

/** Two plugins that share the file with the version: one answers, the other changes every request and hears every outcome. */
async function writePlugins(place: Workspace): Promise<void> {
  await place.write("plugins/shared/version.ts", "export const version: number = 0;");
  await place.write("plugins/one/late.ts", 'export { version as late } from "../shared/version.ts";');
  await place.plugin(
    "one",
    `${pluginStart}
      return {
        async send_message({ context: facts }) {
          const started = [version, facts.version];
          const wasDisposed = isDisposed;
          await new Promise((resolve) => { setTimeout(resolve, 3 * Math.random()); });
          const { late } = await import("./late.ts");
          if (wasDisposed || isDisposed) counts.usedAfterDispose += 1;
          return { message_id: JSON.stringify([...started, version, late, context.config.version]) };
        },
      };
    } });`,
  );
  await place.plugin(
    "guard",
    `${pluginStart}
      return {
        before_call(call) {
          if (isDisposed) counts.usedAfterDispose += 1;
          return { ...call, request: { ...call.request, context: { version } } };
        },
        after_call({ outcome }) {
          if (isDisposed) counts.usedAfterDispose += 1;
          if (!outcome.value.message_id.includes(\`[\${version},\`)) counts.mixedAfter += 1;
        },
      };
    } });`,
  );
  await place.write("hookline.yml", settings(0));
}

const pluginStart = `import { definePlugin } from "hookline";
    import { version } from "../shared/version.ts";
    const counts = globalThis.hooklineCounts;
    export default definePlugin({ setup(context) {
      if (version === undefined || version < 0) throw new Error("no version");
      let isDisposed = false;
      counts.setups += 1;
      context.onDispose(() => {
        isDisposed = true;
        counts.disposed += 1;
      });`;

function settings(version: number): string {
  return configOf(
    [`{ plugin_id: one, config: { version: ${version} } }`, "{ plugin_id: guard, channel: none }"],
    "settings: { rollback: { first_calls: 0 } }\n",
  );
}

/** What keeps the process, but for its timers, which come and go; and what the kernel watches for it. */
function heldNow(): { handles: Record<string, number>; inotify: number } {
  const handles: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) {
    // Requests come and go by themselves; what stays open are handles.
    if (name !== "Timeout" && name !== "Immediate" && !name.startsWith("FSReq") && !name.endsWith("Req"))
      handles[name] = (handles[name] ?? 0) + 1;
  }
  const descriptors = readdirSync("/proc/self/fdinfo").map((descriptor) => {
    try {
      return readFileSync(`/proc/self/fdinfo/${descriptor}`, "utf8");
    } catch {
      // Closed since the folder was read.
      return "";
    }
  });
  return { handles, inotify: descriptors.join("").match(/^inotify wd:/gm)?.length ?? 0 };
}
