import { isRecord } from "../config/isRecord.ts";

/**
 * The settings that nobody may read in a log or a status, as dotted paths; an item of a list is `*` (`accounts.*.token`). A field is
 * secret when its schema says `writeOnly: true` or `format: password`, or when it is called like one: token, secret, password, key.
 * An account's id (`account_sid`, `key_id`) and what is public is none. `settings` adds the names that no schema lists.
 */
export function secretFields(schema: unknown, settings?: unknown): string[] {
  const found = new Set<string>();
  fromSchema(schema, [], { root: schema, found, open: new Set() });
  fromNames(settings, [], found);
  return [...found];
}

/** The secrets among an instance's settings. */
export function secretValues(schema: unknown, settings: unknown): string[] {
  return secretFields(schema, settings).flatMap((path) => textsAt(settings, path.split(".")));
}

function textsAt(value: unknown, [step, ...rest]: readonly string[]): string[] {
  if (step === undefined)
    return typeof value === "string" || typeof value === "number"
      ? [String(value)]
      : Array.isArray(value)
        ? value.flatMap((one) => textsAt(one, []))
        : [];
  if (step === "*")
    return Object.values(isRecord(value) || Array.isArray(value) ? value : {}).flatMap((one) => textsAt(one, rest));
  return isRecord(value) && Object.hasOwn(value, step) ? textsAt(value[step], rest) : [];
}

/** True for a name that secrets have: `auth_token`, `apiKey`, `PASSWORD`. */
export function isSecretName(name: string): boolean {
  const words = name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
  return secretName.test(words) && !/^(max|min|public)[_-]|[_-]public[_-]/.test(words);
}

const secretName = /(^|[_-])(\w*(token|secret|password|passphrase)s?|passwd|pass|pwd|credentials?|(api)?keys?)$/;

interface Walk {
  root: unknown;
  found: Set<string>;
  /** Schemas that are being walked: a schema may refer to itself. */
  open: Set<unknown>;
}

function fromSchema(schema: unknown, path: readonly string[], walk: Walk): void {
  if (!isRecord(schema) || walk.open.has(schema)) return;
  walk.open.add(schema);
  const isDeclared = schema.writeOnly === true || schema.format === "password";
  if (path.length > 0 && (isDeclared || (mayHoldText(schema) && isSecretName(nameOf(path))))) walk.found.add(path.join("."));
  for (const [key, inner] of entriesOf(schema.properties)) fromSchema(inner, [...path, key], walk);
  for (const inner of [schema.items, schema.prefixItems, schema.additionalProperties].flat())
    fromSchema(inner, [...path, "*"], walk);
  for (const [, inner] of entriesOf(schema.patternProperties)) fromSchema(inner, [...path, "*"], walk);
  const alternatives = [schema.allOf, schema.anyOf, schema.oneOf, schema.if, schema.then, schema.else].flat();
  for (const inner of [...alternatives, referred(schema.$ref, walk.root)]) fromSchema(inner, path, walk);
  walk.open.delete(schema);
}

function fromNames(value: unknown, path: readonly string[], found: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) fromNames(item, [...path, "*"], found);
  else if (isRecord(value)) for (const [name, inner] of Object.entries(value)) fromNames(inner, [...path, name], found);
  else if (typeof value !== "boolean" && isSecretName(nameOf(path))) found.add(path.join("."));
}

/** A list of tokens holds tokens. */
function nameOf(path: readonly string[]): string {
  return path.findLast((name) => name !== "*") ?? "";
}

/** A number or a switch with such a name is nothing to hide, and a mapping is hidden field by field. */
function mayHoldText({ type }: Record<string, unknown>): boolean {
  return type === undefined || [type].flat().includes("string");
}

/** What a reference inside the same schema stands for; others are never fetched. */
function referred(ref: unknown, root: unknown): unknown {
  if (typeof ref !== "string" || !ref.startsWith("#/")) return undefined;
  const keys = ref
    .slice(2)
    .split("/")
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys.reduce<unknown>((inner, key) => (isRecord(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined), root);
}

function entriesOf(value: unknown): [string, unknown][] {
  return isRecord(value) ? Object.entries(value) : [];
}
