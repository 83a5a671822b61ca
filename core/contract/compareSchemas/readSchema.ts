import { jsonText } from "./jsonValue.ts";
import { limitRules, valueRules } from "./keywords.ts";
import type { Condition, MakeSchema, Rules, Schema } from "./schema.ts";

/** Where a schema stands: what its `$ref`s refer to, and which keywords its draft has. */
interface Document {
  name: string;
  root: unknown;
  isDraft7: boolean;
  make: MakeSchema;
  /** What `$ref`s led to, by pointer. */
  targets: Map<string, Schema>;
}

type RawSchema = Readonly<Record<string, unknown>>;

/**
 * Reads a JSON Schema (2020-12, or draft-07 where `$schema` says so) without its annotations. What it does not understand, and a
 * `$ref` that leads out of the document, becomes `opaque`. `name` tells the two documents of a comparison apart.
 */
export function readSchema(root: unknown, name: string, make: MakeSchema): Schema {
  const dialect = isObject(root) ? root.$schema : undefined;
  const isDraft7 = /^http:\/\/json-schema\.org\/draft-07\/schema#?$/.test(String(dialect));
  const document: Document = { name, root, isDraft7, make, targets: new Map() };
  if (isDraft7 || dialect === undefined || dialect === "https://json-schema.org/draft/2020-12/schema") {
    return readAny(root, document);
  }
  return make({ opaque: [`a $schema of another draft: ${jsonText(root)}`] });
}

function readAny(raw: unknown, document: Document): Schema {
  const { make } = document;
  if (raw === true) return make({});
  if (raw === false) return make({ never: true });
  if (!isObject(raw)) return make({ opaque: [`no schema where one must be: ${jsonText(raw)}`] });
  if (raw !== document.root && raw.$id !== undefined) return make({ opaque: [`$id: of ${document.name} ${jsonText(raw)}`] });
  const rules: Rules = { ...valueRules(raw), ...limitRules(raw), ...applicators(raw, document) };
  if (document.isDraft7 && rules.ref && Object.keys(rules).length > 1) {
    // Whether keywords beside a $ref count is something that validators of draft-07 do not agree on.
    return make({ ref: rules.ref, opaque: [`keywords beside a $ref: of ${document.name} ${jsonText(raw)}`] });
  }
  const opaque = opaqueParts(raw, document, rules);
  return make(opaque.length > 0 ? { ...rules, opaque } : rules);
}

/** The keywords that hold schemas. */
function applicators(raw: RawSchema, document: Document): Rules {
  const rules: Rules = {};
  const one = (keyword: string) => (raw[keyword] === undefined ? undefined : readAny(raw[keyword], document));
  const list = (keyword: string) => {
    const schemas = raw[keyword];
    return isSchemaList(schemas) ? schemas.map((schema) => readAny(schema, document)) : undefined;
  };
  const map = (keyword: string) => {
    const schemas = raw[keyword];
    if (!isObject(schemas)) return undefined;
    const read = Object.entries(schemas).map(([name, schema]) => [name, readAny(schema, document)] as const);
    return read.length === 0 ? undefined : read.sort(([a], [b]) => (a < b ? -1 : 1));
  };

  rules.properties = map("properties");
  rules.patternProperties = map("patternProperties");
  rules.additional = one("additionalProperties");
  rules.names = one("propertyNames");
  const isTuple = document.isDraft7 && Array.isArray(raw.items);
  rules.prefix = document.isDraft7 ? (isTuple ? list("items") : undefined) : list("prefixItems");
  rules.rest = isTuple ? one("additionalItems") : Array.isArray(raw.items) ? undefined : one("items");
  rules.contains = containing(raw, document);
  rules.all = list("allOf");
  rules.any = list("anyOf");
  rules.one = list("oneOf");
  rules.not = one("not");
  rules.when = conditions(raw, document);
  rules.ref = reference(raw, document);
  return withoutEmpty(rules);
}

function containing(raw: RawSchema, document: Document): Rules["contains"] {
  if (raw.contains === undefined) return undefined;
  const { minContains = 1, maxContains } = document.isDraft7 ? {} : raw;
  if (!isCount(minContains) || (maxContains !== undefined && !isCount(maxContains))) return undefined;
  return { item: readAny(raw.contains, document), min: minContains, ...(isCount(maxContains) && { max: maxContains }) };
}

function conditions(raw: RawSchema, document: Document): Condition[] | undefined {
  const { make } = document;
  const found: Condition[] = [];
  if (raw.if !== undefined && (raw.then !== undefined || raw.else !== undefined)) {
    found.push({
      premise: readAny(raw.if, document),
      consequence: raw.then === undefined ? undefined : readAny(raw.then, document),
      otherwise: raw.else === undefined ? undefined : readAny(raw.else, document),
    });
  }
  const dependent = document.isDraft7 ? [raw.dependencies] : [raw.dependentRequired, raw.dependentSchemas];
  for (const [name, needs] of dependent.filter(isObject).flatMap(Object.entries)) {
    const consequence = isNameList(needs) ? make({ required: [...needs].sort() }) : readAny(needs, document);
    found.push({ premise: make({ types: ["object"], required: [name] }), consequence });
  }
  return found.length === 0 ? undefined : found.sort((a, b) => (a.premise.key < b.premise.key ? -1 : 1));
}

function reference(raw: RawSchema, document: Document): Rules["ref"] {
  const pointer = raw.$ref;
  if (typeof pointer !== "string" || !pointsInside(pointer, document.root)) return undefined;
  return {
    name: `${document.name} ${pointer}`,
    target() {
      const known = document.targets.get(pointer) ?? readAny(lookUp(pointer, document.root), document);
      document.targets.set(pointer, known);
      return known;
    },
  };
}

/** What is in the schema and not in the rules, though it can decide about a value. */
function opaqueParts(raw: RawSchema, document: Document, rules: Rules): string[] {
  const { isDraft7, name } = document;
  const parts: string[] = [];
  const hide = (keyword: string) => {
    const text = jsonText(raw[keyword]);
    // The same reference may lead elsewhere in the other document.
    const leadsElsewhere = keyword.endsWith("ef") || /"\$\w*[rR]ef"|"\$id"/.test(text);
    parts.push(`${keyword}: ${leadsElsewhere ? `of ${name} ` : ""}${text}`);
  };
  const foreign = isDraft7 ? onlyIn2020 : onlyInDraft7;
  for (const keyword of [...foreign, ...undecided]) if (raw[keyword] !== undefined) hide(keyword);
  for (const [keyword, isUnderstood] of understood) {
    if (raw[keyword] !== undefined && !isUnderstood(raw[keyword], rules, isDraft7)) hide(keyword);
  }
  return parts.sort();
}

const onlyIn2020 = [
  ...["prefixItems", "dependentRequired", "dependentSchemas", "minContains", "maxContains"],
  ...["$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties"],
];
const onlyInDraft7 = ["dependencies", "$dynamicRef", "$recursiveRef", "unevaluatedItems", "unevaluatedProperties"];
const undecided = ["$async", "nullable", "$vocabulary"];

const isAnySchema = (value: unknown) => isObject(value) || typeof value === "boolean";
const isSchemaMap = (value: unknown) => isObject(value) && Object.values(value).every(isAnySchema);
const isSchemaList = (value: unknown): value is unknown[] => Array.isArray(value) && value.length > 0 && value.every(isAnySchema);

/** For each keyword that the rules know: was it understood as it stands? */
const understood: readonly (readonly [string, (value: unknown, rules: Rules, isDraft7: boolean) => boolean])[] = [
  ["type", (_, rules) => rules.types !== undefined],
  ["enum", Array.isArray],
  ...["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"].map((name) => [name, Number.isFinite] as const),
  ["multipleOf", (_, rules) => rules.multipleOf !== undefined],
  ...["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"].map((name) => [name, isCount] as const),
  ["pattern", (value) => typeof value === "string"],
  ["format", (value) => typeof value === "string"],
  ["uniqueItems", (value) => typeof value === "boolean"],
  ["required", isNameList],
  ...["properties", "patternProperties", "dependentSchemas"].map((name) => [name, isSchemaMap] as const),
  ["dependentRequired", (value) => isObject(value) && Object.values(value).every(isNameList)],
  ["dependencies", (value) => isObject(value) && Object.values(value).every((needs) => isNameList(needs) || isAnySchema(needs))],
  ...["additionalProperties", "propertyNames", "not", "if", "then", "else"].map((name) => [name, isAnySchema] as const),
  ["contains", (_, rules) => rules.contains !== undefined],
  ["items", (value, _, isDraft7) => isAnySchema(value) || (isDraft7 && isSchemaList(value))],
  ["additionalItems", (value, _, isDraft7) => !isDraft7 || isAnySchema(value)],
  ...["prefixItems", "allOf", "anyOf", "oneOf"].map((name) => [name, isSchemaList] as const),
  ["$ref", (_, rules) => rules.ref !== undefined],
];

function pointsInside(pointer: string, root: unknown): boolean {
  return (pointer === "#" || pointer.startsWith("#/")) && isAnySchema(lookUp(pointer, root));
}

/** What a pointer like `#/$defs/port` names; undefined for nothing, and for what lies in a document of its own. */
function lookUp(pointer: string, root: unknown): unknown {
  let at = root;
  for (const step of pointer.split("/").slice(1)) {
    const key = decoded(step).replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined;
    if (at !== root && Object.hasOwn(at, "$id")) return undefined;
    at = Reflect.get(at, key);
  }
  return at;
}

function decoded(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    // A "%" that encodes nothing stands for itself.
    return step;
  }
}

function withoutEmpty(rules: Rules): Rules {
  return Object.fromEntries(Object.entries(rules).filter(([, rule]) => rule !== undefined));
}

function isObject(value: unknown): value is RawSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isNameList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}
