import { HooklineError, nearest } from "../errors.ts";
import type { HookSpec } from "./defineContract.ts";
import type { z } from "./schema.ts";

/** The checked request of a hook, defaults filled in. Throws `invalid_request` naming every field that is wrong. */
export function checkRequest(hook: string, spec: HookSpec, request: unknown): unknown {
  const checked = spec.request.safeParse(request);
  if (checked.success) return checked.data;
  throw new HooklineError("invalid_request", {
    hook,
    reason: `${hook}: ${problemsOf(checked.error, "the request", knownFields(spec.request)).join("; ")}`,
  });
}

/** The checked answer of one implementation. Throws `plugin_error`: an answer of the wrong shape is never passed on. */
export function checkAnswer(hook: string, spec: HookSpec, answer: unknown, instance: string): unknown {
  if (!spec.answer) return answer;
  const checked = spec.answer.safeParse(answer);
  if (checked.success) return checked.data;
  // The platform was asked and may have acted: only the answer is unusable.
  throw new HooklineError("plugin_error", {
    instance,
    hook,
    reason: `the answer to ${hook} has the wrong shape: ${problemsOf(checked.error, "the answer", []).join("; ")}`,
  });
}

/** Every problem of a failed check as "field: what is wrong"; of a union, the branch that came nearest. */
function problemsOf(error: z.ZodError, whole: string, known: readonly string[]): string[] {
  return error.issues.flatMap((issue) => problemOf(issue, [], { whole, known }));
}

function problemOf(
  issue: z.core.$ZodIssue,
  parent: readonly PropertyKey[],
  named: { whole: string; known: readonly string[] },
): string[] {
  const path = [...parent, ...issue.path];
  if (issue.code === "invalid_union" && issue.errors.length > 0) {
    const types = issue.errors.map((branch) =>
      branch.length === 1 && branch[0]?.code === "invalid_type" && branch[0].path.length === 0 ? branch[0].expected : undefined,
    );
    if (types.every((type) => type !== undefined) && issue.input !== undefined) {
      return [`${placeOf(path, named.whole)} must be ${[...new Set(types.map((type) => typeNames[type] ?? type))].join(" or ")}`];
    }
    const nearestBranch = [...issue.errors].sort((a, b) => depth(b) - depth(a) || a.length - b.length)[0] ?? [];
    return nearestBranch.flatMap((inner) => problemOf(inner, path, named));
  }
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => {
      const near = path.length === 0 ? nearest(key, named.known) : undefined;
      return `"${[...path, key].map(String).join(".")}" is not a field of it${near ? ` (did you mean "${near}"?)` : ""}`;
    });
  }
  const missing = issue.code === "invalid_type" && issue.input === undefined && /received undefined/.test(issue.message);
  const where = placeOf(path, named.whole);
  return [missing ? `${where} is missing` : `${where}: ${lowerFirst(issue.message)}`];
}

const typeNames: Record<string, string> = {
  string: "text",
  object: "a map",
  array: "a list",
  number: "a number",
  boolean: "true or false",
};

function placeOf(path: readonly PropertyKey[], whole: string): string {
  return path.length === 0 ? whole : `"${path.map(String).join(".")}"`;
}

function depth(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map((issue) => (issue.code === "unrecognized_keys" ? issue.path.length + 1 : issue.path.length)));
}

function knownFields(schema: z.ZodType): string[] {
  return "shape" in schema && typeof schema.shape === "object" && schema.shape !== null ? Object.keys(schema.shape) : [];
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
