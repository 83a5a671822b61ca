import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { otherProcess, temporaryFolder, watching } from "./watching.ts";

const run = promisify(execFile);

test("a file that is added, changed and removed by another process is told", async () => {
  const inside = await temporaryFolder({ "echo/manifest.yml": "plugin_id: echo" });
  const { event, errors } = await watching([inside()]);
  const other = await otherProcess();

  await other(["writeFileSync", inside("echo/index.ts"), "1"]);
  await event("add", inside("echo/index.ts"));
  await other(["writeFileSync", inside("echo/index.ts"), "22"]);
  await event("change", inside("echo/index.ts"));
  await other(["rmSync", inside("echo/index.ts")]);
  await event("unlink", inside("echo/index.ts"));

  expect(errors).toEqual([]);
});

test("what is there before the watch is not told", async () => {
  const inside = await temporaryFolder({ "echo/index.ts": "1" });
  const { events, event } = await watching([inside()]);

  await (await otherProcess())(["writeFileSync", inside("marker"), ""]);
  await event("add", inside("marker"));

  expect(events.filter(({ path }) => path !== inside("marker"))).toEqual([]);
});

test("two writes 20 ms apart end with the second content told", async () => {
  const inside = await temporaryFolder({ "echo/index.ts": "0" });
  const { told } = await watching([inside()]);
  const other = await otherProcess();

  for (let round = 0; round < 10; round++) {
    await other(
      ["writeFileSync", inside("echo/index.ts"), `first ${round}`],
      ["wait", 20],
      ["writeFileSync", inside("echo/index.ts"), `last! ${round}`],
    );
    await told(inside("echo/index.ts"), `last! ${round}`);
  }
});

test("two writes of the same size within one tick of the file system's clock end with the second content told", async () => {
  const inside = await temporaryFolder({ "echo/index.ts": "0" });
  const { told } = await watching([inside()]);
  const other = await otherProcess();

  for (let round = 100; round < 150; round++) {
    await other(
      ["writeFileSync", inside("echo/index.ts"), `first ${round}`],
      ["wait", 1],
      ["writeFileSync", inside("echo/index.ts"), `last! ${round}`],
    );
    await told(inside("echo/index.ts"), `last! ${round}`);
  }
});

test("a second save within 50 ms comes as a hint, before they are over", async () => {
  const inside = await temporaryFolder({ "echo/index.ts": "0", "marker.ts": "0" });
  const { event, events, told } = await watching([inside()]);
  const other = await otherProcess();

  // A first change of another file, so that the wait begins when the watcher is known to be past its start.
  await other(["writeFileSync", inside("marker.ts"), "1"], ["wait", 60]);
  await event("change", inside("marker.ts"));
  await other(["writeFileSync", inside("echo/index.ts"), "first"]);
  await told(inside("echo/index.ts"), "first");
  await other(["writeFileSync", inside("echo/index.ts"), "second"]);
  await told(inside("echo/index.ts"), "second");

  expect(events.filter(({ path }) => path === inside("echo/index.ts")).map(({ kind }) => kind)).toContain("hint");
});

test("truncate, then write a little later, ends with the content told", async () => {
  const inside = await temporaryFolder({ "echo/index.ts": "old" });
  const { told } = await watching([inside()]);
  const other = await otherProcess();

  for (const pause of [0, 1, 5, 15, 30, 60]) {
    await other(
      ["truncateSync", inside("echo/index.ts")],
      ["wait", pause],
      ["writeFileSync", inside("echo/index.ts"), `after ${pause}`],
    );
    await told(inside("echo/index.ts"), `after ${pause}`);
  }
});

test("an editor's atomic save (temporary file, then rename) is one change of the file, never its end", async () => {
  const inside = await temporaryFolder({ "echo/index.ts": "old" });
  const { told, events } = await watching([inside()]);
  const other = await otherProcess();

  for (let round = 0; round < 5; round++) {
    await other(
      ["writeFileSync", inside("echo/index.ts.tmp"), `save ${round}`],
      ["renameSync", inside("echo/index.ts.tmp"), inside("echo/index.ts")],
    );
    await told(inside("echo/index.ts"), `save ${round}`);
  }

  expect(events.filter(({ path, kind }) => path === inside("echo/index.ts") && kind === "unlink")).toEqual([]);
});

test("an editor that moves the old file away first is seen the same", async () => {
  const inside = await temporaryFolder({ "echo/index.ts": "old" });
  const { told } = await watching([inside("echo/index.ts")]);
  const other = await otherProcess();

  for (let round = 0; round < 5; round++) {
    await other(
      ["renameSync", inside("echo/index.ts"), inside("echo/index.ts~")],
      ["wait", 5],
      ["writeFileSync", inside("echo/index.ts"), `save ${round}`],
    );
    await told(inside("echo/index.ts"), `save ${round}`);
  }
});

test("node_modules, .git and folders like ..data are not watched, except as the watched path itself", async () => {
  const inside = await temporaryFolder({
    "plugins/echo/node_modules/dep/index.js": "0",
    "plugins/.git/HEAD": "0",
    "plugins/..2024/index.ts": "0",
    "node_modules/packaged/index.ts": "0",
  });
  const { event, events } = await watching([inside("plugins"), inside("node_modules/packaged")]);
  const other = await otherProcess();

  for (const path of ["plugins/echo/node_modules/dep/index.js", "plugins/.git/HEAD", "plugins/..2024/index.ts"]) {
    await other(["writeFileSync", inside(path), "changed"]);
  }
  await other(["writeFileSync", inside("node_modules/packaged/index.ts"), "changed"]);
  await event("change", inside("node_modules/packaged/index.ts"));
  await other(["writeFileSync", inside("plugins/marker"), ""]);
  await event("add", inside("plugins/marker"));

  const told = new Set(events.map(({ path }) => path));
  expect(told).toEqual(new Set([inside("node_modules/packaged/index.ts"), inside("plugins/marker")]));
});

test("a checkout of 200 files in 20 folders is told completely, with the final contents", { timeout: 60_000 }, async () => {
  const inside = await temporaryFolder();
  const git = (...command: string[]) =>
    run("git", ["-c", "user.name=Anna", "-c", "user.email=anna@example.com", "-c", "init.defaultBranch=main", ...command], {
      cwd: inside(),
    });
  const files = Array.from({ length: 200 }, (_, file) => inside(`plugin_${file % 20}/file_${file}.ts`));
  const other = await otherProcess();
  await git("init", "--quiet");
  for (const text of ["first", "second"]) {
    for (const file of files)
      await other(
        ["mkdirSync", inside(`plugin_${files.indexOf(file) % 20}`), { recursive: true }],
        ["writeFileSync", file, text],
      );
    await git("add", ".");
    await git("commit", "--quiet", "--message", text);
    await git("tag", text);
  }
  const { events, told } = await watching([inside()]);

  await git("checkout", "--quiet", "first");
  await Promise.all(files.map((file) => told(file, "first")));

  expect(events.filter(({ path }) => path.includes("/.git"))).toEqual([]);
});
