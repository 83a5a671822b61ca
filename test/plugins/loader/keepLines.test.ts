import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadOxc } from "../../../core/plugins/loader/oxc.ts";

const core = fileURLToPath(new URL("../../../core", import.meta.url));

test("of the words that occur once in a file of our own code, 99 of 100 are on their lines after oxc", async () => {
  const oxc = await loadOxc();
  const sources = globSync("{hooks,plugins,gateway,lifecycle}/**/*.ts", { cwd: core }).map((file) =>
    readFileSync(join(core, file), "utf8"),
  );

  const pairs = sources.flatMap((source) => {
    const after = linesOfWords(oxc?.transform("/x.ts", source).code ?? "");
    return [...linesOfWords(source)].flatMap(([word, line]) => (after.has(word) ? [after.get(word) === line] : []));
  });

  expect(pairs.length).toBeGreaterThan(500);
  expect(pairs.filter((isKept) => isKept).length / pairs.length).toBeGreaterThan(0.99);
});

test("letters of two and four bytes do not move where a line may end", async () => {
  const oxc = await loadOxc();
  const source = `export const list: unknown[] = ["ü😀é", {\n  ä: "ö",\n  b: ["😀",\n    "ß",\n    last],\n}];\nconst last = 1;\n`;

  const { code } = oxc?.transform("/x.ts", source) ?? { code: "" };

  expect(
    code
      .split("\n")
      .map((line) => line.trim())
      .slice(1),
  ).toEqual(expect.arrayContaining(["last ]", "}];"]));
  expect(code.split("\n").findIndex((line) => line.includes("const last"))).toBe(6);
});

test("template literals, strings and comments keep their text", async () => {
  const oxc = await loadOxc();
  const source = `const a: string = \`one\n  two \${[\n1,\n2].length}\n// three\n\`; // comment\n\n\nexport const b = a + "//";\n`;

  const { code } = oxc?.transform("/x.ts", source) ?? { code: "" };

  expect(code).toContain("`one\n  two ${");
  expect(code).toContain("\n// three\n`");
  expect(code.split("\n").findIndex((line) => line.includes("const b"))).toBe(8);
});

/** The line of each word of code that occurs once, comments and templates left out. */
function linesOfWords(text: string): Map<string, number> {
  const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`/g, (gone) => gone.replaceAll(/[^\n]/g, ""));
  const lines = new Map<string, number[]>();
  for (const [index, line] of code.split("\n").entries()) {
    for (const [word] of line.matchAll(/[A-Za-z_]\w{3,}/g)) lines.set(word, [...(lines.get(word) ?? []), index + 1]);
  }
  return new Map([...lines].flatMap(([word, [first = 0, ...more]]) => (more.length === 0 ? [[word, first] as const] : [])));
}
