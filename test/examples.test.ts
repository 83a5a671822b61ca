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

/** A program says in its first lines what it prints: `// expect: sent`. */
function expectedLines(name: string): string[] {
  const head = readFileSync(new URL(`../examples/${name}`, import.meta.url), "utf8");
  return [...head.matchAll(/^\/\/ expect: (.+)$/gm)].map(([, line = ""]) => line);
}
