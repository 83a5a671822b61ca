import { HooklineError } from "../../errors.ts";

/** One `vendor.package.namespace.type.vMAJOR[.MINOR]` of a type id. */
export interface TypeIdSegment {
  vendor: string;
  package: string;
  namespace: string;
  type: string;
  major: number;
  minor?: number;
  /** A `~` follows: it names a type, not an instance. */
  isType: boolean;
}

/** A type id or a pattern, taken apart. */
export interface ReadTypeId {
  segments: TypeIdSegment[];
  /** The last part of an anonymous instance. */
  uuid?: string;
  /** What the last part of a pattern says before its `*`; nothing at all in `…~*`. */
  open?: { names: string[]; major?: number };
}

const longest = 1024;
const nameParts = ["vendor", "package", "namespace", "type"] as const;
const uuidForm = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Takes a type id apart, or a pattern where `allow` says so. Throws `type_id_invalid` with the place of the first flaw. */
export function readTypeId(text: string, allow: "id" | "pattern"): ReadTypeId {
  const fail = (flaw: string): never => refuse(text, allow, flaw);
  if (!text.startsWith("gts.")) fail('it must start with "gts."');
  if (text.length > longest) fail(`it has ${text.length} characters, and ${longest} is the most`);
  const star = text.indexOf("*");
  if (star >= 0 && allow === "id") fail(`the "*" at character ${star + 1} makes it a pattern`);
  if (star >= 0 && star < text.length - 1) fail(`the "*" at character ${star + 1} must be its last character`);

  const parts = text.slice("gts.".length).split("~");
  const endsAsType = parts.length > 1 && parts.at(-1) === "";
  if (endsAsType) parts.pop();

  const read: ReadTypeId = { segments: [] };
  let at = "gts.".length + 1;
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1;
    const where: Place = { segment: index + 1, at, fail };
    if (isLast && star >= 0) read.open = readOpen(part, where);
    else if (isLast && index > 0 && !endsAsType && uuidForm.test(part)) read.uuid = part;
    else read.segments.push(readSegment(part, !isLast || endsAsType, where));
    at += part.length + 1;
  }
  if (parts.length === 1 && !endsAsType && star < 0) fail('a single segment names a type, so a "~" must follow it');
  return read;
}

/** Where a part stands in the text, for the sentence of a flaw. */
interface Place {
  segment: number;
  at: number;
  fail: (flaw: string) => never;
}

function readSegment(part: string, isType: boolean, where: Place): TypeIdSegment {
  const tokens = part.split(".");
  const [vendor = "", packageName = "", namespace = "", type = ""] = readNames(tokens.slice(0, 4), part, where);
  const [, , , , version, minor, more] = tokens;
  if (version === undefined) {
    where.fail(`segment ${where.segment}, "${shown(part)}", has too few parts: it must be vendor.package.namespace.type.vMAJOR`);
  }
  const major = readMajor(version ?? "", where);
  if (more !== undefined) where.fail(`segment ${where.segment} goes on after its version, with ".${shown(more)}"`);
  const segment = { vendor, package: packageName, namespace, type, major, isType };
  return minor === undefined ? segment : { ...segment, minor: readNumber(minor, "minor version", where) };
}

/** The last part of a pattern: `*`, `acme.*`, `a.b.c.d.v*`, `a.b.c.d.v1.*`. */
function readOpen(part: string, where: Place): NonNullable<ReadTypeId["open"]> {
  const tokens = part.split(".");
  const last = tokens.pop();
  const ofAnyVersion = last === "v*" && tokens.length === 4;
  if (last !== "*" && !ofAnyVersion) {
    where.fail(`the "*" at its end must stand alone after a "." or a "~", or be the version "v*"`);
  }
  if (tokens.length > 5) where.fail(`nothing can stand for the "*" after the minor version of segment ${where.segment}`);
  const names = readNames(tokens.slice(0, 4), part, where);
  const version = tokens[4];
  return version === undefined ? { names } : { names, major: readMajor(version, where) };
}

function readNames(tokens: string[], part: string, where: Place): string[] {
  if (part.startsWith("gts.")) where.fail(`"gts." stands again at character ${where.at}, and may stand only at its start`);
  for (const [index, token] of tokens.entries()) {
    if (/^[a-z_][a-z0-9_]*$/.test(token)) continue;
    where.fail(
      `the ${nameParts[index]} of segment ${where.segment} is "${shown(token)}", and must be letters a to z, digits and _, not starting with a digit`,
    );
  }
  return tokens;
}

function readMajor(token: string, where: Place): number {
  if (!token.startsWith("v")) where.fail(`the version of segment ${where.segment} is "${shown(token)}", and must be like v1`);
  return readNumber(token.slice(1), "major version", where);
}

function readNumber(digits: string, what: string, where: Place): number {
  if (!/^(0|[1-9][0-9]*)$/.test(digits)) {
    where.fail(`the ${what} of segment ${where.segment} is "${shown(digits)}", and must be a number without leading zeros`);
  }
  const number = Number(digits);
  if (!Number.isSafeInteger(number)) {
    where.fail(`the ${what} of segment ${where.segment} is larger than ${Number.MAX_SAFE_INTEGER}`);
  }
  return number;
}

function refuse(text: string, what: "id" | "pattern", flaw: string): never {
  throw new HooklineError("type_id_invalid", {
    reason: `"${shown(text)}" is no ${what === "id" ? "type id" : "pattern of type ids"}: ${flaw}`,
  });
}

/** What is quoted in a sentence stays short, whatever was passed in. */
function shown(text: string): string {
  return text.length > 120 ? `${text.slice(0, 117)}…` : text;
}
