/** Generated code by lines; an empty slot is a line that the caller has taken out. */
export type GeneratedLines = readonly (string | undefined)[];

/**
 * Puts generated code back on the lines it came from, so that stacks, breakpoints and errors name the right line without a
 * source map being switched on in the host. `mappings` is the source map's field of that name.
 */
export function keepLines(generated: GeneratedLines, mappings: string): string {
  const origins = originsOf(mappings);
  let code = "";
  let line = 0;
  let previous = "";
  generated.forEach((text, index) => {
    if (text === undefined) return;
    let copied = text.length - text.trimStart().length;
    // Only a line whose very first token is mapped surely starts in code, not inside a template literal or a comment.
    const [first, ...inner] = origins[index] ?? [];
    const startsInCode = first !== undefined && first.column === copied;
    if (startsInCode && first.line > line) {
      code += "\n".repeat(first.line - line);
      line = first.line;
    } else if (startsInCode && !previous.includes("//")) {
      code += " ";
    } else if (code === "" && index === 0) {
      copied = 0;
    } else {
      code += "\n";
      line += 1;
      copied = 0;
    }
    for (const { column, line: wanted } of startsInCode ? inner : (origins[index] ?? [])) {
      if (wanted <= line || !canBreakBefore(text, column)) continue;
      code += text.slice(copied, column) + "\n".repeat(wanted - line);
      copied = column;
      line = wanted;
    }
    code += text.slice(copied);
    previous = text;
  });
  return code;
}

/** A line may end here without changing the meaning: JavaScript forbids it after `return` and the like, after none of these. */
function canBreakBefore(text: string, column: number): boolean {
  const before = text.slice(0, column).trimEnd();
  return "([{,;:?=&|+.<".includes(before.at(-1) ?? "x");
}

interface Origin {
  /** In the generated line, from 0. */
  column: number;
  /** In the source, from 0. */
  line: number;
}

/** The mapped tokens of every generated line. */
function originsOf(mappings: string): Origin[][] {
  let current: Origin[] = [];
  const origins = [current];
  let column = 0;
  let line = 0;
  let field = 0;
  let value = 0;
  let shift = 0;
  for (let at = 0; at < mappings.length; at++) {
    const code = mappings.charCodeAt(at);
    if (code === semicolon) {
      current = [];
      origins.push(current);
      column = 0;
      field = 0;
    } else if (code === comma) {
      field = 0;
    } else {
      const digit = digits[code] ?? 0;
      value += (digit & 31) << shift;
      shift += 5;
      if ((digit & 32) !== 0) continue;
      const delta = (value & 1) === 1 ? -(value >> 1) : value >> 1;
      value = 0;
      shift = 0;
      if (field === 0) column += delta;
      if (field === 2) {
        line += delta;
        current.push({ column, line });
      }
      field += 1;
    }
  }
  return origins;
}

const semicolon = ";".charCodeAt(0);
const comma = ",".charCodeAt(0);
/** The value of each base64 letter, by its character code. */
const digits = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".indexOf(String.fromCharCode(code))),
);
