/** A piece of a sample: its shortest text, and what may be repeated after it how often. */
interface Piece {
  text: string;
  more?: string;
  room: number;
}

/**
 * A text that the regular expression matches, made from the expression without running it; undefined for an expression that has
 * more than characters, classes, groups, alternatives and counts. Has at least `length` characters where one count allows it.
 */
export function samplePattern(pattern: string, length = 0): string | undefined {
  try {
    const pieces = createReader([...pattern]).alternatives(true);
    const shortest = pieces.map(({ text }) => text).join("");
    const missing = length - [...shortest].length;
    const growing = pieces.find(({ more, room }) => more !== undefined && [...more].length === 1 && room >= missing);
    return pieces
      .map((piece) => (missing > 0 && piece === growing ? piece.text + (piece.more ?? "").repeat(missing) : piece.text))
      .join("");
  } catch (error) {
    if (error === unsupported) return undefined;
    throw error;
  }
}

const unsupported = new Error("an expression that samplePattern does not know");
const longestCount = 1000;

function createReader(characters: readonly string[]) {
  let at = 0;
  return { alternatives };

  /** The first alternative; the others are read and dropped. */
  function alternatives(isOutermost: boolean): Piece[] {
    const first = sequence(isOutermost);
    while (characters[at] === "|") {
      at++;
      sequence(isOutermost);
    }
    if (isOutermost && at < characters.length) throw unsupported;
    return first;
  }

  function sequence(isOutermost: boolean): Piece[] {
    const pieces: Piece[] = [];
    if (isOutermost && characters[at] === "^") at++;
    while (at < characters.length && characters[at] !== "|" && characters[at] !== ")") {
      const next = characters[at + 1];
      if (isOutermost && characters[at] === "$" && (next === undefined || next === "|")) at++;
      else pieces.push(counted(atom()));
    }
    return pieces;
  }

  function atom(): string {
    const character = characters[at++] ?? "";
    if (character === "(") return group();
    if (character === "[") return oneOfClass();
    if (character === "\\") return escaped(characters[at++] ?? "");
    if (character === ".") return "a";
    if ("^$*+?{}])".includes(character)) throw unsupported;
    return character;
  }

  function group(): string {
    if (characters[at] === "?") {
      if (characters[at + 1] !== ":") throw unsupported;
      at += 2;
    }
    const pieces = alternatives(false);
    if (characters[at++] !== ")") throw unsupported;
    return pieces.map(({ text }) => text).join("");
  }

  /** The first character of the class; a class that excludes or holds an escape but \d, \w or punctuation is not known. */
  function oneOfClass(): string {
    const start = at;
    while (at < characters.length && characters[at] !== "]") at += characters[at] === "\\" ? 2 : 1;
    const [first = "", second = ""] = characters.slice(start, at++);
    if (start === at - 1 || first === "^" || at > characters.length) throw unsupported;
    return first === "\\" ? escaped(second) : first;
  }

  function counted(text: string): Piece {
    const [min, max] = count();
    if (characters[at] === "?") at++;
    if (min > longestCount || text.length * min > 100_000) throw unsupported;
    return { text: text.repeat(min), more: text, room: max - min };
  }

  function count(): [min: number, max: number] {
    const character = characters[at];
    if (character === "*" || character === "+" || character === "?") {
      at++;
      return [character === "+" ? 1 : 0, character === "?" ? 1 : longestCount];
    }
    if (character !== "{") return [1, 1];
    const end = characters.indexOf("}", at);
    const [, min, comma, max] = /^(\d{1,6})(,?)(\d{0,6})$/.exec(characters.slice(at + 1, end < 0 ? at : end).join("")) ?? [];
    if (min === undefined) throw unsupported;
    at = end + 1;
    return [Number(min), comma === "" ? Number(min) : max === "" ? longestCount : Number(max)];
  }
}

/** One character that the escape stands for. */
function escaped(character: string): string {
  if (character === "d") return "0";
  if (character === "w") return "a";
  if (character === "s") return " ";
  if (character === "" || /[A-Za-z0-9]/.test(character)) throw unsupported;
  return character;
}
