import { readFileSync } from "node:fs";

/** One fenced block of a page that a reader may copy. */
export interface Block {
  language: string;
  /** Of the first line of its code. */
  line: number;
  code: string;
  /** `ts file=plugins/hello/index.ts`: the code is the text of this file, relative to the reader's folder. */
  file?: string;
  /** `ts no-run: why`: a piece of code that is no program. */
  noRun?: string;
}

/** The fenced blocks of a Markdown page, relative to the root, in the order of reading. */
export function pageBlocks(page: string): Block[] {
  const lines = readPage(page).split("\n");
  const blocks: Block[] = [];
  let open: { block: Block; fence: string } | undefined;
  for (const [index, line] of lines.entries()) {
    if (open) {
      if (line.trim() === open.fence) open = undefined;
      else open.block.code += `${line}\n`;
      continue;
    }
    const [, fence, language = "", info = ""] = /^(`{3,})(\w*) ?(.*)$/.exec(line) ?? [];
    if (fence === undefined) continue;
    const block: Block = { language, line: index + 2, code: "", ...placeOf(info) };
    blocks.push(block);
    open = { block, fence };
  }
  return blocks;
}

/** The text of a page, relative to the root. */
export function readPage(page: string): string {
  return readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");
}

function placeOf(info: string): Pick<Block, "file" | "noRun"> {
  const [, file] = /^file=(\S+)$/.exec(info) ?? [];
  const [, noRun] = /^no-run: (.+)$/.exec(info) ?? [];
  if (file !== undefined) return { file };
  if (noRun !== undefined) return { noRun };
  if (info === "") return {};
  throw new Error(`a block says "${info}"; it may say file=PATH or no-run: WHY`);
}
