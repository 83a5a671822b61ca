import { readPage } from "./pageBlocks.ts";

/** One table of a page: what its first column is headed, and its rows as column → cell. */
export interface PageTable {
  of: string;
  rows: Record<string, string>[];
}

/** One part of a page: a heading, and what follows it. */
export interface Section {
  heading: string;
  text: string;
  tables: PageTable[];
}

/** The parts of a Markdown page under its headings of the second level. */
export function pageSections(page: string): Section[] {
  const [, ...parts] = readPage(page).split(/^## /m);
  return parts.map((part) => {
    const [heading = "", ...lines] = part.split("\n");
    return { heading, text: lines.join("\n"), tables: tablesIn(lines) };
  });
}

function tablesIn(lines: readonly string[]): PageTable[] {
  const tables: PageTable[] = [];
  let header: string[] | undefined;
  for (const line of lines) {
    if (!line.startsWith("|")) {
      header = undefined;
      continue;
    }
    const cells = line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (!header) {
      header = cells;
      tables.push({ of: cells[0] ?? "", rows: [] });
    } else if (!cells.every((cell) => /^-+:?$/.test(cell))) {
      tables.at(-1)?.rows.push(Object.fromEntries(header.map((column, index) => [column, cells[index] ?? ""])));
    }
  }
  return tables;
}
