import type { Answer } from "./accepts.ts";
import { samplePattern } from "./samplePattern.ts";

/**
 * Does the regular expression match? Expressions are never run: a plain text with or without `^` and `$` is decided, of any other
 * only its own samples are known to match.
 */
export function patternMatches(pattern: string, text: string): Answer {
  const [, start, plain, end] = /^(\^?)([\w -]*)(\$?)$/.exec(pattern) ?? [];
  if (plain !== undefined) {
    const matches = start ? (end ? text === plain : text.startsWith(plain)) : end ? text.endsWith(plain) : text.includes(plain);
    return matches ? "yes" : "no";
  }
  return text === samplePattern(pattern) || text === samplePattern(pattern, [...text].length) ? "yes" : "maybe";
}

/** Is the text of that format? Some of each known format is known to be; whether a format is checked at all is the validator's choice. */
export function formatMatches(format: string, text: string): Answer {
  return text === sampleOfFormat.get(format) ? "yes" : "maybe";
}

/** For each format that validators know, one text of it. */
export const sampleOfFormat: ReadonlyMap<string, string> = new Map([
  ["date", "2024-01-31"],
  ["date-time", "2024-01-31T12:00:00Z"],
  ["time", "12:00:00Z"],
  ["duration", "P1D"],
  ["email", "a@a.test"],
  ["hostname", "a.test"],
  ["ipv4", "127.0.0.1"],
  ["ipv6", "::1"],
  ["uri", "https://a.test/"],
  ["uri-reference", "https://a.test/"],
  ["uuid", "0f8fad5b-d9cb-469f-a165-70867728950e"],
  ["json-pointer", "/a"],
  ["regex", "^a$"],
]);
