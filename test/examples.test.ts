import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../", import.meta.url));
const examples = readdirSync(new URL("../examples/", import.meta.url)).filter((name) => name.endsWith(".ts"));

test("the examples run on what `npm run build` made", () => {
  expect(existsSync(new URL("../core/dist/index.js", import.meta.url)), "run `npm run build`; `npm test` does it first").toBe(
    true,
  );
  expect(examples).not.toEqual([]);
});

test.each(examples)("examples/%s runs, ends, and prints what it says", { timeout: 120_000 }, async (name) => {
  // Examples that would watch or serve until Ctrl-C end after their story.
  const env = { ...process.env, HOOKLINE_EXAMPLE_ENDS: "1", NO_COLOR: "1" };

  const { stdout, stderr } = await promisify(execFile)(process.execPath, [`examples/${name}`], {
    cwd: root,
    env,
    timeout: 100_000,
  });

  for (const line of expectedLines(name)) expect(stdout, stderr).toContain(line);
});

test("the plugin of examples/hello-plugin has at most 30 lines with its manifest, and passes the suite for plugins on node:test", {
  timeout: 60_000,
}, async () => {
  const lines = ["manifest.yml", "index.ts"].flatMap((file) => read(`hello-plugin/${file}`).trimEnd().split("\n"));

  const { stdout } = await promisify(execFile)(process.execPath, ["--test", "examples/hello-plugin/hello_plugin.test.ts"], {
    cwd: root,
    env: { ...process.env, NODE_OPTIONS: "", VITEST: "" },
  });

  expect(lines.length).toBeLessThanOrEqual(30);
  expect(stdout).toMatch(/pass 1[0-9]\n/);
  expect(stdout).toMatch(/fail 0\n/);
});

function read(path: string): string {
  return readFileSync(new URL(`../examples/${path}`, import.meta.url), "utf8");
}

/** A program says in its first lines what it prints: `// expect: sent`. */
function expectedLines(name: string): string[] {
  return [...read(name).matchAll(/^\/\/ expect: (.+)$/gm)].map(([, line = ""]) => line);
}
