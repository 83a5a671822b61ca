import { expect, test } from "vitest";
import { otherProcess, temporaryFolder, watching } from "./watching.ts";

test("a folder that is removed and made again is seen, every time", async () => {
  const inside = await temporaryFolder({ "plugins/echo/index.ts": "0", "plugins/echo/lib/helper.ts": "0" });
  const { told } = await watching([inside("plugins")]);
  const other = await otherProcess();

  for (let round = 1; round <= 5; round++) {
    await other(
      ["rmSync", inside("plugins/echo"), { recursive: true }],
      ["wait", round % 2 ? 0 : 120],
      ["mkdirSync", inside("plugins/echo/lib"), { recursive: true }],
      ["writeFileSync", inside("plugins/echo/lib/helper.ts"), `${round}`],
      ["writeFileSync", inside("plugins/echo/index.ts"), `${round}`],
    );
    await told(inside("plugins/echo/index.ts"), `${round}`);
    await told(inside("plugins/echo/lib/helper.ts"), `${round}`);
  }
});

test("a watched path that is removed and made again is seen, every time", async () => {
  const inside = await temporaryFolder({ "plugins/echo/index.ts": "0" });
  const { told } = await watching([inside("plugins")]);
  const other = await otherProcess();

  for (let round = 1; round <= 5; round++) {
    await other(
      ["rmSync", inside("plugins"), { recursive: true }],
      ["wait", round % 2 ? 0 : 150],
      ["mkdirSync", inside("plugins/echo"), { recursive: true }],
      ["writeFileSync", inside("plugins/echo/index.ts"), `${round}`],
    );
    await told(inside("plugins/echo/index.ts"), `${round}`);
  }
});

test("two watchers in one process both see a folder that is removed and made again", async () => {
  const inside = await temporaryFolder({ "plugins/echo/lib/helper.ts": "0" });
  const watchers = [await watching([inside("plugins")]), await watching([inside("plugins")])];
  const other = await otherProcess();

  for (let round = 1; round <= 5; round++) {
    await other(
      ["rmSync", inside("plugins/echo"), { recursive: true }],
      ["mkdirSync", inside("plugins/echo/lib"), { recursive: true }],
      ["writeFileSync", inside("plugins/echo/lib/helper.ts"), `${round}`],
    );
    await Promise.all(watchers.map(({ told }) => told(inside("plugins/echo/lib/helper.ts"), `${round}`)));
  }
});

test("a renamed folder is told as gone under its old name and as added under the new one", async () => {
  const inside = await temporaryFolder({ "plugins/p/index.ts": "1", "plugins/p/lib/helper.ts": "1" });
  const { event, told } = await watching([inside("plugins")]);
  const other = await otherProcess();

  await other(["renameSync", inside("plugins/p"), inside("plugins/q")]);
  await event("unlinkDir", inside("plugins/p"));
  await event("addDir", inside("plugins/q"));
  await event("add", inside("plugins/q/lib/helper.ts"));
  await other(["writeFileSync", inside("plugins/q/lib/helper.ts"), "2"]);
  await told(inside("plugins/q/lib/helper.ts"), "2");
});

test("a folder that was moved aside while another took its name is seen, also when it lies far above", async () => {
  const inside = await temporaryFolder({ "srv/app/sub/plugins/index.ts": "old", "srv/next/sub/plugins/index.ts": "new" });
  const { told } = await watching([inside("srv/app/sub/plugins")]);
  const other = await otherProcess();

  await other(["renameSync", inside("srv/app"), inside("srv/last")], ["renameSync", inside("srv/next"), inside("srv/app")]);
  await told(inside("srv/app/sub/plugins/index.ts"), "new");
  await other(["writeFileSync", inside("srv/app/sub/plugins/index.ts"), "new, edited"]);
  await told(inside("srv/app/sub/plugins/index.ts"), "new, edited");
});

test("a watched path that does not exist yet is watched as soon as it does, its parents included", async () => {
  const inside = await temporaryFolder();
  const { told, event } = await watching([inside("home/.hookline/plugins"), inside("etc/hookline.yml")]);
  const other = await otherProcess();

  await other(["mkdirSync", inside("home/.hookline/plugins/echo"), { recursive: true }], ["mkdirSync", inside("etc")]);
  await event("addDir", inside("home/.hookline/plugins/echo"));
  await other(
    ["writeFileSync", inside("home/.hookline/plugins/echo/index.ts"), "1"],
    ["writeFileSync", inside("etc/hookline.yml"), "a: 1"],
  );
  await told(inside("home/.hookline/plugins/echo/index.ts"), "1");
  await told(inside("etc/hookline.yml"), "a: 1");
});

test("while a path is missing nothing beside it is told", async () => {
  const inside = await temporaryFolder();
  const { event, events } = await watching([inside("home/.hookline/plugins")]);
  const other = await otherProcess();

  await other(
    ["mkdirSync", inside("home/.hookline"), { recursive: true }],
    ["writeFileSync", inside("home/.hookline/history"), "x"],
  );
  await other(["writeFileSync", inside("home/other"), "x"], ["mkdirSync", inside("home/.hookline/plugins")]);
  await event("addDir", inside("home/.hookline/plugins"));

  expect(events.map(({ path }) => path)).toEqual([inside("home/.hookline/plugins")]);
});

test("a single watched file is seen through removal, return and atomic saves, and its neighbours are not told", async () => {
  const inside = await temporaryFolder({ "hookline.yml": "a: 1", "neighbour.yml": "" });
  const { event, told, events } = await watching([inside("hookline.yml")]);
  const other = await otherProcess();

  await other(["rmSync", inside("hookline.yml")]);
  await event("unlink", inside("hookline.yml"));
  await other(["writeFileSync", inside("neighbour.yml"), "x"], ["writeFileSync", inside("hookline.yml"), "a: 2"]);
  await told(inside("hookline.yml"), "a: 2");
  await other(["writeFileSync", inside(".new"), "a: 3"], ["renameSync", inside(".new"), inside("hookline.yml")]);
  await told(inside("hookline.yml"), "a: 3");

  expect(new Set(events.map(({ path }) => path))).toEqual(new Set([inside("hookline.yml")]));
});

test("a path that is added later is told with what it holds, and is watched until it is removed", async () => {
  const inside = await temporaryFolder({ "a/index.ts": "1", "b/index.ts": "1" });
  const { watcher, event, told, events } = await watching([inside("a")]);
  const other = await otherProcess();

  watcher.add([inside("b")]);
  await event("add", inside("b/index.ts"));
  await other(["writeFileSync", inside("b/index.ts"), "2"]);
  await told(inside("b/index.ts"), "2");
  await watcher.remove([inside("b")]);
  const before = events.length;
  await other(["writeFileSync", inside("b/index.ts"), "3"], ["writeFileSync", inside("a/index.ts"), "3"]);
  await told(inside("a/index.ts"), "3");

  expect(events.slice(before).map(({ path }) => path)).not.toContain(inside("b/index.ts"));
  expect(watcher.modes().map(({ path }) => path)).toEqual([inside("a")]);
});

test("after remove and add of the same path it is watched again", async () => {
  const inside = await temporaryFolder({ "a/index.ts": "1" });
  const { watcher, event, told } = await watching([inside("a")]);

  await watcher.remove([inside("a")]);
  watcher.add([inside("a")]);
  await event("add", inside("a/index.ts"));
  await (await otherProcess())(["writeFileSync", inside("a/index.ts"), "2"]);

  await told(inside("a/index.ts"), "2");
});
