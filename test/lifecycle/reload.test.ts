import { rename, rm, symlink, unlink, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { answer, answering, configOf, createWorkspace, moduleOf, send } from "../support/workspace.ts";

test("an edit of a plugin is live with the next call after `reloaded`", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("first"));
  await place.configure("plugin_id: one");
  const host = await place.open();
  expect(await answer(host)).toBe("one:first");
  const reloaded = host.once("reloaded");

  await place.write("plugins/one/index.ts", answering("second"));

  expect(await reloaded).toMatchObject({ instance: "one", generation: 2, in_place: false });
  expect(await answer(host)).toBe("one:second");
});

test("a save that changes nothing makes no generation", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("first"));
  await place.plugin("two", answering("first"));
  await place.configure("plugin_id: one", "plugin_id: two");
  const host = await place.open();
  const reloaded = host.once("reloaded");

  await place.write("plugins/one/index.ts", answering("first"));
  await place.write("plugins/two/index.ts", answering("second"));

  expect(await reloaded).toMatchObject({ instance: "two" });
  expect(host.instance("one").generation).toBe(1);
});

test.each([
  ["a syntax error", "export default definePlugin({", "load_failed"],
  [
    "a missing import",
    'import "./nowhere.ts"; import { definePlugin } from "hookline"; export default definePlugin({ setup: () => ({}) });',
    "load_failed",
  ],
  ["a throw at the top level", "import 'hookline';\nthrow new Error('top');", "load_failed"],
  ["no default export", "import 'hookline';\nexport const x = 1;", "plugin_invalid"],
  ["a setup that throws", moduleOf("(() => { throw new Error('no token'); })()"), "setup_failed"],
  ["a hook that does not exist", moduleOf("{ send_mesage() {} }"), "hook_unknown"],
  [
    "a validate_config that says no",
    moduleOf("{ validate_config: () => ({ ok: false, problems: ['bad token'] }) }"),
    "settings_invalid",
  ],
])("%s leaves the version before serving, with the reason in the status; mending it goes live", async (_, broken, code) => {
  const place = await createWorkspace();
  await place.plugin("one", answering("first"));
  await place.configure("plugin_id: one");
  const host = await place.open();
  const refused = host.once("reload_failed");

  await place.write("plugins/one/index.ts", broken);
  const { error, still_live } = await refused;

  expect({ code: error.code, still_live }).toEqual({ code, still_live: true });
  expect(host.instance("one")).toMatchObject({ state: "live", generation: 1, failure: { code } });
  expect(await answer(host)).toBe("one:first");

  const reloaded = host.once("reloaded");
  await place.write("plugins/one/index.ts", answering("mended"));
  await reloaded;
  expect(await answer(host)).toBe("one:mended");
  expect(host.instance("one").failure).toBeUndefined();
});

test("creating the helper that was missing is enough to go live", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("first"));
  await place.configure("plugin_id: one");
  const host = await place.open();
  const refused = host.once("reload_failed");
  await place.write(
    "plugins/one/index.ts",
    'import { definePlugin } from "hookline"; import { id } from "./helper"; export default definePlugin({ setup: () => ({ send_message: () => ({ message_id: id }) }) });',
  );
  await refused;
  const reloaded = host.once("reloaded");

  await place.write("plugins/one/helper.ts", 'export const id: string = "helped";');
  await reloaded;

  expect(await answer(host)).toBe("one:helped");
});

test("a call in flight ends on the generation it started with, and only then is that disposed", async () => {
  const place = await createWorkspace();
  const slow = (version: string) =>
    moduleOf(`(() => {
      context.onDispose(() => { globalThis.hooklineTest.push("disposed ${version}"); });
      return { send_message: async () => {
        globalThis.hooklineTest.push("called ${version}");
        await new Promise((resolve) => { globalThis.hooklineRelease = resolve; });
        return { message_id: "${version}" };
      } };
    })()`);
  const told: string[] = [];
  Object.assign(globalThis, { hooklineTest: told });
  await place.plugin("one", slow("old"));
  await place.configure("plugin_id: one");
  const host = await place.open();
  const inFlight = answer(host);
  await expect.poll(() => told).toEqual(["called old"]);
  const reloaded = host.once("reloaded");
  await place.write("plugins/one/index.ts", answering("new"));
  await reloaded;

  expect(await answer(host)).toBe("one:new");
  expect(told).toEqual(["called old"]);
  expect(host.instance("one")).toMatchObject({ draining: 1, in_flight: 1 });
  const disposed = host.once("disposed");
  Reflect.get(globalThis, "hooklineRelease")();

  expect(await inFlight).toBe("one:old");
  expect(await disposed).toMatchObject({ instance: "one", generation: 1, forced: false, errors: [] });
  expect(told).toEqual(["called old", "disposed old"]);
});

test("a folder that is removed stops its instance, another one answers; put back it is live again", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.plugin("two", answering("2"));
  await place.configure("{ plugin_id: one, priority: 1 }", "{ plugin_id: two, priority: 2 }");
  const host = await place.open();
  expect(await answer(host)).toBe("one:1");
  const removed = host.once("removed");

  await rename(place.path("plugins/one"), place.path("away"));
  await removed;
  expect(host.instance("one")).toMatchObject({ state: "missing", failure: { code: "plugin_not_found" } });
  expect(await answer(host)).toBe("two:2");

  const loaded = host.once("loaded");
  await rename(place.path("away"), place.path("plugins/one"));
  await loaded;
  expect(await answer(host)).toBe("one:1");
});

test("a folder that is renamed is the same plugin, matched by its manifest's id", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.configure("plugin_id: one");
  const host = await place.open();
  const moved = host.once("reloaded");

  await rename(place.path("plugins/one"), place.path("plugins/uno"));
  await moved;
  const reloaded = host.once("reloaded");
  await place.write("plugins/uno/index.ts", answering("edited after the move"));
  await reloaded;

  expect(await answer(host)).toBe("one:edited after the move");
});

test("a plugin whose folder comes after the start is loaded when it comes", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.configure("plugin_id: one", "plugin_id: late");
  const host = await place.open();
  expect(host.instance("late")).toMatchObject({ state: "missing", failure: { code: "plugin_not_found" } });
  const loaded = host.once("loaded");

  await place.plugin("late", answering("late"));

  expect(await loaded).toMatchObject({ instance: "late" });
});

test("one bad plugin never stops the others, and its reason stands in the status", async () => {
  const place = await createWorkspace();
  await place.plugin("good", answering("good"));
  await place.plugin("throws", "(() => { throw new Error('no network'); })()");
  await place.plugin("broken", "{{{");
  await place.write("plugins/nonsense/manifest.yml", "plugin_id: nonsense\nchannel_typ: chat\n");
  await place.configure("plugin_id: throws", "plugin_id: broken", "plugin_id: nonsense", "plugin_id: absent", "plugin_id: good");

  const host = await place.open();

  expect(await answer(host)).toBe("good:good");
  const { instances } = host.status();
  expect(Object.fromEntries(Object.entries(instances).map(([id, { state, failure }]) => [id, [state, failure?.code]]))).toEqual({
    throws: ["failed", "setup_failed"],
    broken: ["failed", "load_failed"],
    nonsense: ["failed", "manifest_invalid"],
    absent: ["missing", "plugin_not_found"],
    good: ["live", undefined],
  });
});

test("two folders with one id: the earlier path wins, and a warning names both", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("from plugins"));
  await place.write("other/one/manifest.yml", "plugin_id: one\nchannel_type: chat\nentry_point: index.ts\n");
  await place.write("other/one/index.ts", answering("from other"));
  await place.write("hookline.yml", "plugin_paths: [./plugins, ./other]\nenabled_plugins: [{ plugin_id: one }]\n");

  const host = await place.open();

  expect(await answer(host)).toBe("one:from plugins");
  expect(host.status().warnings.join()).toMatch(/plugins\/one.*other\/one/);
});

test("a helper that two plugins share rebuilds both, and both are live in one table", async () => {
  const place = await createWorkspace();
  const sharing =
    'import { definePlugin } from "hookline"; import { version } from "../shared/version.ts"; export default definePlugin({ setup: () => ({ send_message: () => ({ message_id: version }) }) });';
  await place.write("plugins/shared/version.ts", "export const version = 'a';");
  await place.plugin("one", sharing);
  await place.plugin("two", sharing);
  await place.configure("plugin_id: one", "{ plugin_id: two, channel: other }");
  const host = await place.open();
  const { epoch } = host.status();
  const both = Promise.all(["one", "two"].map((id) => host.once("reloaded", ({ instance }) => instance === id)));

  await place.write("plugins/shared/version.ts", "export const version = 'b';");
  await both;

  expect(host.status().epoch).toBe(epoch + 1);
  const other = await host.call("send_message", { channel: "other", to: "x", content: "x" });
  expect([await answer(host), other.value?.message_id]).toEqual(["one:b", "two:b"]);
});

test("a root that is a link is followed when the link is swapped", async () => {
  const place = await createWorkspace();
  for (const release of ["1", "2"]) {
    await place.write(`releases/${release}/one/manifest.yml`, "plugin_id: one\nchannel_type: chat\nentry_point: index.ts\n");
    await place.write(`releases/${release}/one/index.ts`, answering(release));
  }
  await symlink(place.path("releases/1"), place.path("current"));
  await place.write("hookline.yml", "plugin_paths: [./current]\nenabled_plugins: [{ plugin_id: one }]\n");
  const host = await place.open();
  expect(await answer(host)).toBe("one:1");
  const reloaded = host.once("reloaded");

  await symlink(place.path("releases/2"), place.path("next"));
  await rename(place.path("next"), place.path("current"));
  await reloaded;

  expect(await answer(host)).toBe("one:2");
});

test("files of a ConfigMap are followed when its data folder is swapped", async () => {
  const place = await createWorkspace();
  const version = async (name: string) => {
    await place.write(`plugins/one/..${name}/manifest.yml`, "plugin_id: one\nchannel_type: chat\nentry_point: index.ts\n");
    await place.write(`plugins/one/..${name}/index.ts`, answering(name));
  };
  await version("2026_1");
  await symlink("..2026_1", place.path("plugins/one/..data"));
  for (const file of ["manifest.yml", "index.ts"]) await symlink(`..data/${file}`, place.path("plugins/one", file));
  await place.configure("plugin_id: one");
  const host = await place.open();
  expect(await answer(host)).toBe("one:2026_1");
  const reloaded = host.once("reloaded");

  await version("2026_2");
  await symlink("..2026_2", place.path("plugins/one/..data_tmp"));
  await rename(place.path("plugins/one/..data_tmp"), place.path("plugins/one/..data"));
  await rm(place.path("plugins/one/..2026_1"), { recursive: true });
  await reloaded;

  expect(await answer(host)).toBe("one:2026_2");
});

test("a plugin of one file is loaded, reloaded, and gone with its file", async () => {
  const place = await createWorkspace();
  const code = (id: string) =>
    `import { definePlugin } from "hookline"; export default definePlugin({ manifest: { plugin_id: "hello", channel_type: "chat" }, setup: () => ({ send_message: () => ({ message_id: "${id}" }) }) });`;
  await place.write("plugins/hello.ts", code("a"));
  await place.configure("plugin_id: hello");
  const host = await place.open();
  expect(await answer(host)).toBe("hello:a");
  const reloaded = host.once("reloaded");
  await writeFile(place.path("plugins/hello.ts"), code("b"));
  await reloaded;
  expect(await answer(host)).toBe("hello:b");
  const removed = host.once("removed");

  await unlink(place.path("plugins/hello.ts"));
  await removed;

  expect(await answer(host)).toBe("plugin_unavailable");
});

test("a manifest that breaks keeps the version before; mended as it was, nothing is loaded anew", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.configure("plugin_id: one");
  const host = await place.open();
  const good = "plugin_id: one\nchannel_type: chat\nentry_point: index.ts\n";
  const refused = host.once("reload_failed");
  await place.write("plugins/one/manifest.yml", good.replace("channel_type", "channel_typ"));

  const { error } = await refused;
  expect(error.message).toMatch(/manifest\.yml:\d+:\d+.*channel_typ/s);
  expect(await answer(host)).toBe("one:1");

  await place.write("plugins/one/manifest.yml", good);
  await expect.poll(() => host.instance("one").failure).toBeUndefined();
  expect(host.instance("one").generation).toBe(1);
});

test("host.reload gives one instance, or all, a new generation", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"));
  await place.plugin("two", answering("2"));
  await place.configure("plugin_id: one", "plugin_id: two");
  const host = await place.open({ watch: false });

  await host.reload("two");
  expect([host.instance("one").generation, host.instance("two").generation]).toEqual([1, 2]);
  await host.reload();
  expect([host.instance("one").generation, host.instance("two").generation]).toEqual([2, 3]);

  await place.write("plugins/one/index.ts", "{{{");
  await expect(host.reload("one")).rejects.toMatchObject({ code: "load_failed" });
  await expect(host.reload("three")).rejects.toMatchObject({ code: "instance_unknown" });
  expect(await answer(host)).toBe("one:1");
});

test("two hosts in one process share nothing", async () => {
  const place = await createWorkspace();
  await place.plugin("one", "{ send_message: () => ({ message_id: String(context.config.name) }) }");
  await place.write("a.yml", configOf(["{ plugin_id: one, config: { name: a } }"]));
  await place.write("b.yml", configOf(["{ plugin_id: one, config: { name: b } }"]));
  const [a, b] = [await place.open({ config: place.path("a.yml") }), await place.open({ config: place.path("b.yml") })];

  expect([await answer(a), await answer(b)]).toEqual(["one:a", "one:b"]);
  await a.close();
  expect(await answer(b)).toBe("one:b");
  await expect(send(a)).rejects.toMatchObject({ code: "host_closed" });
});
