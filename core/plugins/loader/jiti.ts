import { parse } from "node:path";
import { fileURLToPath } from "node:url";
import { createJiti } from "jiti";
import { createBabelPlugin } from "./babelPlugin.ts";
import { isTypeScript, NotParsed, type Transformed, type Transformer } from "./transformer.ts";

/** The two things taken from jiti, as tools: neither its module graph nor its caches are used. */
export interface Jiti {
  babel: Transformer;
  /** The file that a package's name means in `from`; undefined when there is none. */
  packageFile(specifier: string, from: string): string | undefined;
}

/** Makes the tools. Babel itself is loaded when it is first needed, which takes some 150 ms. */
export function createJitiTools(): Jiti {
  // jiti falls back to what it finds from its own place; from the root that is nothing, so that no plugin leans on our packages.
  const jiti = createJiti(`${parse(fileURLToPath(import.meta.url)).root}hookline.js`, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    sourceMaps: false,
    alias: {},
    tsconfigPaths: false,
    jsx: false,
  });
  const { plugin, take } = createBabelPlugin();

  function transform(path: string, source: string): Transformed {
    const code = jiti.transform({
      source,
      filename: path,
      ts: isTypeScript(path),
      async: true,
      retainLines: true,
      interopDefault: false,
      babel: { sourceType: "unambiguous", parserOpts: { allowReturnOutsideFunction: true }, plugins: [plugin] },
    });
    const found = take();
    if (code.startsWith("exports.__JITI_ERROR__ = ")) throw new NotParsed(problemIn(code));
    // jiti's own plugin has put its name for `import.meta.resolve` there.
    const resolve = code.includes("jitiESMResolve") ? `const jitiESMResolve=${found.parameters.meta}.resolve;` : "";
    return { ...found, code: resolve + code };
  }

  return {
    babel: { name: "babel", transform },
    packageFile(specifier, from) {
      const url = jiti.esmResolve(specifier, { parentURL: from, try: true });
      return url?.startsWith("file:") ? fileURLToPath(url) : undefined;
    },
  };
}

function problemIn(code: string) {
  const told: { line: number; column: number; message: string } = JSON.parse(code.slice(code.indexOf("{")));
  return { message: told.message.trim(), line: told.line || undefined, column: told.line ? told.column + 1 : undefined };
}
