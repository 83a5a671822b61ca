import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { exitCodes } from "../../core/cli/exitCodes.ts";
import { pageBlocks, readPage } from "./pageBlocks.ts";
import { pageSections } from "./pageTables.ts";
import { type ReaderFolder, readerFolder } from "./readerFolder.ts";

const cli = fileURLToPath(new URL("../../core/dist/cli/main.js", import.meta.url));

test("docs/cli.md: each command prints what stands below it", { timeout: 120_000 }, async () => {
  await using reader = await readerFolder();
  const blocks = pageBlocks("docs/cli.md").filter(({ language }) => language === "console");

  for (const { code, line } of blocks) {
    let last = 0;
    for (const [, command = "", output = ""] of code.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      const result = await shell(reader, command.replace("$?", String(last)));
      expect(result.output, `docs/cli.md:${line} ${command}`).toMatch(patternOf(output));
      last = result.code;
    }
  }

  expect(blocks).not.toEqual([]);
});

test("docs/cli.md has a section for each command of --help, and its exit codes and options", { timeout: 30_000 }, async () => {
  await using reader = await readerFolder();
  const { output } = await shell(reader, "npx hookline --help");
  const commands = [...output.matchAll(/^ {2}(\w+) [^\n]*?$/gm)].map(([, name = ""]) => name).filter((name) => name !== "help");
  const options = [...output.matchAll(/^ {2}(?:-\w, )?(--\w+)/gm)].map(([, name = ""]) => name);
  const page = pageSections("docs/cli.md");

  expect(page.map(({ heading }) => heading)).toEqual(commands);
  const text = readPage("docs/cli.md");
  for (const option of options) expect(text).toContain(`\`${option}`);
  for (const { code, means } of exitCodes) expect(text).toContain(`| \`${code}\` | ${means} |`);
});

/** `…` stands for anything. */
function patternOf(output: string): RegExp {
  const parts = output
    .trimEnd()
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*")}\\s*$`);
}

/** What a command prints, on standard output and then on standard error. */
function shell({ folder }: ReaderFolder, command: string): Promise<{ output: string; code: number }> {
  const script = `npx() { shift; "$NODE" "$CLI" "$@"; }\n${command}`;
  const env = { ...process.env, NODE: process.execPath, CLI: cli, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile("sh", ["-c", script], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ output: stdout + stderr, code: typeof error?.code === "number" ? error.code : 0 });
    });
  });
}
