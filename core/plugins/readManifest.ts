import { fitSettings } from "../config/fitSettings.ts";
import { isRecord } from "../config/isRecord.ts";
import { printPath } from "../config/printPath.ts";
import { type Problem, readYaml, type YamlDocument } from "../config/readYaml.ts";
import { z } from "../contract/schema.ts";
import { HooklineError, nearest } from "../errors.ts";
import { folderManifestSchema, type Manifest, manifestSchema } from "./manifest.ts";

/** A manifest that passed its check, and what its author should hear. */
export interface CheckedManifest {
  manifest: Manifest;
  warnings: string[];
}

/** Where a manifest's values stand, so that a problem names file, line and column. */
export interface ManifestOrigin {
  /** What errors call it: the file it is in. */
  file: string;
  at?: YamlDocument["at"];
  text?: YamlDocument["text"];
  /** True for the manifest of a folder, which also has to say its entry point. */
  hasFolder?: boolean;
}

/** Reads the text of a manifest.yml (or .json). Throws `manifest_invalid` with all its problems at once. */
export function readManifest(source: string, file: string): CheckedManifest & Pick<YamlDocument, "at"> {
  const { value, problems, at, text } = readYaml(source, file);
  if (problems.length > 0) throw refusal(problems, file, value);
  return { ...checkManifest(value, { file, at, text, hasFolder: true }), at };
}

/** Checks a manifest that is data already. Throws `manifest_invalid` with all its problems at once. */
export function checkManifest(input: unknown, origin: ManifestOrigin): CheckedManifest {
  const { file, at, text, hasFolder = false } = origin;
  const schema = hasFolder ? folderManifestSchema : manifestSchema;
  if (!isRecord(input)) {
    throw refusal(
      [{ message: "a manifest is a mapping with plugin_id, channel_type and entry_point", file, ...at?.([]) }],
      file,
      input,
    );
  }
  let result = schema.safeParse(input);
  if (!result.success && text) {
    // `version: 1.0` is a number in YAML, and a text in a manifest. Rare, so only a refused manifest pays for it.
    result = schema.safeParse(fitSettings(input, z.toJSONSchema(schema, { io: "input" }), text));
  }
  if (result.success) return { manifest: result.data, warnings: unknownKeys(input, origin) };
  throw refusal(
    result.error.issues.map((issue) => problemOf(issue, input, origin)),
    file,
    input,
  );
}

function problemOf(issue: z.core.$ZodIssue, input: unknown, { file, at }: ManifestOrigin): Problem {
  const path = issue.path.map((key) => (typeof key === "number" ? key : String(key)));
  const field = printPath(path);
  return { message: `${field} ${complaint(issue, valueAt(input, path))}`, file, path: field, ...at?.(path) };
}

function complaint(issue: z.core.$ZodIssue, value: unknown): string {
  if (issue.code === "invalid_type") {
    const wanted = wordFor[issue.expected] ?? issue.expected;
    return value === undefined ? `is missing: it must be ${wanted}` : `must be ${wanted}, and it is ${kindOf(value)}`;
  }
  if (issue.code === "invalid_union") return deepest(issue) ?? "has the wrong form";
  return issue.message;
}

/** What the alternative that fits best has to say. */
function deepest(issue: z.core.$ZodIssueInvalidUnion): string | undefined {
  if (issue.message !== "Invalid input") return issue.message;
  return issue.errors.flat().find((inner) => inner.code === "custom")?.message;
}

const wordFor: Record<string, string> = { string: "a text", array: "a list", record: "a mapping", object: "a mapping" };

function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "a mapping" : typeof value === "string" ? "a text" : `a ${typeof value}`;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (isRecord(inner) || Array.isArray(inner) ? Reflect.get(inner, key) : undefined),
    value,
  );
}

function unknownKeys(input: Record<string, unknown>, { file, at }: ManifestOrigin): string[] {
  const known = Object.keys(manifestSchema.shape);
  const unknown = Object.keys(input).filter((key) => !known.includes(key) && !key.startsWith("x-"));
  return unknown.map((key) => {
    const near = nearest(key, known);
    return `${placed({ message: "", file, ...at?.([key]) })}"${key}" is no key of a manifest and has no effect${near ? `; did you mean "${near}"?` : ""}`;
  });
}

function refusal(problems: readonly Problem[], file: string, input: unknown): HooklineError {
  const lines = problems.map((problem) => `${placed({ ...problem, file: problem.file ?? file })}${problem.message}`);
  const reason = lines.length === 1 ? `${lines[0]}` : `The manifest has ${lines.length} problems: ${lines.join("; ")}`;
  const id = isRecord(input) ? manifestSchema.shape.plugin_id.safeParse(input.plugin_id).data : undefined;
  return new HooklineError("manifest_invalid", { reason, file, problems, plugin_id: id });
}

function placed({ file, line, column }: Problem): string {
  return line === undefined ? `${file}: ` : `${file}:${line}:${column ?? 1}: `;
}
