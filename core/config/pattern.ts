import { RE2JS } from "re2js";

const longest = 500;

/** A regular expression of the configuration. Matching takes time linear in the text, so that no pattern can hang the process. */
export interface Pattern {
  /** True when some part of the text fits. */
  test(text: string): boolean;
}

/** Compiles a pattern that `patternProblem` has nothing to say against. */
export function compilePattern(source: string): Pattern {
  const compiled = RE2JS.compile(source);
  return { test: (text) => compiled.matcher(text).find() };
}

/** What is wrong with a pattern, in words that fit behind its key; undefined when it can be used. */
export function patternProblem(source: string): string | undefined {
  if (source.length > longest) return `is ${source.length} characters long; a pattern may have ${longest}`;
  try {
    RE2JS.compile(source);
    return undefined;
  } catch (error) {
    if (/\\[1-9]|\\k</.test(source)) return "has a back-reference, which patterns here cannot have";
    if (/\(\?<?[=!]/.test(source)) return "looks ahead or behind, which patterns here cannot do";
    return `is no regular expression (${error instanceof Error ? error.message : String(error)})`;
  }
}
