// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of the YAML
import fc from "fast-check";
import { expect, test } from "vitest";
import { readYaml } from "../../core/config/readYaml.ts";

const read = (source: string, environment?: Record<string, string>) => readYaml(source, "f.yml", { environment });
const problemsOf = (source: string, environment?: Record<string, string>) =>
  read(source, environment).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

test("an empty file, and one of comments only, is null", () => {
  expect(read("")).toMatchObject({ value: null, problems: [] });
  expect(read("# nothing\n\n")).toMatchObject({ value: null, problems: [] });
});

test("values are those of YAML 1.2: yes and on are texts", () => {
  const { value, problems } = read(
    "a: yes\nb: on\nc: true\nd: 010\ne: 0o10\nf: 1_0\ng: ~\nh: 1e3\ni:\nj: .5\nk: 12:30:00\nl: 2024-01-02\nm: 0x1F\nn: -.inf",
  );

  expect(problems).toEqual([]);
  expect(value).toEqual({
    a: "yes",
    b: "on",
    c: true,
    d: 10,
    e: 8,
    f: "1_0",
    g: null,
    h: 1000,
    i: null,
    j: 0.5,
    k: "12:30:00",
    l: "2024-01-02",
    m: 31,
    n: Number.NEGATIVE_INFINITY,
  });
});

test("keys are texts, whatever they look like", () => {
  expect(read("1: a\ntrue: b\n~: c").value).toEqual({ 1: "a", true: "b", "~": "c" });
});

test.each([
  ["a tab as indentation", "a:\n\tb: 1", "2:1 This is not valid YAML: Tabs are not allowed as indentation."],
  ["an open quote", "a: 'x", "1:6 This is not valid YAML: Missing closing 'quote."],
  ["a second document", "a: 1\n---\nb: 2", '2:1 A second document starts here, and only one is read: remove the "---".'],
  ["a key that stands twice", "a: 1\nb: 2\na: 3", '3:1 The key "a" stands here for the second time: keep one.'],
  ["a tag of one's own", "a: !secret x", "1:12 The tag !secret means nothing here: remove it."],
  ["a tag of YAML 1.1", "a: !!binary x", "1:13 The tag tag:yaml.org,2002:binary means nothing here: remove it."],
  ["a value that does not fit its tag", "a: !!int x", "1:10 The value does not fit its tag !!int."],
  ["YAML 1.1", "%YAML 1.1\n---\na: yes", "1:1 YAML 1.1 is not read, only 1.2: remove the line %YAML 1.1."],
  ["a list as a key", "? [a]\n: 1", "1:3 A key must be a plain word or a text in quotes."],
  [
    "a merge key",
    "<<: { a: 1 }",
    '1:1 The merge key "<<" belongs to YAML 1.1, and this is 1.2: write the keys out, or use an alias for a whole value.',
  ],
  ["an alias of nothing", "a: *b\nb: &b 1", "1:4 No anchor &b stands above this alias."],
  ["an alias inside what it stands for", "a: &a\n  b: [*a]", "2:7 The alias *a stands inside what it stands for."],
  ["a control character", "a: x\u0000y", "1:5 A control character stands here: this is not a text file in UTF-8."],
])("%s is a problem with line and column", (_, source, problem) => {
  expect(problemsOf(source)).toEqual([problem]);
});

test.each(["__proto__", "constructor", "prototype"])("a key %s is refused at any depth, and pollutes nothing", (key) => {
  const { problems } = read(`a:\n  - "${key}": { polluted: true }`);

  expect(problems).toEqual([
    { file: "f.yml", line: 2, column: 5, path: `a[0].${key}`, message: `"${key}" cannot be a key: choose another name.` },
  ]);
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test("a syntax error never shows the value it stumbled over", () => {
  expect(problemsOf('- a\npassword: "hunter2"').join()).not.toContain("hunter2");
});

test("several mistakes are all reported, one a line", () => {
  expect(problemsOf("a: *x\nb: !t 1\nb: 2").map((problem) => problem.slice(0, 3))).toEqual(["1:4", "2:7", "3:1"]);
});

test("a file beyond the limit is not read at all", () => {
  const { value, problems } = readYaml("a: 123456789", "f.yml", { maxBytes: 10 });

  expect(value).toBeUndefined();
  expect(problems).toEqual([{ file: "f.yml", message: "The file has 12 bytes, and at most 10 are read." }]);
});

test("a bomb of aliases is stopped", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 20; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(", ")}]`,
    );

  expect(problemsOf(lines.join("\n"))).toEqual(["5:10 Aliases bring in more than 10000 values: use fewer."]);
});

test.each([
  ["brackets", "[".repeat(50_000)],
  ["flow maps", "{a: ".repeat(20_000)],
  ["block maps", Array.from({ length: 400 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
])("%s nested too deeply are a problem, not a crash", (_, source) => {
  expect(problemsOf(source).join()).toContain("nested too deeply");
});

test("an alias stands for the last anchor of its name above it, and each place has its own copy", () => {
  const { value, problems } = read("a: &x { n: 1 }\nb: *x\nc: &x { n: 2 }\nd: *x");

  expect(problems).toEqual([]);
  expect(value).toEqual({ a: { n: 1 }, b: { n: 1 }, c: { n: 2 }, d: { n: 2 } });
  const { a, b } = value as Record<string, unknown>;
  expect(a).not.toBe(b);
});

test("variables are filled in, in values only", () => {
  const { value, problems } = read('a: ${HOST}\nb: "${HOST}:${PORT:25}"\nc: $${HOST}\n${HOST}: x', { HOST: "example.org" });

  expect(problems).toEqual([]);
  expect(value).toEqual({ a: "example.org", b: "example.org:25", c: "${HOST}", "${HOST}": "x" });
});

test("without an environment, nothing is filled in", () => {
  expect(read("a: ${HOST}")).toMatchObject({ value: { a: "${HOST}" }, problems: [] });
});

test("a variable alone and without quotes has the type of what it holds, and keeps its text", () => {
  const document = read('a: ${PORT}\nb: "${PORT}"\nc: x${PORT}\nd: ${PHONE}\ne: ${EMPTY}', {
    PORT: "0587",
    PHONE: "+4915112345678901234",
    EMPTY: "",
  });

  expect(document.value).toEqual({ a: 587, b: "0587", c: "x0587", d: 4915112345678901000, e: "" });
  expect(["a", "b", "c", "d", "e"].map((key) => document.text([key]))).toEqual([
    "0587",
    "0587",
    "x0587",
    "+4915112345678901234",
    "",
  ]);
});

test("a variable that is not set is a problem with its name", () => {
  expect(read('a:\n  - "${NO_SUCH}"', {}).problems).toEqual([
    {
      file: "f.yml",
      line: 2,
      column: 5,
      path: "a[0]",
      variable: "NO_SUCH",
      message: "The environment variable NO_SUCH is not set and has no default: set it, or write ${NO_SUCH:default}.",
    },
  ]);
});

test.each(["a: { b: ${X} }", "a: [${X}]", "a: ${X: y}"])("%s gets the advice to use quotes", (source) => {
  expect(problemsOf(source, { X: "1" })).toEqual([expect.stringContaining('A value with ${…} needs quotes here: "${VAR}".')]);
});

test("positions count from 1, after a byte order mark and with any line ends", () => {
  const document = read("\uFEFFa: 1\r\nb:\r\n  - c: x\r\n");

  expect(document.value).toEqual({ a: 1, b: [{ c: "x" }] });
  expect(document.at(["a"])).toEqual({ line: 1, column: 4 });
  expect(document.at(["b", 0, "c"])).toEqual({ line: 3, column: 8 });
  expect(document.at(["b", 0, "c"], "key")).toEqual({ line: 3, column: 5 });
});

test("what is not there is placed at the nearest thing around it", () => {
  const document = read("a:\n  b: 1");

  expect(document.at(["a", "missing", "deeper"])).toEqual({ line: 2, column: 3 });
  expect(document.text(["a", "missing"])).toBeUndefined();
  expect(read("").at(["a"])).toBeUndefined();
});

test("the text of a scalar is as written; one in quotes is its own text", () => {
  const document = read("a: 1.10\nb: '1.10'\nc: [007]\nd: |\n  5\ne: &x 0x10\nf: *x");

  expect(document.text(["a"])).toBe("1.10");
  expect(document.text(["b"])).toBeUndefined();
  expect(document.text(["c", 0])).toBe("007");
  expect(document.text(["c"])).toBeUndefined();
  expect(document.text(["d"])).toBeUndefined();
  expect(document.text(["f"])).toBe("0x10");
});

test("a key without a value has no text", () => {
  const document = read("a: { b, c: 1 }");

  expect(document.value).toEqual({ a: { b: null, c: 1 } });
  expect(document.text(["a", "b"]) ?? "").toBe("");
  expect(document.at(["a", "b"])).toEqual({ line: 1, column: 6 });
});

test("any text survives being quoted and read again", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const quoted = JSON.stringify(text).replaceAll("${", "$${").replaceAll("\x7f", "\\x7f");

      expect(read(`a: ${quoted}`, {})).toMatchObject({ value: { a: text }, problems: [] });
    }),
    { numRuns: 2_000 },
  );
});

test("any JSON is read as what it is", () => {
  const forbidden = /"(?:__proto__|constructor|prototype|<<)":|\x7f/;
  fc.assert(
    fc.property(
      fc.json({ stringUnit: "grapheme" }).filter((json) => !forbidden.test(json)),
      (json) => {
        expect(read(json)).toMatchObject({ problems: [] });
        expect(read(json).value).toEqual(JSON.parse(json));
      },
    ),
  );
});

test("what a variable holds is never looked at again", () => {
  const piece = fc.oneof(fc.constantFrom("${", "}", "$", "{", "${OTHER}", "$${", "OTHER", ":"), fc.string());
  fc.assert(
    fc.property(fc.array(piece), fc.constantFrom('"${IT}"', "'${IT}'", "x${IT}", "${IT:d}${IT}"), (pieces, written) => {
      const held = pieces.join("");
      const environment = { IT: held, OTHER: "never" };

      const expected = written.includes(":d") ? (held || "d") + held : written.replace(/["']/g, "").replace("${IT}", () => held);
      expect(read(`a: ${written}`, environment)).toMatchObject({ value: { a: expected }, problems: [] });
    }),
    { numRuns: 1_000 },
  );
});

test("whatever the text, reading it never throws", () => {
  const piece = fc.constantFrom(
    "a: ",
    "- ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!t ",
    '"',
    "'",
    "${A",
    "}",
    "|",
    ">",
    "#",
    "?",
    ":",
    "\t",
    "---",
    "%YAML 1.2",
    "<<",
    "1",
    ",",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const document = read(pieces.join(""), { A: "1" });

      for (const { line, column } of document.problems) expect([line, column]).toEqual([expect.any(Number), expect.any(Number)]);
      document.at(["a", 0]);
      document.text(["a", 0]);
    }),
    { numRuns: 3_000 },
  );
});
