import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { pageBlocks } from "./pageBlocks.ts";
import type { ReaderFolder } from "./readerFolder.ts";

const cli = fileURLToPath(new URL("../../core/dist/cli/main.js", import.meta.url));

/** Types the commands of a page's `console` blocks in a shell, and expects of each what stands below it. `…` stands for anything. */
export async function followConsole(page: string, reader: ReaderFolder): Promise<void> {
  const blocks = pageBlocks(page).filter(({ language }) => language === "console");
  for (const { code, line } of blocks) {
    let last = 0;
    for (const [, command = "", output = ""] of code.matchAll(/^\$ (.*)\n((?:(?!\$ ).*\n)*)/gm)) {
      const result = await shell(reader, command.replace("$?", String(last)));
      expect(result.output, `${page}:${line} ${command}`).toMatch(patternOf(output));
      last = result.code;
    }
  }
  expect(blocks, `${page} shows no command`).not.toEqual([]);
}

/** What a command prints, on standard output and then on standard error. */
export function shell({ folder }: ReaderFolder, command: string): Promise<{ output: string; code: number }> {
  const script = `npx() { shift; "$NODE" "$CLI" "$@"; }\n${command}`;
  const env = { ...process.env, NODE: process.execPath, CLI: cli, NO_COLOR: "1" };
  return new Promise((resolve) => {
    execFile("sh", ["-c", script], { cwd: folder, env }, (error, stdout, stderr) => {
      resolve({ output: stdout + stderr, code: typeof error?.code === "number" ? error.code : 0 });
    });
  });
}

function patternOf(output: string): RegExp {
  const parts = output
    .trimEnd()
    .split("…")
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*")}\\s*$`);
}
