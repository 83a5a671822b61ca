import { type Alias, isAlias, isMap, isScalar, isSeq, type ParsedNode, parseDocument, type Scalar, type YAMLMap } from "yaml";
import { coreScalar } from "./coreScalar.ts";
import { expandVariables } from "./expandVariables.ts";
import { keyProblem } from "./keyProblem.ts";
import { positionsIn } from "./positionsIn.ts";
import { printPath } from "./printPath.ts";
import { syntaxProblem } from "./syntaxProblem.ts";

/** Something a person has to mend, and where it stands. */
export interface Problem {
  message: string;
  file?: string;
  line?: number;
  column?: number;
  /** `enabled_plugins[0].config.port` */
  path?: string;
  /** The environment variable that is missing, when that is the problem. */
  variable?: string;
}

/** Keys and indexes from the top of a document to a value. */
export type Path = readonly (string | number)[];

/** A YAML file as plain values that still know where they came from. */
export interface YamlDocument {
  /** What the file says, with its `${…}` filled in; `null` for an empty file, undefined for one that cannot be read. */
  value: unknown;
  problems: Problem[];
  /** Where the value at `path` (or its key) stands; for what is not there, the nearest thing around it that is. */
  at(path: Path, of?: "key" | "value"): { line: number; column: number } | undefined;
  /** The text of a scalar: as written when plain, filled in where it holds `${…}`; undefined for a quoted one, which is its own text. */
  text(path: Path): string | undefined;
}

/**
 * Reads one YAML 1.2 document strictly: unique keys, no tags but the standard ones, no alias inside what it stands for, no flood
 * of aliases, no key that reaches a prototype. With `environment`, `${VAR}` in values is filled in. Never throws.
 */
export function readYaml(
  source: string,
  file: string,
  options: { maxBytes?: number; environment?: Record<string, string | undefined> } = {},
): YamlDocument {
  const text = source.startsWith("\uFEFF") ? source.slice(1) : source;
  const problems: Problem[] = [];
  const positionOf = positionsIn(text);
  const report: Report = (message, offset, path = [], variable = undefined) => {
    const place = offset === undefined ? {} : positionOf(offset);
    problems.push({ message, file, ...place, ...(path.length > 0 && { path: printPath(path) }), ...(variable && { variable }) });
  };

  const root = rootOf(text, options.maxBytes ?? 1_048_576, report);
  const reading: Reading = {
    report,
    environment: options.environment,
    path: [],
    anchors: new Map(),
    targets: new Map(),
    open: new Set(),
    pairs: new Map(),
    texts: new Map(),
    aliasDepth: 0,
    aliasOffset: 0,
    copied: 0,
  };
  const value = problems.length === 0 ? readNode(root, reading) : undefined;

  return {
    value,
    problems,
    at(path, of = "value") {
      const { key, node } = find(path, root, reading);
      const offset = ((of === "key" && key) || node)?.range?.[0];
      return offset === undefined ? undefined : positionOf(offset);
    },
    text(path) {
      const found = find(path, root, reading);
      const node = follow(found.node, reading);
      if (!found.isFound || !isScalar(node)) return undefined;
      return reading.texts.get(node) ?? (node.type === "PLAIN" ? node.source : undefined);
    },
  };
}

type Node = ParsedNode | null | undefined;
type Report = (message: string, offset?: number, path?: Path, variable?: string) => void;

interface Reading {
  readonly report: Report;
  readonly environment: Record<string, string | undefined> | undefined;
  /** Where we are. */
  readonly path: (string | number)[];
  readonly anchors: Map<string, ParsedNode>;
  /** What each alias stands for, settled when it is first met: further down the anchor may be set anew. */
  readonly targets: Map<Alias, ParsedNode>;
  /** The collections around the value being read. */
  readonly open: Set<ParsedNode>;
  readonly pairs: Map<YAMLMap, Map<string, YAMLMap.Parsed["items"][number]>>;
  /** Scalars that hold `${…}`, filled in. */
  readonly texts: Map<Scalar, string>;
  aliasDepth: number;
  /** Where the outermost alias around us stands. */
  aliasOffset: number;
  /** How many values came in through aliases. */
  copied: number;
}

const maxDepth = 100;
const maxCopied = 10_000;
const standardTag = /^(?:!|tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq))$/;

function rootOf(text: string, maxBytes: number, report: Report): Node {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) return void report(`The file has ${bytes} bytes, and at most ${maxBytes} are read.`);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly what YAML forbids
  const control = text.search(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/);
  if (control >= 0) return void report("A control character stands here: this is not a text file in UTF-8.", control);

  // Schema "failsafe": every scalar is its text. coreScalar() says what it means, once its variables are filled in.
  const document = parseDocument(text, {
    schema: "failsafe",
    stringKeys: true,
    uniqueKeys: false,
    resolveKnownTags: false,
    prettyErrors: false,
  });
  const errors = [...document.errors, ...document.warnings.filter(({ code }) => code !== "TAG_RESOLVE_FAILED")];
  let end = -1;
  for (const error of errors.sort((a, b) => a.pos[0] - b.pos[0]).slice(0, 10)) {
    const offset = error.pos[0];
    // One mistake makes several errors; the first of a line is the one to mend.
    if (end < 0 || text.slice(end, offset).includes("\n"))
      report(syntaxProblem(error, text.slice(Math.max(0, offset - 1), offset + 2)), offset);
    end = offset;
  }
  const { explicit, version } = document.directives.yaml;
  if (explicit && version !== "1.2") report(`YAML ${version} is not read, only 1.2: remove the line %YAML ${version}.`, 0);
  return document.contents;
}

function readNode(node: Node, reading: Reading): unknown {
  if (!node) return null;
  const { report, path, open } = reading;
  if (path.length > maxDepth) return report("This is nested too deeply.", node.range[0], path);
  if (reading.aliasDepth > 0 && ++reading.copied > maxCopied) {
    if (reading.copied === maxCopied + 1)
      report(`Aliases bring in more than ${maxCopied} values: use fewer.`, reading.aliasOffset, path);
    return undefined;
  }
  if (isAlias(node)) return readAlias(node, node.range[0], reading);

  if (node.anchor && reading.aliasDepth === 0) reading.anchors.set(node.anchor, node);
  if (node.tag && !standardTag.test(node.tag)) report(`The tag ${node.tag} means nothing here: remove it.`, node.range[0], path);
  if (isScalar(node)) return readScalar(node, node.range[0], reading);
  open.add(node);
  const value = isSeq(node)
    ? node.items.map((item, index) => readAt(index, item, reading))
    : isMap(node)
      ? readMap(node, reading)
      : undefined;
  open.delete(node);
  return value;
}

function readAt(step: string | number, node: Node, reading: Reading): unknown {
  reading.path.push(step);
  const value = readNode(node, reading);
  reading.path.pop();
  return value;
}

function readMap(map: YAMLMap.Parsed, reading: Reading): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const { key, value: node } of map.items) {
    if (!isScalar(key)) continue; // A syntax error, and reported as one.
    const name = String(key.value);
    const problem = keyProblem(name, Object.hasOwn(value, name));
    if (problem) reading.report(problem, key.range?.[0], [...reading.path, name]);
    else value[name] = readAt(name, node, reading);
  }
  return value;
}

function readScalar(scalar: Scalar.Parsed, offset: number, { report, environment, path, texts }: Reading): unknown {
  const expansion = environment && typeof scalar.value === "string" ? expandVariables(scalar.value, environment) : undefined;
  for (const { message, variable } of expansion?.problems ?? []) report(message, offset, path, variable);
  if (expansion) texts.set(scalar, expansion.text);

  const text = expansion?.text ?? String(scalar.value);
  const kind = scalar.tag?.replace("tag:yaml.org,2002:", "");
  if (kind === "!" || kind === "str") return text;
  // An empty variable is an empty text; only an empty place in the file is null.
  const isPlain = scalar.type === "PLAIN" && (!expansion || (expansion.isWhole && text !== ""));
  if (kind === undefined) return isPlain ? coreScalar(text) : text;
  const value = coreScalar(text);
  const isThat = {
    int: Number.isInteger(value),
    float: typeof value === "number",
    bool: typeof value === "boolean",
    null: value === null,
  }[kind];
  return isThat === false ? report(`The value does not fit its tag !!${kind}.`, offset, path) : value;
}

function readAlias(alias: Alias, offset: number, reading: Reading): unknown {
  const { report, path } = reading;
  const target = reading.targets.get(alias) ?? reading.anchors.get(alias.source);
  if (!target) return report(`No anchor &${alias.source} stands above this alias.`, offset, path);
  if (reading.open.has(target)) return report(`The alias *${alias.source} stands inside what it stands for.`, offset, path);
  reading.targets.set(alias, target);
  if (reading.aliasDepth === 0) reading.aliasOffset = offset;
  reading.aliasDepth++;
  const value = readNode(target, reading);
  reading.aliasDepth--;
  return value;
}

/** The node at `path` and its key; when there is none, the deepest one on the way. */
function find(path: Path, root: Node, reading: Reading): { node: Node; key?: Scalar.Parsed; isFound: boolean } {
  let node = root;
  let key: Scalar.Parsed | undefined;
  for (const step of path) {
    const collection = follow(node, reading);
    const item = isSeq(collection) && typeof step === "number" ? collection.items[step] : undefined;
    const pair = isMap(collection) ? pairsOf(collection, reading).get(String(step)) : undefined;
    if (!item && !pair) return { node, isFound: false };
    key = pair && isScalar(pair.key) ? pair.key : undefined;
    node = item ?? pair?.value ?? pair?.key;
    if (pair && !pair.value) return { node, key, isFound: false };
  }
  return { node, key, isFound: true };
}

/** The pairs of a map by key; made once, for a map of many keys that is asked for each. */
function pairsOf(map: YAMLMap.Parsed, { pairs }: Reading): Map<string, YAMLMap.Parsed["items"][number]> {
  const made = pairs.get(map) ?? new Map(map.items.map((pair) => [isScalar(pair.key) ? String(pair.key.value) : "", pair]));
  pairs.set(map, made);
  return made;
}

function follow(node: Node, reading: Reading): Node {
  return isAlias(node) ? follow(reading.targets.get(node), reading) : node;
}
