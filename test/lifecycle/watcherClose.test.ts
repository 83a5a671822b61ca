import { execFile } from "node:child_process";
import { symlink } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { otherProcess, temporaryFolder, watching } from "./watching.ts";

const openAndClose = fileURLToPath(new URL("./fixtures/openAndClose.ts", import.meta.url));

test("close leaves no handle, no timer and no inotify watch, and the process ends by itself", async () => {
  const inside = await temporaryFolder({ "plugins/echo/lib/helper.ts": "1", "releases/7/index.ts": "7", "hookline.yml": "" });
  await symlink("releases/7", inside("current"));
  await symlink(inside("releases"), inside("plugins/linked"));
  const paths = ["plugins", "current", "hookline.yml", "missing/path"].map(inside);

  const { stdout } = await promisify(execFile)(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    openAndClose,
    ...paths,
  ]);
  const { before, during, inotifyAtOnce, after } = JSON.parse(stdout);

  expect(during.resources).toContain("FSEventWrap");
  expect(after).toEqual(before);
  if (process.platform === "linux") expect([during.inotify > 0, inotifyAtOnce]).toEqual([true, before.inotify]);
});

test("node_modules costs no inotify watch", { skip: process.platform !== "linux" }, async () => {
  const packages = Array.from({ length: 60 }, (_, index) => [`plugins/echo/node_modules/package_${index}/index.js`, ""]);
  const inside = await temporaryFolder({ "plugins/echo/index.ts": "", ...Object.fromEntries(packages) });

  const { stdout } = await promisify(execFile)(process.execPath, [openAndClose, inside("plugins")]);

  // The folder, its plugin, and the few folders above.
  expect(JSON.parse(stdout).during.inotify).toBeLessThan(10);
});

test("after close nothing is told", async () => {
  const inside = await temporaryFolder({ "a/index.ts": "1", "b/index.ts": "1" });
  const { watcher, events } = await watching([inside("a")]);
  const { told } = await watching([inside("b")]);

  await watcher.close();
  await (await otherProcess())(["writeFileSync", inside("a/index.ts"), "2"], ["writeFileSync", inside("b/index.ts"), "2"]);
  await told(inside("b/index.ts"), "2");

  expect(events).toEqual([]);
});

test("close before ready ends the start", async () => {
  const inside = await temporaryFolder({ "a/index.ts": "1" });
  const { watcher } = await watching([inside("a")]);

  watcher.add([inside("b"), inside()]);

  await expect(watcher.close()).resolves.toBeUndefined();
});
