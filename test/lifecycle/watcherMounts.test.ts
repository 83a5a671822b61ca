import { symlink } from "node:fs/promises";
import { expect, test } from "vitest";
import { otherProcess, temporaryFolder, watching } from "./watching.ts";

const ext4 = 0xef53;
const nfs = 0x6969;

test("a path on a network mount is polled, and the modes say why; others are not", async () => {
  const inside = await temporaryFolder({ "share/index.ts": "0", "local/index.ts": "0" });
  const statfs = async (path: string) => ({ type: path.startsWith(inside("share")) ? nfs : ext4 });
  const { watcher } = await watching([inside("share"), inside("local")], { statfs, pollInterval: 20 });

  const modes = watcher.modes();

  expect(modes).toEqual([
    { path: inside("share"), mode: "polling", reason: "NFS sends no events" },
    { path: inside("local"), mode: "events" },
  ]);
});

test("a polled path tells additions, changes and removals", async () => {
  const inside = await temporaryFolder({ "index.ts": "0" });
  const { event, told } = await watching([inside()], { polling: true, pollInterval: 20 });
  const other = await otherProcess();

  await other(["writeFileSync", inside("index.ts"), "10"]);
  await told(inside("index.ts"), "10");
  await other(["mkdirSync", inside("echo")], ["writeFileSync", inside("echo/index.ts"), "1"]);
  await event("add", inside("echo/index.ts"));
  await other(["rmSync", inside("echo"), { recursive: true }]);
  await event("unlinkDir", inside("echo"));
});

test("a symlinked root on a network mount is compared on every poll", async () => {
  const inside = await temporaryFolder({ "releases/7/index.ts": "7", "releases/8/index.ts": "8" });
  await symlink("releases/7", inside("current"));
  const { told } = await watching([inside("current")], { polling: true, pollInterval: 20 });
  const other = await otherProcess();

  await other(["symlinkSync", "releases/8", inside("new")], ["renameSync", inside("new"), inside("current")]);
  await told(inside("current/index.ts"), "8");
  await other(["writeFileSync", inside("releases/8/index.ts"), "8, edited"]);
  await told(inside("current/index.ts"), "8, edited");
});

test("a link from a local folder to a network mount is polled, and listed among the modes", async () => {
  const inside = await temporaryFolder({ "share/index.ts": "0", "plugins/readme": "" });
  await symlink(inside("share"), inside("plugins/echo"));
  const statfs = async (path: string) => ({ type: path.startsWith(inside("share")) ? nfs : ext4 });
  const { watcher, told } = await watching([inside("plugins")], { statfs, pollInterval: 20 });

  await (await otherProcess())(["writeFileSync", inside("share/index.ts"), "10"]);
  await told(inside("plugins/echo/index.ts"), "10");

  expect(watcher.modes()).toEqual([
    { path: inside("plugins"), mode: "events" },
    { path: inside("plugins/echo"), mode: "polling", reason: "NFS sends no events" },
  ]);
});

test("`polling: false` uses events on any mount", async () => {
  const inside = await temporaryFolder({ "index.ts": "0" });
  const { watcher, told } = await watching([inside()], { polling: false, statfs: async () => ({ type: nfs }) });

  await (await otherProcess())(["writeFileSync", inside("index.ts"), "1"]);
  await told(inside("index.ts"), "1");

  expect(watcher.modes()).toEqual([{ path: inside(), mode: "events", reason: "set to events" }]);
});
