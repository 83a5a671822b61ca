import { expect, test } from "vitest";
import { type Block, pageBlocks } from "./pageBlocks.ts";
import { readerFolder } from "./readerFolder.ts";

// docs/errors.md shows pieces, and is checked by a test of its own.
const pages = [
  "README.md",
  "docs/hooks.md",
  "docs/embedding.md",
  "docs/routing.md",
  "docs/writing-a-plugin.md",
  "docs/hot-reload.md",
  "docs/type-ids.md",
];

test.concurrent.each(pages)(
  "%s: followed from top to bottom, its files type-check, its programs run and print what they say",
  { timeout: 300_000 },
  async (page) => {
    await using reader = await readerFolder();
    const blocks = pageBlocks(page).filter(({ noRun }) => noRun === undefined);

    for (const block of blocks) await follow(block);

    expect(await reader.typeErrors(), `line-N.ts is the program at line N of ${page}`).toBe("");

    async function follow(block: Block): Promise<void> {
      if (block.file !== undefined) await reader.write(block.file, block.code);
      if (!isProgram(block)) return;
      const program = `line-${block.line}.ts`;
      await reader.write(program, block.code);
      const where = `${page}:${block.line}`;
      const { stdout, stderr, code } = await reader.run(program);
      expect(`exit ${code}\n${code === 0 ? "" : stderr}`, where).toBe("exit 0\n");
      expect(unseen(block.code, stdout), `${where} says what it does not print; it prints:\n${stdout}`).toEqual([]);
    }
  },
);

test("the plugin on the first screen of the README is live as it stands", { timeout: 60_000 }, async () => {
  await using reader = await readerFolder();
  const plugin = pageBlocks("README.md").find(({ file }) => file !== undefined) ?? expect.fail("the README shows no plugin");
  await reader.write(plugin.file ?? "", plugin.code);
  const enabled = "enabled_plugins: [{ plugin_id: pager, config: { url: 'http://localhost:8080' } }]\n";
  await reader.write("hookline.yml", `plugin_paths: [./plugins]\n${enabled}`);

  const { stdout } = await reader.run("node_modules/hookline/dist/cli/main.js", "-c", "hookline.yml", "--json", "plugins");

  expect(JSON.parse(stdout).instances).toMatchObject({ pager: { state: "live", channel: "pager", hooks: ["send_message"] } });
});

test("a block of TypeScript that is no program says why", () => {
  for (const page of pages) {
    for (const { noRun } of pageBlocks(page)) if (noRun !== undefined) expect(noRun.length, noRun).toBeGreaterThan(10);
  }
});

function isProgram({ language, file, noRun }: Block): boolean {
  return language === "ts" && file === undefined && noRun === undefined;
}

/** The comments `// → text` of a program that its output does not have, in this order. */
function unseen(code: string, stdout: string): string[] {
  let from = 0;
  return [...code.matchAll(/\/\/ → (.+)$/gm)].flatMap(([, text = ""]) => {
    const at = stdout.indexOf(text, from);
    if (at < 0) return [text];
    from = at + text.length;
    return [];
  });
}
