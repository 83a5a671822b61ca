import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, realpath, rename, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { discoverPlugins, foundFromObject, readPluginFolder } from "../../core/plugins/discover.ts";

let root: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "hookline-discover-")));
});

afterEach(() => rm(root, { recursive: true }));

async function write(path: string, text = ""): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

function manifestOf(plugin_id: string, entry_point = "index.ts"): string {
  return `plugin_id: ${plugin_id}\nchannel_type: sms\nentry_point: ${entry_point}\n`;
}

async function writePlugin(folder: string, plugin_id = folder.split("/").at(-1) ?? folder): Promise<void> {
  await write(`${folder}/manifest.yml`, manifestOf(plugin_id));
  await write(`${folder}/index.ts`);
}

/** What was found, short: id → path inside the root. */
async function found(paths: readonly string[]): Promise<Record<string, string>> {
  const { plugins } = await discoverPlugins(paths, { from: root, home: join(root, "home") });
  return Object.fromEntries(plugins.map(({ plugin_id, entry }) => [plugin_id, String(entry).slice(root.length + 1)]));
}

test("a folder with the six lines is found with its entry, and none of its code runs", async () => {
  const lines = `plugin_id: "twilio_sms"
name: "Twilio SMS Plugin"
channel_type: "sms"
capabilities: ["text_messaging", "delivery_receipts"]
required_config: ["account_sid", "auth_token", "from_number"]
entry_point: "twilio_sms_plugin.TwilioSMSPlugin"
`;
  await write("plugins/twilio_sms/manifest.yml", lines);
  await write("plugins/twilio_sms/twilio_sms_plugin.ts", "throw new Error('code ran')");

  const { plugins, problems, warnings, manifests } = await discoverPlugins(["plugins"], { from: root });

  const folder = join(root, "plugins/twilio_sms");
  const manifest_file = join(folder, "manifest.yml");
  const manifest_sha1 = createHash("sha1").update(lines).digest("hex");
  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
  expect(plugins).toEqual([
    {
      plugin_id: "twilio_sms",
      channel_type: "sms",
      manifest: expect.objectContaining({ name: "Twilio SMS Plugin" }),
      kind: "folder",
      folder,
      boundary: join(root, "plugins"),
      manifest_file,
      manifest_sha1,
      entry: join(folder, "twilio_sms_plugin.ts"),
      export_name: "TwilioSMSPlugin",
      warnings: [],
    },
  ]);
  expect([...manifests]).toEqual([[manifest_file, manifest_sha1]]);
});

test("a plugin path is a folder of plugins, a plugin, a single file, or a package", async () => {
  await writePlugin("many/one");
  await write("many/two.ts");
  await writePlugin("alone");
  await write("single/hello-world.mjs");
  await writePlugin("node_modules/@acme/hookline-plugin", "acme");
  await mkdir(join(root, "etc"));

  expect(await found(["many", "./alone", join(root, "single/hello-world.mjs"), "@acme/hookline-plugin"])).toEqual({
    one: "many/one/index.ts",
    two: "many/two.ts",
    alone: "alone/index.ts",
    hello_world: "single/hello-world.mjs",
    acme: "node_modules/@acme/hookline-plugin/index.ts",
  });
});

test("a single file is a plugin whose manifest is still in its code", async () => {
  await write("plugins/hello.ts");

  const { plugins } = await discoverPlugins(["plugins"], { from: root });

  const folder = join(root, "plugins");
  expect(plugins).toEqual([
    {
      plugin_id: "hello",
      channel_type: "",
      manifest: { plugin_id: "hello", channel_type: "" },
      kind: "file",
      folder,
      boundary: folder,
      entry: join(folder, "hello.ts"),
      warnings: [],
    },
  ]);
});

test("a package is found from the folder of the configuration upwards, as Node would", async () => {
  await writePlugin("node_modules/hookline-plugin-acme", "acme");
  await mkdir(join(root, "deploy/config"), { recursive: true });

  const { plugins } = await discoverPlugins(["hookline-plugin-acme"], { from: join(root, "deploy/config") });

  expect(plugins).toMatchObject([
    { plugin_id: "acme", kind: "package", folder: join(root, "node_modules/hookline-plugin-acme") },
  ]);
});

test("a package that is linked into node_modules is found where it really is", async () => {
  await writePlugin("workspace/acme");
  await mkdir(join(root, "node_modules/@acme"), { recursive: true });
  await symlink(join(root, "workspace/acme"), join(root, "node_modules/@acme/plugin"));

  const { plugins, watched } = await discoverPlugins(["@acme/plugin"], { from: root });

  expect(plugins).toMatchObject([
    { kind: "package", folder: join(root, "workspace/acme"), boundary: join(root, "workspace/acme") },
  ]);
  expect(watched).toEqual([join(root, "node_modules/@acme/plugin")]);
});

test("a package without a manifest is a problem", async () => {
  await write("node_modules/lodash/index.js");

  const { problems } = await discoverPlugins(["lodash"], { from: root });

  expect(problems.map(({ error }) => error.message)).toEqual([
    expect.stringContaining("has no manifest.yml, so it is no plugin"),
  ]);
});

test("~ is the home folder", async () => {
  await writePlugin("home/.hookline/plugins/one");

  expect(await found(["~/.hookline/plugins"])).toEqual({ one: "home/.hookline/plugins/one/index.ts" });
});

test("manifest.yaml and manifest.json are manifests; of several the first is used, with a warning", async () => {
  await write("plugins/a/manifest.yaml", manifestOf("a"));
  await write("plugins/a/index.ts");
  await write("plugins/b/manifest.json", JSON.stringify({ plugin_id: "b", channel_type: "sms", entry_point: "index.js" }));
  await write("plugins/b/index.js");
  await writePlugin("plugins/c");
  await write("plugins/c/manifest.json", "{}");

  const { plugins, warnings } = await discoverPlugins(["plugins"], { from: root });

  expect(plugins.map(({ plugin_id }) => plugin_id)).toEqual(["a", "b", "c"]);
  expect(warnings).toEqual([`c: ${join(root, "plugins/c")} has manifest.yml and manifest.json: manifest.yml is used`]);
});

test("what is no plugin is passed over in silence", async () => {
  await writePlugin("plugins/real");
  await writePlugin("plugins/.hidden");
  await writePlugin("plugins/node_modules/dependency");
  for (const file of ["README.md", "hello.test.ts", "types.d.ts", "vitest.config.ts", "_shared.ts", ".hidden.ts", "data.json"]) {
    await write(`plugins/${file}`);
  }
  await write("plugins/shared/helper.ts");
  await mkdir(join(root, "plugins/empty"));

  const { plugins, problems, warnings } = await discoverPlugins(["plugins"], { from: root });

  expect(plugins.map(({ plugin_id }) => plugin_id)).toEqual(["real"]);
  expect({ problems, warnings }).toEqual({ problems: [], warnings: [] });
});

test("code without a manifest is a problem that says what to add", async () => {
  await write("plugins/forgotten/index.ts");
  await write("alone/index.ts");

  const { problems } = await discoverPlugins(["plugins", "alone"], { from: root });

  expect(problems.map(({ path, plugin_id }) => ({ path, plugin_id }))).toEqual([
    { path: join(root, "plugins/forgotten"), plugin_id: "forgotten" },
    { path: join(root, "alone"), plugin_id: undefined },
  ]);
  for (const { error } of problems) {
    expect(error.code).toBe("manifest_invalid");
    expect(error.message).toContain(
      "has index.ts but no manifest.yml: add one with plugin_id, channel_type and `entry_point: index.ts`",
    );
  }
});

test("a file whose name can be no id is left alone with a warning", async () => {
  await write("plugins/My Plugin.ts");

  const { plugins, warnings } = await discoverPlugins(["plugins"], { from: root });

  expect(plugins).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining("My Plugin.ts is no plugin: its name would have to be a plugin's id")]);
});

test("one bad plugin stops no other, and is named with its id and place", async () => {
  await writePlugin("plugins/good");
  await write("plugins/bad/manifest.yml", "plugin_id: twilio_sms\nchannel_type: SMS\n");
  await write("plugins/broken/manifest.yml", "plugin_id: [\n");
  await write("plugins/lost/manifest.yml", manifestOf("lost", "gone.ts"));

  const { plugins, problems, manifests } = await discoverPlugins(["plugins"], { from: root });

  expect(plugins.map(({ plugin_id }) => plugin_id)).toEqual(["good"]);
  expect(problems.map(({ path, plugin_id }) => [path.slice(root.length + 1), plugin_id])).toEqual([
    ["plugins/bad", "twilio_sms"],
    ["plugins/broken", "broken"],
    ["plugins/lost", "lost"],
  ]);
  expect(problems[0]?.error.message).toContain(`${join(root, "plugins/bad/manifest.yml")}:2:15: channel_type must be`);
  expect(problems[2]?.error.message).toContain(
    `${join(root, "plugins/lost/manifest.yml")}:3:14: there is no file for entry_point "gone.ts"`,
  );
  expect(manifests.size).toBe(4);
});

test("of two plugins with one id the earlier path wins, and a warning names both", async () => {
  await writePlugin("second/a", "same");
  await writePlugin("first/z", "same");
  await writePlugin("first/zz", "same");

  const { plugins, warnings, problems } = await discoverPlugins(["first", "second"], { from: root });

  expect(plugins.map(({ folder }) => folder)).toEqual([join(root, "first/z")]);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    `Two plugins are called "same": ${join(root, "first/z")} comes first and counts; ${join(root, "first/zz")} does not. Rename or remove one`,
    `Two plugins are called "same": ${join(root, "first/z")} comes first and counts; ${join(root, "second/a")} does not. Rename or remove one`,
  ]);
});

test("a broken plugin still keeps its place before a later one with its id", async () => {
  await write("first/same/manifest.yml", "plugin_id: [\n");
  await writePlugin("second/same");

  const { plugins, problems, warnings } = await discoverPlugins(["first", "second"], { from: root });

  expect(plugins).toEqual([]);
  expect(problems).toMatchObject([{ plugin_id: "same" }]);
  expect(warnings).toEqual([
    expect.stringContaining(`${join(root, "first/same")} comes first and counts, though it cannot be used as it is`),
  ]);
});

test("a broken second plugin of an id is a problem of its place, not of the first", async () => {
  await writePlugin("first/same");
  await write("second/same/manifest.yml", "plugin_id: same\n");

  const { plugins, problems } = await discoverPlugins(["first", "second"], { from: root });

  expect(plugins.map(({ folder }) => folder)).toEqual([join(root, "first/same")]);
  expect(problems).toEqual([{ path: join(root, "second/same"), error: expect.objectContaining({ code: "manifest_invalid" }) }]);
});

test("a TypeScript file comes before what was compiled from it", async () => {
  await write("plugins/hello.js");
  await write("plugins/hello.ts");

  expect(await found(["plugins"])).toEqual({ hello: "plugins/hello.ts" });
});

test("a plugin that two plugin paths hold is found once, without a warning", async () => {
  await writePlugin("plugins/a");
  await symlink(join(root, "plugins"), join(root, "linked"));

  const { plugins, warnings } = await discoverPlugins(["plugins", "plugins/a", "linked", "plugins"], { from: root });

  expect(plugins).toHaveLength(1);
  expect(warnings).toEqual([]);
});

test("a plugin path that is not there is a warning, and is watched", async () => {
  const { problems, warnings, watched } = await discoverPlugins(["later", "@acme/later"], { from: root });

  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    `There is no plugin path ${join(root, "later")}, and no npm package of that name; it is used as soon as it appears`,
    `There is no plugin path ${join(root, "@acme/later")}, and no npm package of that name; it is used as soon as it appears`,
  ]);
  expect(watched).toEqual([
    join(root, "later"),
    join(root, "node_modules/later"),
    join(root, "@acme/later"),
    join(root, "node_modules/@acme/later"),
  ]);
});

test("a linked plugin path is watched as it was written, and its plugins lie where they really are", async () => {
  await writePlugin("releases/7/a");
  await symlink("releases/7", join(root, "current"));

  const { plugins, watched } = await discoverPlugins(["current"], { from: root });

  expect(watched).toEqual([join(root, "current")]);
  expect(plugins).toMatchObject([{ folder: join(root, "releases/7/a"), boundary: join(root, "releases/7") }]);
});

test("the files of a ConfigMap are followed", async () => {
  await writePlugin("plugins/a/..2026");
  await write("plugins/a/..2026/manifest.yml", manifestOf("a"));
  await symlink("..2026", join(root, "plugins/a/..data"));
  await symlink("..data/manifest.yml", join(root, "plugins/a/manifest.yml"));
  await symlink("..data/index.ts", join(root, "plugins/a/index.ts"));

  expect(await found(["plugins"])).toEqual({ a: "plugins/a/..2026/index.ts" });
});

test("a link to a folder elsewhere is a plugin whose code may come from there", async () => {
  await writePlugin("checkout/my_plugin");
  await mkdir(join(root, "plugins"));
  await symlink(join(root, "checkout/my_plugin"), join(root, "plugins/my_plugin"));

  const { plugins } = await discoverPlugins(["plugins"], { from: root });

  expect(plugins).toMatchObject([{ folder: join(root, "checkout/my_plugin"), boundary: join(root, "checkout/my_plugin") }]);
});

test("an entry or a single file that is a link to elsewhere is refused with both paths", async () => {
  await write("elsewhere.ts");
  await write("plugins/a/manifest.yml", manifestOf("a"));
  await symlink(join(root, "elsewhere.ts"), join(root, "plugins/a/index.ts"));
  await symlink(join(root, "elsewhere.ts"), join(root, "plugins/b.ts"));

  const { plugins, problems } = await discoverPlugins(["plugins"], { from: root });

  expect(plugins).toEqual([]);
  expect(problems.map(({ plugin_id }) => plugin_id)).toEqual(["a", "b"]);
  expect(problems[0]?.error.message).toContain(
    `${join(root, "plugins/a/index.ts")}, a link that leads out of the plugin's folder to ${join(root, "elsewhere.ts")}`,
  );
  expect(problems[1]?.error.message).toContain(`${join(root, "plugins/b.ts")} is a link that leads out of the plugin path`);
});

test("a link that leads nowhere, or in a circle, is a warning", async () => {
  await writePlugin("plugins/a");
  await symlink("gone", join(root, "plugins/b"));
  await symlink("c", join(root, "plugins/c"));
  await symlink(".", join(root, "plugins/d"));

  const { plugins, problems, warnings } = await discoverPlugins(["plugins"], { from: root });

  expect(plugins.map(({ plugin_id }) => plugin_id)).toEqual(["a"]);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([
    expect.stringMatching(/plugins\/b is a link that leads nowhere/),
    expect.stringMatching(/plugins\/c is a link .*ELOOP/),
  ]);
});

test("a manifest that is a device, a folder or too large is refused and never read", async () => {
  for (const name of ["device", "folder", "large"]) await write(`plugins/${name}/index.ts`);
  await symlink("/dev/zero", join(root, "plugins/device/manifest.yml"));
  await mkdir(join(root, "plugins/folder/manifest.yml"));
  await write("plugins/large/manifest.yml", "#".repeat(1_048_577));

  const { problems } = await discoverPlugins(["plugins"], { from: root });

  expect(problems.map(({ plugin_id, error }) => `${plugin_id} ${error.message}`)).toEqual([
    expect.stringContaining("device/manifest.yml is not a file"),
    expect.stringContaining("folder/manifest.yml is not a file"),
    expect.stringContaining("large/manifest.yml has 1048577 bytes"),
  ]);
});

test.skipIf(process.getuid?.() === 0)("a folder that may not be read is a problem, and the others are found", async () => {
  await writePlugin("locked/a");
  await writePlugin("open/b");
  await chmod(join(root, "locked"), 0o000);

  const { plugins, problems } = await discoverPlugins(["locked", "open"], { from: root });
  await chmod(join(root, "locked"), 0o755);

  expect(plugins.map(({ plugin_id }) => plugin_id)).toEqual(["b"]);
  expect(problems[0]?.error.message).toContain("cannot be read (EACCES");
});

test("a plugin path that is a file of another kind is a problem", async () => {
  await write("README.md");

  const { problems } = await discoverPlugins(["README.md", "README.md/below"], { from: root });

  expect(problems.map(({ error }) => error.message)).toEqual([expect.stringContaining("README.md is no plugin")]);
});

test("the order is that of the plugin paths and then of the names, whatever the disk says", async () => {
  for (const name of ["c", "a", "b"]) await writePlugin(`second/${name}`);
  await writePlugin("first/z");
  await write("second/aa.ts");

  expect(Object.keys(await found(["first", "second"]))).toEqual(["z", "a", "aa", "b", "c"]);
});

test("a thousand folders are found, none mixed up with another", async () => {
  await Promise.all(Array.from({ length: 1_000 }, (_, n) => writePlugin(`plugins/p${n}`)));

  const { plugins, problems, manifests } = await discoverPlugins(["plugins"], { from: root });

  expect(problems).toEqual([]);
  expect(manifests.size).toBe(1_000);
  expect(new Set(plugins.map(({ plugin_id }) => plugin_id)).size).toBe(1_000);
  expect(plugins.every(({ plugin_id, entry }) => entry === join(root, "plugins", plugin_id, "index.ts"))).toBe(true);
});

test("one changed folder can be read again by itself", async () => {
  await writePlugin("plugins/a");
  const before = await readPluginFolder(join(root, "plugins/a"), join(root, "plugins"));

  await write("plugins/a/manifest.yml", `${manifestOf("a")}version: 2.0.0\n`);
  const after = await readPluginFolder(join(root, "plugins/a"), join(root, "plugins"));

  expect(before.manifest.version).toBeUndefined();
  expect(after).toEqual({
    ...before,
    manifest: { ...before.manifest, version: "2.0.0" },
    manifest_sha1: expect.not.stringMatching(before.manifest_sha1 ?? ""),
  });
});

test("one folder read by itself is the same as when it was discovered", async () => {
  await writePlugin("checkout/linked");
  await writePlugin("plugins/a");
  await symlink(join(root, "checkout/linked"), join(root, "plugins/linked"));

  const { plugins } = await discoverPlugins(["plugins"], { from: root });
  const again = await Promise.all(
    ["a", "linked"].map((name) => readPluginFolder(join(root, "plugins", name), join(root, "plugins"))),
  );

  expect(again).toEqual(plugins);
});

test("a folder that is gone, or no plugin any more, is refused with a code", async () => {
  await writePlugin("plugins/a");
  await rename(join(root, "plugins/a/manifest.yml"), join(root, "plugins/a/manifest.old"));
  await mkdir(join(root, "plugins/empty"));
  const read = (name: string) => readPluginFolder(join(root, "plugins", name), join(root, "plugins"));

  await expect(read("gone")).rejects.toMatchObject({ code: "plugin_not_found" });
  await expect(read("a")).rejects.toMatchObject({
    code: "manifest_invalid",
    message: expect.stringContaining("has index.ts but no manifest.yml"),
  });
  await expect(read("empty")).rejects.toMatchObject({ code: "manifest_invalid" });
});

test("a plugin given as an object brings its manifest with it", () => {
  const found = foundFromObject({ manifest: { plugin_id: "inside", channel_type: "local", dependencies: ["other@^1"] } });

  expect(found).toEqual({
    plugin_id: "inside",
    channel_type: "local",
    manifest: { plugin_id: "inside", channel_type: "local", dependencies: [{ plugin_id: "other", range: "^1" }] },
    kind: "object",
    folder: "",
    boundary: "",
    warnings: [],
  });
});

test("an object without a manifest, or with a bad one, is refused", () => {
  expect(() => foundFromObject({})).toThrow("A plugin given as an object needs a manifest");
  expect(() => foundFromObject({ manifest: { plugin_id: "Bad Id", channel_type: "local" } })).toThrow(
    'definePlugin({ manifest }): plugin_id must be lower snake case, like twilio_sms, and "Bad Id" is not',
  );
});
