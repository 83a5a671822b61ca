import type { StaticImport, Transformed } from "./transformer.ts";

/**
 * A plugin for jiti's Babel that brings its output to our form: imports become look-ups of modules that are already there, the
 * exports are made before a `yield`, `import()` and `import.meta` become parameters. `take()` tells what it found in the last file.
 */
export function createBabelPlugin(): { plugin: () => object; take: () => Omit<Transformed, "code"> } {
  let found = nothing();
  let names = new Map<string, string[]>();
  let stars = new Set<string>();

  // Types are gone by now: Babel's TypeScript plugin comes first.
  function enter(program: Path): void {
    found = nothing();
    names = new Map();
    stars = new Set();
    for (const statement of program.node.body ?? []) collectImport(statement);
    program.traverse({
      MetaProperty(path) {
        found.isModule = true;
        if (path.node.meta?.name === "import") path.replaceWith(identifier(parameters.meta));
      },
      CallExpression({ node }) {
        if (node.callee?.type !== "Import") return;
        const specifier = literalOf(node.arguments?.[0]);
        if (specifier !== undefined) found.late.push(specifier);
        node.callee = identifier(parameters.late);
      },
      AwaitExpression: seeAwait,
      ForOfStatement: (path) => (path.node.await ? seeAwait(path) : undefined),
      VariableDeclaration: (path) => (path.node.kind === "await using" ? seeAwait(path) : undefined),
    });
  }

  function collectImport(statement: Node): void {
    if (!/^(Import|Export)/.test(statement.type) || statement.exportKind === "type") return;
    found.isModule = true;
    const specifier = statement.source?.value;
    if (typeof specifier !== "string") return;
    if (statement.type === "ExportAllDeclaration") stars.add(specifier);
    names.set(specifier, [...(names.get(specifier) ?? []), ...(statement.specifiers ?? []).flatMap(takenName)]);
  }

  function seeAwait(path: Path): void {
    if (path.getFunctionParent() !== null) return;
    found.isAsync = true;
    found.isModule = true;
  }

  function exit(program: Path): void {
    if (!found.isModule) return;
    const exported: Node[] = [];
    const bound: Node[] = [];
    const rest: Node[] = [];
    let star = false;
    for (const statement of program.node.body ?? []) {
      const call = importCall(statement);
      if (call !== undefined) {
        const specifier = String(call.arguments?.[0]?.value);
        star = stars.has(specifier);
        bound.push(lookUp(statement, call, found.imports.length));
        found.imports.push({ specifier, names: names.get(specifier) ?? [], star });
      } else if (star && isStarCopy(statement)) {
        star = false;
      } else if (rest.length === 0 && !statement.loc) {
        // Babel's own statements have no place; those before the first import make the exports.
        (bound.length === 0 ? exported : bound).push(statement);
      } else {
        rest.push(statement);
      }
    }
    program.node.body = [...exported, { type: "ExpressionStatement", expression: identifier("yield") }, ...bound, ...rest];
    // Babel would sort by this mark in the end.
    for (const statement of program.node.body) statement._blockHoist = undefined;
  }

  return { plugin: () => ({ name: "hookline", visitor: { Program: { enter, exit } } }), take: () => found };
}

const parameters = { exports: "exports", imported: "jitiImport", late: "__hookline_late__", meta: "__hookline_meta__" };

function nothing() {
  const imports: StaticImport[] = [];
  const late: string[] = [];
  return { parameters, isModule: false, isAsync: false, imports, late };
}

function takenName(specifier: Node): string[] {
  if (specifier.exportKind === "type") return [];
  if (specifier.type === "ImportDefaultSpecifier") return ["default"];
  const name =
    specifier.type === "ImportSpecifier"
      ? specifier.imported
      : specifier.type === "ExportSpecifier"
        ? specifier.local
        : undefined;
  return name === undefined ? [] : [name.name ?? String(name.value)];
}

/** The call in `await jitiImport("x")` and in `var y = await jitiImport("x")`. */
function importCall(statement: Node): Node | undefined {
  const value = statement.type === "VariableDeclaration" ? statement.declarations?.[0]?.init : statement.expression;
  const call = value?.type === "AwaitExpression" ? value.argument : undefined;
  return call?.callee?.name === parameters.imported ? call : undefined;
}

/** The loop that Babel makes of `export *`. Ours is in the graph, so that it works in cycles. */
function isStarCopy(statement: Node): boolean {
  const loop = statement.expression?.callee;
  return loop?.property?.name === "forEach" && loop.object?.callee?.property?.name === "keys";
}

/** Without its place in the file, so that an import further down does not push the lines before it away. */
function lookUp(statement: Node, call: Node, index: number): Node {
  const value: Node = { type: "CallExpression", callee: call.callee, arguments: [{ type: "NumericLiteral", value: index }] };
  const declared = statement.declarations?.[0];
  if (declared === undefined) return { type: "ExpressionStatement", expression: value };
  return {
    type: "VariableDeclaration",
    kind: "var",
    declarations: [{ type: "VariableDeclarator", id: declared.id, init: value }],
  };
}

function identifier(name: string): Node {
  return { type: "Identifier", name };
}

function literalOf(node: Node | undefined): string | undefined {
  if (node?.type === "StringLiteral") return String(node.value);
  if (node?.type !== "TemplateLiteral" || node.expressions?.length !== 0) return undefined;
  const text = node.quasis?.[0]?.value;
  return typeof text === "object" ? text.cooked : undefined;
}

/** What we touch of a node of Babel's tree. */
interface Node {
  type: string;
  loc?: object | null | undefined;
  name?: string;
  kind?: string;
  await?: boolean;
  _blockHoist?: number | undefined;
  exportKind?: string;
  value?: string | number | { cooked: string };
  body?: Node[];
  arguments?: Node[];
  specifiers?: Node[];
  declarations?: Node[];
  expressions?: Node[];
  quasis?: Node[];
  source?: Node | null;
  expression?: Node;
  argument?: Node;
  callee?: Node | undefined;
  object?: Node;
  property?: Node;
  imported?: Node;
  local?: Node;
  meta?: Node;
  id?: Node | undefined;
  init?: Node;
}

/** What we use of a path of Babel's. */
interface Path {
  node: Node;
  getFunctionParent(): Path | null;
  replaceWith(node: Node): void;
  traverse(visitors: Record<string, (path: Path) => void>): void;
}
