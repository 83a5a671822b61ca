import type { TreeFile } from "./treeFiles.ts";

const longest = 250;

/** One sentence for each file that is too long to be read in five minutes. */
export function tooLong(files: readonly TreeFile[]): string[] {
  return files
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - (text.endsWith("\n") ? 1 : 0) }))
    .filter(({ lines }) => lines > longest)
    .map(
      ({ path, lines }) => `${path} has ${lines} lines, ${lines - longest} too many: split it by what a reader would look for`,
    );
}

/** One sentence for each line that switches the types off. A variable may be called `any`. */
export function untyped(files: readonly TreeFile[]): string[] {
  const asType = /(?::|\bas|<|(?<![|&])[|&])\s*any\b(?!\s*[-\w.(?:"'`])|,\s*any\s*[>\]]|\bany\[\]/;
  const switchedOff = /@ts-(?:ignore|nocheck)|lint\/suspicious\/noExplicitAny/;
  return findings(files, new RegExp(`${asType.source}|${switchedOff.source}`), isCode);
}

/** One sentence for each line that the oldest Node of `engines` cannot parse: Node 22 does not know `using`. */
export function newerThanNode22(files: readonly TreeFile[]): string[] {
  return findings(files, /^\s*(?:await )?using \w+ =/, isCode);
}

/** One sentence for each line that names a place of the machine it was written on, or a package registry. */
export function machinePaths(files: readonly TreeFile[]): string[] {
  return findings(files, placeOfAMachine);
}

// Written so that this file does not find itself.
const placeOfAMachine = new RegExp(
  [
    "/wor" + "k/",
    "/ro" + "ot/",
    "/home/(?!me\\b|you\\b|user\\b)\\w+/",
    "/User" + "s/\\w+/",
    "\\w://[^\\s\"']*registr" + "y",
    '"resolve' + 'd": "\\w+:',
    "_auth" + "Token",
  ].join("|"),
);

function findings(files: readonly TreeFile[], forbidden: RegExp, counts: (line: string) => boolean = () => true): string[] {
  return files.flatMap(({ path, text }) =>
    text
      .split("\n")
      .flatMap((line, index) =>
        counts(line) && forbidden.test(line) ? `${path}:${index + 1} ${line.trim().slice(0, 120)}` : [],
      ),
  );
}

function isCode(line: string): boolean {
  return !/^\s*(?:\/\/|\/?\*)/.test(line) || /@ts-|lint\//.test(line);
}
