/** Turns TypeScript or JavaScript into the body of a function. Throws `NotParsed` for a file that is neither. */
export interface Transformer {
  readonly name: "oxc" | "babel";
  transform(path: string, source: string): Transformed;
}

/** A module's code after a `Transformer`: the imports are taken out and listed, and every statement is on its line of the source. */
export interface Transformed {
  /**
   * The body of a generator function. It makes the exports and yields; then the imported modules are there, and it does the rest.
   * So modules of a cycle see each other's functions before either is evaluated. CommonJS never yields.
   */
  code: string;
  /** What `code` calls the four things it is given. */
  parameters: { exports: string; imported: string; late: string; meta: string };
  /** False when nothing in the file is syntax of an ES module. */
  isModule: boolean;
  /** True with a top-level await. */
  isAsync: boolean;
  /** The static imports in their order; `code` asks for them by index. */
  imports: readonly StaticImport[];
  /** The specifiers of literal `import("…")` calls. */
  late: readonly string[];
}

/** One static import, or re-export, of a module. */
export interface StaticImport {
  specifier: string;
  /** What is taken by name: it is an error when the other module lacks one. */
  names: readonly string[];
  /** `export * from` it. */
  star: boolean;
}

/** Where a file stops making sense, counted from 1. */
export interface SyntaxProblem {
  message: string;
  line?: number | undefined;
  column?: number | undefined;
  /** True when the transformer may only lack the syntax, so that another one decides. */
  uncertain?: boolean;
}

/** What a `Transformer` throws for a file that does not parse. */
export class NotParsed extends SyntaxError {
  readonly problem: SyntaxProblem;

  constructor(problem: SyntaxProblem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** True for a file whose types have to go. */
export function isTypeScript(path: string): boolean {
  return /\.[mc]?ts$/.test(path);
}
