import { expect, test } from "vitest";
import { exitCodes } from "../../core/cli/exitCodes.ts";
import { followConsole, shell } from "./followConsole.ts";
import { readPage } from "./pageBlocks.ts";
import { pageSections } from "./pageTables.ts";
import { readerFolder } from "./readerFolder.ts";

test("docs/cli.md: each command prints what stands below it", { timeout: 120_000 }, async () => {
  await using reader = await readerFolder();

  await followConsole("docs/cli.md", reader);
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
