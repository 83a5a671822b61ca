import { existsSync, readFileSync } from "node:fs";

const head = `# Results of the benches

\`npm run bench\` measures everything and writes this file; \`npm run bench -- reload\` measures one bench and replaces its part.
Peers are installed by the benches themselves, into \`bench/.peers\`. All figures of a table were measured in one run, those that
are times of the same thing in turns; compare the ratios, for the milliseconds are those of one machine.
`;

/** The parts of a results file, by the name of their bench. */
export function readSections(file: string): Map<string, string> {
  if (!existsSync(file)) return new Map();
  const parts = readFileSync(file, "utf8")
    .split(/^<!-- bench: (\w+) -->\n/m)
    .slice(1);
  return new Map(
    Array.from({ length: parts.length / 2 }, (_, index) => [parts[2 * index] ?? "", (parts[2 * index + 1] ?? "").trim()]),
  );
}

/** The text of the results file, its parts in this order. */
export function writeSections(sections: ReadonlyMap<string, string>, order: readonly string[]): string {
  const parts = order.flatMap((name) => (sections.has(name) ? [`<!-- bench: ${name} -->\n${sections.get(name)}\n`] : []));
  return [head, ...parts].join("\n");
}
