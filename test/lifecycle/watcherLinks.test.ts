import { mkdir, symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { createFakeClock } from "../support/fakeClock.ts";
import { type Operation, otherProcess, temporaryFolder, watching } from "./watching.ts";

/** `ln -sfn target link`: a new link under another name is renamed over the old one. */
function relink(target: string, link: string): Operation[] {
  return [
    ["symlinkSync", target, `${link}_tmp`],
    ["renameSync", `${link}_tmp`, link],
  ];
}

/** What a kubelet does: new folder, `..data` over to it, old folder removed. */
function configMapSwap(folder: string, from: string, to: string, files: Record<string, string>): Operation[] {
  return [
    ["mkdirSync", `${folder}/${to}`],
    ...Object.entries(files).map(([name, text]): Operation => ["writeFileSync", `${folder}/${to}/${name}`, text]),
    ...relink(to, `${folder}/..data`),
    ["rmSync", `${folder}/${from}`, { recursive: true }],
  ];
}

async function configMap(files: Record<string, string>) {
  const inside = await temporaryFolder(
    Object.fromEntries(Object.entries(files).map(([name, text]) => [`mount/..1/${name}`, text])),
  );
  await symlink("..1", inside("mount/..data"));
  for (const name of Object.keys(files)) await symlink(`..data/${name}`, inside(`mount/${name}`));
  return inside;
}

test("a ConfigMap's swap changes the files of a watched folder, every time", async () => {
  const inside = await configMap({ "manifest.yml": "1", "index.ts": "1" });
  const { told, events } = await watching([inside()]);
  const other = await otherProcess();

  for (const version of [2, 3, 4]) {
    const files = { "manifest.yml": `${version}`, "index.ts": `${version}` };
    await other(...configMapSwap(inside("mount"), `..${version - 1}`, `..${version}`, files));
    await told(inside("mount/manifest.yml"), `${version}`);
    await told(inside("mount/index.ts"), `${version}`);
  }

  expect(new Set(events.map(({ path }) => path))).toEqual(new Set([inside("mount/manifest.yml"), inside("mount/index.ts")]));
  expect(new Set(events.map(({ kind }) => kind))).not.toContain("unlink");
});

test("a ConfigMap's swap changes a single watched file", async () => {
  const inside = await configMap({ "hookline.yml": "1", "other.yml": "1" });
  const { told, events } = await watching([inside("mount/hookline.yml")]);
  const other = await otherProcess();

  for (const version of [2, 3]) {
    await other(
      ...configMapSwap(inside("mount"), `..${version - 1}`, `..${version}`, { "hookline.yml": `${version}`, "other.yml": "x" }),
    );
    await told(inside("mount/hookline.yml"), `${version}`);
  }

  expect(new Set(events.map(({ path }) => path))).toEqual(new Set([inside("mount/hookline.yml")]));
});

test("a swap that leaves the old version in place is seen too", async () => {
  const inside = await configMap({ "index.ts": "1" });
  const { told } = await watching([inside()]);
  const other = await otherProcess();

  await other(
    ["mkdirSync", inside("mount/..2")],
    ["writeFileSync", inside("mount/..2/index.ts"), "2"],
    ...relink("..2", inside("mount/..data")),
  );
  await told(inside("mount/index.ts"), "2");
  await other(["writeFileSync", inside("mount/..2/index.ts"), "2, edited"]);
  await told(inside("mount/index.ts"), "2, edited");
});

test("the swap of a symlinked root tells what is new, what is gone, and everything else as changed", async () => {
  const inside = await temporaryFolder({
    "releases/7/echo/index.ts": "7",
    "releases/7/echo/old.ts": "7",
    "releases/8/echo/index.ts": "8",
    "releases/8/echo/new.ts": "8",
  });
  await symlink("releases/7", inside("current"));
  const { told, event, events } = await watching([inside("current")]);
  const other = await otherProcess();

  await other(...relink("releases/8", inside("current")));
  await told(inside("current/echo/index.ts"), "8");
  await event("add", inside("current/echo/new.ts"));
  await event("unlink", inside("current/echo/old.ts"));
  await other(["writeFileSync", inside("releases/8/echo/index.ts"), "8, edited"]);
  await told(inside("current/echo/index.ts"), "8, edited");

  expect(events.filter(({ path }) => !path.startsWith(inside("current")))).toEqual([]);
});

test("after the swap of a symlinked root the old target is no longer watched", async () => {
  const inside = await temporaryFolder({ "releases/7/index.ts": "7", "releases/8/index.ts": "8" });
  await symlink("releases/7", inside("current"));
  const { told, events } = await watching([inside("current")]);
  const other = await otherProcess();
  await other(...relink("releases/8", inside("current")));
  await told(inside("current/index.ts"), "8");
  const before = events.length;

  await other(["writeFileSync", inside("releases/7/index.ts"), "7, edited"], ["writeFileSync", inside("releases/8/marker"), ""]);
  await told(inside("current/marker"), "");

  expect(events.slice(before).map(({ path }) => path)).not.toContain(inside("current/index.ts"));
});

test("a link above the watched path, or behind another link, is followed as well", async () => {
  const inside = await temporaryFolder({ "releases/7/plugins/index.ts": "7", "releases/8/plugins/index.ts": "8" });
  await symlink("releases/7", inside("current"));
  await symlink(inside("current/plugins"), inside("plugins"));
  const { told } = await watching([inside("current/plugins"), inside("plugins")]);

  await (await otherProcess())(...relink("releases/8", inside("current")));
  await told(inside("current/plugins/index.ts"), "8");
  await told(inside("plugins/index.ts"), "8");
});

test("several swaps in a row end with the last one", async () => {
  const inside = await temporaryFolder(
    Object.fromEntries([1, 2, 3, 4, 5].map((release) => [`releases/${release}/index.ts`, `${release}`])),
  );
  await symlink("releases/1", inside("current"));
  const { told } = await watching([inside("current")]);

  await (await otherProcess())(...[2, 3, 4, 5].flatMap((release) => relink(`releases/${release}`, inside("current"))));

  await told(inside("current/index.ts"), "5");
});

test("a link that is removed and made again before its time is up is a change, not an end", async () => {
  const inside = await temporaryFolder({ "releases/7/index.ts": "7", "releases/8/index.ts": "8" });
  await symlink("releases/7", inside("current"));
  const { told, events } = await watching([inside("current")], { clock: createFakeClock() });

  await (await otherProcess())(["unlinkSync", inside("current")], ["wait", 10], ["symlinkSync", "releases/8", inside("current")]);
  await told(inside("current/index.ts"), "8");

  expect(events.map(({ kind }) => kind)).not.toContain("unlinkDir");
});

test("a symlinked root that is removed is told as gone, with everything below", async () => {
  const inside = await temporaryFolder({ "releases/7/echo/index.ts": "7" });
  await symlink("releases/7", inside("current"));
  const { event } = await watching([inside("current")]);

  await (await otherProcess())(["unlinkSync", inside("current")]);

  await event("unlink", inside("current/echo/index.ts"));
  await event("unlinkDir", inside("current/echo"));
  await event("unlinkDir", inside("current"));
});

test("a link to a plugin inside a watched folder is watched where it leads, and its own swap is seen", async () => {
  const inside = await temporaryFolder({ "plugins/readme": "", "dev/1/index.ts": "1", "dev/2/index.ts": "2" });
  await symlink("1", inside("dev/current"));
  const { told, event } = await watching([inside("plugins")]);
  const other = await otherProcess();

  await other(["symlinkSync", inside("dev/current"), inside("plugins/echo")]);
  await event("add", inside("plugins/echo/index.ts"));
  await other(["writeFileSync", inside("dev/1/index.ts"), "1, edited"]);
  await told(inside("plugins/echo/index.ts"), "1, edited");
  await other(...relink("2", inside("dev/current")));
  await told(inside("plugins/echo/index.ts"), "2");
  await other(["unlinkSync", inside("plugins/echo")]);
  await event("unlinkDir", inside("plugins/echo"));
  await other(["mkdirSync", inside("plugins/echo")], ["writeFileSync", inside("plugins/echo/index.ts"), "a real folder"]);
  await told(inside("plugins/echo/index.ts"), "a real folder");
});

test("a link that takes the place of a folder, and a folder that takes the place of a link, are seen", async () => {
  const inside = await temporaryFolder({ "plugins/echo/index.ts": "folder", "dev/index.ts": "link" });
  const { told } = await watching([inside("plugins")]);
  const other = await otherProcess();

  await other(["renameSync", inside("plugins/echo"), inside("away")], ["symlinkSync", inside("dev"), inside("plugins/echo")]);
  await told(inside("plugins/echo/index.ts"), "link");
  await other(["unlinkSync", inside("plugins/echo")], ["renameSync", inside("away"), inside("plugins/echo")]);
  await told(inside("plugins/echo/index.ts"), "folder");
});

test("a link that leads nowhere is waited for", async () => {
  const inside = await temporaryFolder({ "plugins/readme": "" });
  await symlink(inside("later"), inside("plugins/echo"));
  const { told } = await watching([inside("plugins")]);

  await (await otherProcess())(["mkdirSync", inside("later")], ["writeFileSync", inside("later/index.ts"), "here"]);

  await told(inside("plugins/echo/index.ts"), "here");
});

test("links in a circle are not followed around it", async () => {
  const inside = await temporaryFolder({ "plugins/echo/index.ts": "1" });
  await symlink(inside("plugins"), inside("plugins/echo/up"));
  await symlink("self", inside("plugins/self"));
  const { event, events, errors } = await watching([inside("plugins")]);

  await (await otherProcess())(["writeFileSync", inside("plugins/echo/index.ts"), "2"]);
  await event("change", inside("plugins/echo/index.ts"));

  expect(events.filter(({ path }) => path.includes("/up/"))).toEqual([]);
  expect(errors).toEqual([]);
});

test("two watchers in one process both see the swap of the same link", async () => {
  const inside = await temporaryFolder({ "plugins/readme": "", "dev/1/index.ts": "1", "dev/2/index.ts": "2" });
  await symlink("dev/1", inside("current"));
  await mkdir(inside("plugins/folder"));
  await symlink(inside("dev/1"), inside("plugins/echo"));
  const paths = [inside("current"), inside("plugins")];
  const watchers = [await watching(paths), await watching(paths)];
  const other = await otherProcess();

  await other(...relink("dev/2", inside("current")), ...relink(inside("dev/2"), inside("plugins/echo")));
  for (const { told } of watchers)
    await Promise.all([told(inside("current/index.ts"), "2"), told(inside("plugins/echo/index.ts"), "2")]);
  await other(["writeFileSync", inside("dev/2/index.ts"), "2, edited"]);
  for (const { told } of watchers) {
    await Promise.all([told(inside("current/index.ts"), "2, edited"), told(inside("plugins/echo/index.ts"), "2, edited")]);
  }
});
