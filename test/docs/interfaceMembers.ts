import { readPage } from "./pageBlocks.ts";

/** The names of the members of an interface, as the source has them. `file` is relative to the root. */
export function interfaceMembers(file: string, name: string): string[] {
  const [, body] = new RegExp(`^export interface ${name}\\b[^\\n]*\\{\\n(.*?)^\\}`, "ms").exec(readPage(file)) ?? [];
  if (body === undefined) throw new Error(`${file} has no interface ${name}`);
  // The formatter sets members of the interface itself, and nothing else, two spaces in.
  return [...body.matchAll(/^ {2}(?:readonly )?(\w+)\??[:(<]/gm)].map(([, member = ""]) => member);
}
