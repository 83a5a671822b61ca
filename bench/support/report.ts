/** What one bench found: a table for `RESULTS.md`. Every `run()` in this folder resolves with one, or with several. */
export interface BenchResult {
  title: string;
  /** One line each; the keys are the columns, in the order in which they first appear. */
  rows: readonly Readonly<Record<string, string | number>>[];
  /** Sentences below the table: what was measured how, what could not be. */
  notes?: readonly string[];
}

/** The result as Markdown. */
export function toMarkdown({ title, rows, notes = [] }: BenchResult): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const numeric = columns.map((column) => rows.every((row) => !Number.isNaN(Number.parseFloat(String(row[column] ?? "0")))));
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = [
    line(columns),
    line(numeric.map((isNumeric) => (isNumeric ? "--:" : "---"))),
    ...rows.map((row) => line(columns.map((column) => String(row[column] ?? "").replaceAll("|", "\\|")))),
  ];
  return [`## ${title}`, table.join("\n"), ...(notes.length > 0 ? [notes.map((note) => `- ${note}`).join("\n")] : [])].join(
    "\n\n",
  );
}
