import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { answering, configOf, createWorkspace, moduleOf } from "../support/workspace.ts";

const main = fileURLToPath(new URL("../../core/cli/main.ts", import.meta.url));

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function spawned(cwd: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [main, "--config", "hookline.yml", ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: undefined },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

async function hookline(cwd: string, ...args: string[]): Promise<Run> {
  const child = spawned(cwd, args);
  const run: Run = { code: null, stdout: "", stderr: "" };
  child.stdout?.on("data", (data) => (run.stdout += data));
  child.stderr?.on("data", (data) => (run.stderr += data));
  const [code] = await once(child, "close");
  return { ...run, code };
}

/** Resolves with the output so far as soon as `text` is in it. */
function until(child: ChildProcess, text: string): Promise<string> {
  let seen = "";
  return new Promise((resolve, reject) => {
    child.stdout?.on("data", (data) => {
      seen += data;
      if (seen.includes(text)) resolve(seen);
    });
    child.once("exit", () => reject(new Error(`it ended before it printed "${text}": ${seen}`)));
  });
}

test("send prints the outcome and exits 0", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("m1"));
  await place.configure("plugin_id: one");

  const { code, stdout, stderr } = await hookline(place.folder, "send", "chat", "anna", "hello");

  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(JSON.parse(stdout)).toMatchObject({ status: "ok", value: { message_id: "one:m1" } });
});

test("a failed outcome exits 1, one in part 3, and --json prints one line", async () => {
  const place = await createWorkspace();
  const items =
    "{ add_member: () => ({ items: [{ subject: 'a', status: 'added' }, { subject: 'b', status: 'failed' }] }), send_message() { throw new HooklineError('auth', { reason: 'the token has expired' }); } }";
  await place.plugin("one", items);
  await place.configure("plugin_id: one");

  const failed = await hookline(place.folder, "--json", "send", "chat", "anna", "hello");
  const partial = await hookline(
    place.folder,
    "--json",
    "call",
    "add_member",
    '{"channel":"chat","group":"g","members":["a","b"]}',
  );

  expect([failed.code, partial.code]).toEqual([1, 3]);
  expect(failed.stdout.trim().split("\n")).toHaveLength(1);
  expect(JSON.parse(failed.stdout)).toMatchObject({ status: "failed", error: { code: "auth", instance: "one" } });
  expect(JSON.parse(partial.stdout)).toMatchObject({ status: "partial" });
});

test.each([
  [["send", "chats", "anna", "hello"], /"chats".*Did you mean "chat"/],
  [["call", "send_mesage", "{}"], /Did you mean "send_message"/],
  [["call", "send_message", "{'channel'}"], /The request is not JSON/],
  [["call", "send_message", '{"channel":"chat"}'], /"to" is missing.*"content" is missing/],
  [["fly"], /unknown command 'fly'/],
  [["send", "chat"], /missing required argument 'recipient'/],
])("wrong use %j exits 2 with one clear sentence", async (args, sentence) => {
  const place = await createWorkspace();
  await place.plugin("one", answering("m1"));
  await place.configure("plugin_id: one");

  const { code, stderr, stdout } = await hookline(place.folder, ...args);

  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  expect(stderr).toMatch(sentence);
  expect(stderr).not.toMatch(/^\s+at /m);
});

test("check finds what is wrong in configuration, manifests and settings without running any plugin", async () => {
  const place = await createWorkspace();
  await place.plugin("good", moduleOf("(() => { throw new Error('the code ran'); })()"));
  await place.configure("plugin_id: good");
  expect(await hookline(place.folder, "check")).toMatchObject({ code: 0, stdout: "hookline.yml: no problem found\n" });
  await place.plugin("bad", answering("x"), "versoin: 1\nversion: one\n");
  await place.plugin("wants", answering("x"), "required_config: [token]\n");

  await place.configure("plugin_id: good", "plugin_id: bad", "plugin_id: wants", "plugin_id: god");
  const { code, stderr } = await hookline(place.folder, "check");

  expect(code).toBe(2);
  expect(stderr).toMatch(/bad\/manifest\.yml:\d+:\d+.*version/);
  expect(stderr).toMatch(/hookline\.yml:5:\d+.*token is missing/);
  expect(stderr).toMatch(/no plugin "god".*Did you mean "good"/);
  expect(stderr).not.toMatch(/the code ran/);
});

test("check refuses a rule for a hook that does not exist, and warns of a channel that looks misspelt", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("m1"));
  const rules = (hook: string) =>
    `routes:\n  - { name: a, match: { hook: ${hook} }, use: [one] }\n  - { name: b, match: { channel: all }, channels: [chta] }\n`;

  await place.write("hookline.yml", configOf(["plugin_id: one"], rules("send_message")));
  const warned = await hookline(place.folder, "check");
  await place.write("hookline.yml", configOf(["plugin_id: one"], rules("send_mesage")));
  const refused = await hookline(place.folder, "check");

  expect(warned).toMatchObject({ code: 0, stderr: "" });
  expect(warned.stdout).toMatch(
    /^warning: The route "b" sends calls to the channel "chta".*did you mean "chat"\?\n.*no problem found/,
  );
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /hookline\.yml:5:\d+: There is no hook "send_mesage" for the route: did you mean "send_message"\?/,
  );
});

test("plugins prints a table of the instances, and exits 1 when one is not live", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("m1"), "version: 1.2.3\n");
  await place.plugin("broken", "{{{");
  await place.configure("plugin_id: one", "plugin_id: broken");

  const { code, stdout, stderr } = await hookline(place.folder, "plugins");

  expect(code).toBe(1);
  expect(stdout).toMatch(/^instance +channel +state/);
  expect(stdout).toMatch(/^one +chat +live +1 +1\.2\.3 +1$/m);
  expect(stderr).toMatch(/^broken: .*index\.ts:\d+:\d+/m);
});

test("start prints the instances and a line per change, and ends calls and plugins on SIGTERM", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("m1"));
  await place.configure("plugin_id: one");
  const child = spawned(place.folder, ["start"]);
  await until(child, "watching");

  const reloaded = until(child, "one: reloaded, generation 2");
  await place.write("plugins/one/index.ts", answering("m2"));
  await reloaded;
  const refused = until(child, "prioriti");
  await place.write("hookline.yml", configOf(["{ plugin_id: one, prioriti: 1 }"]));
  expect(await refused).toContain("the last good configuration stays");
  child.kill("SIGTERM");

  expect(await once(child, "exit")).toEqual([0, null]);
});

test("start --json prints one JSON value a line", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("m1"));
  await place.configure("plugin_id: one");
  const child = spawned(place.folder, ["--json", "start"]);
  const status = await until(child, "\n");

  const reloaded = until(child, "reloaded");
  await place.write("plugins/one/index.ts", answering("m2"));

  expect(JSON.parse(status)).toMatchObject({ total_plugins: 1 });
  expect(JSON.parse((await reloaded).trim())).toMatchObject({ event: "reloaded", instance: "one", generation: 2 });
});

test("a configuration that is not there exits 2 and says which file and how to name another", async () => {
  const place = await createWorkspace();

  const { code, stderr } = await hookline(place.folder, "plugins");

  expect(code).toBe(2);
  expect(stderr).toMatch(/hookline\.yml cannot be read.*--config/s);
});

test("no colours are printed where there is no terminal", async () => {
  const place = await createWorkspace();
  await place.configure("plugin_id: none");

  const { stdout, stderr } = await hookline(place.folder, "plugins");

  expect(stdout + stderr).not.toContain("\u001b[");
});
