import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isInside, resolveEntry } from "../../core/plugins/entryPoint.ts";

let root: string;
let folder: string;

beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), "hookline-entry-")));
  folder = join(root, "plugin");
  await mkdir(folder);
});

afterEach(() => rm(root, { recursive: true }));

async function write(...paths: string[]): Promise<void> {
  for (const path of paths) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "");
  }
}

test("a file is taken by its name", async () => {
  await write("plugin/index.ts", "plugin/src/main.mjs");

  expect(await resolveEntry(folder, "index.ts", "manifest.yml")).toEqual({ entry: join(folder, "index.ts") });
  expect(await resolveEntry(folder, "./src/main.mjs", "manifest.yml")).toEqual({ entry: join(folder, "src/main.mjs") });
});

test("file.ExportName finds the file by its stem and names the export", async () => {
  await write("plugin/twilio_sms_plugin.ts", "plugin/src/deep.plugin.cjs");

  expect(await resolveEntry(folder, "twilio_sms_plugin.TwilioSMSPlugin", "manifest.yml")).toEqual({
    entry: join(folder, "twilio_sms_plugin.ts"),
    export_name: "TwilioSMSPlugin",
  });
  expect(await resolveEntry(folder, "src/deep.plugin.Deep", "manifest.yml")).toEqual({
    entry: join(folder, "src/deep.plugin.cjs"),
    export_name: "Deep",
  });
});

test.each(["ts", "mts", "cts", "js", "mjs", "cjs"])("a stem is also found as .%s", async (extension) => {
  await write(`plugin/main.${extension}`);

  expect(await resolveEntry(folder, "main.Plugin", "manifest.yml")).toEqual({
    entry: join(folder, `main.${extension}`),
    export_name: "Plugin",
  });
  expect(await resolveEntry(folder, "main", "manifest.yml")).toEqual({ entry: join(folder, `main.${extension}`) });
  expect(await resolveEntry(folder, `main.${extension}.Plugin`, "manifest.yml")).toEqual({
    entry: join(folder, `main.${extension}`),
    export_name: "Plugin",
  });
});

test("of one stem the TypeScript is taken, not what was compiled from it", async () => {
  await write("plugin/main.js", "plugin/main.ts");

  expect(await resolveEntry(folder, "main.Plugin", "manifest.yml")).toMatchObject({ entry: join(folder, "main.ts") });
});

test("a file that is not there is refused with all that was looked for", async () => {
  const error = resolveEntry(folder, "main.Plugin", "/p/manifest.yml:6:14");

  await expect(error).rejects.toMatchObject({ code: "manifest_invalid" });
  await expect(error).rejects.toThrow(
    `/p/manifest.yml:6:14: there is no file for entry_point "main.Plugin" in ${folder} (looked for main.ts, main.mts`,
  );
});

test("a folder called like the entry is not the entry", async () => {
  await mkdir(join(folder, "index.ts"));

  await expect(resolveEntry(folder, "index.ts", "manifest.yml")).rejects.toThrow("there is no file for entry_point");
});

test.each(["../outside.ts", "/etc/outside.ts", "a/../../outside.ts", "../outside.Plugin"])(
  "%s is refused without being looked at",
  async (entry) => {
    await write("outside.ts");

    await expect(resolveEntry(folder, entry, "manifest.yml")).rejects.toThrow(`leads out of the plugin's folder ${folder}`);
  },
);

test("a link that leads outside is refused, and both paths are named", async () => {
  await write("outside.ts");
  await symlink(join(root, "outside.ts"), join(folder, "index.ts"));

  await expect(resolveEntry(folder, "index.ts", "manifest.yml")).rejects.toThrow(
    `${join(folder, "index.ts")}, a link that leads out of the plugin's folder to ${join(root, "outside.ts")}`,
  );
});

test("a linked folder on the way is followed: outside is refused, inside is the real file", async () => {
  await write("elsewhere/main.ts", "plugin/..2026/main.ts");
  await symlink(join(root, "elsewhere"), join(folder, "lib"));
  await symlink("..2026", join(folder, "..data"));

  await expect(resolveEntry(folder, "lib/main.ts", "manifest.yml")).rejects.toThrow("leads out of the plugin's folder");
  expect(await resolveEntry(folder, "..data/main.ts", "manifest.yml")).toEqual({ entry: join(folder, "..2026/main.ts") });
});

test("a link that leads in a circle is refused with a sentence", async () => {
  await symlink("index.ts", join(folder, "index.ts"));

  await expect(resolveEntry(folder, "index.ts", "manifest.yml")).rejects.toThrow("cannot be read (ELOOP)");
});

test("a neighbour whose name begins like the folder's is outside", () => {
  expect(isInside("/plugins/a", "/plugins/a/b")).toBe(true);
  expect(isInside("/plugins/a", "/plugins/a/..data/b")).toBe(true);
  expect(isInside("/plugins/a", "/plugins/ab/c")).toBe(false);
  expect(isInside("/plugins/a", "/plugins/a")).toBe(false);
  expect(isInside("/plugins/a", "/plugins")).toBe(false);
});
