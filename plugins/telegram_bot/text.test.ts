import fc from "fast-check";
import { expect, test } from "vitest";
import { markdownToHtml } from "./markdownToHtml.ts";
import { telegramText } from "./telegramText.ts";

test.each([
  ["**bold** and *slanted*, __bold__ and _slanted_", "<b>bold</b> and <i>slanted</i>, <b>bold</b> and <i>slanted</i>"],
  ["~~gone~~ ***both***", "<s>gone</s> <b><i>both</i></b>"],
  ["*a **b** c*", "<i>a <b>b</b> c</i>"],
  ["snake_case_name, 2 * 3 * 4", "snake_case_name, 2 * 3 * 4"],
  ["a < b & c > d", "a &lt; b &amp; c &gt; d"],
  ["`a < *b*` and ``c`d``", "<code>a &lt; *b*</code> and <code>c`d</code>"],
  ["\\*not\\* `\\*`", "*not* <code>\\*</code>"],
  ["[the *plan*](https://x.test/?a=1&b=2)", '<a href="https://x.test/?a=1&amp;b=2">the <i>plan</i></a>'],
  ["![a chart](https://x.test/c.png)", '<a href="https://x.test/c.png">a chart</a>'],
  ["<https://x.test/>", '<a href="https://x.test/">https://x.test/</a>'],
  ["# Title #\ntext\n\n- one\n- *two*", "<b>Title</b>\ntext\n\n• one\n• <i>two</i>"],
  ["> quoted **text**\n> more\n\nand mine", "<blockquote>quoted <b>text</b>\nmore</blockquote>\n\nand mine"],
  ['```ts\nif (a < b) "*x*";\n```', '<pre><code class="language-ts">if (a &lt; b) &quot;*x*&quot;;</code></pre>'],
  ["```\n# no title\n```\nafter", "<pre># no title</pre>\nafter"],
  ["**open and _crossed** over_", "<b>open and _crossed</b> over_"],
])("Markdown %j is shown as %j", (markdown, html) => {
  expect(markdownToHtml(markdown)).toBe(html);
});

test("whatever Markdown says, every tag is closed in its order, and no text is a tag", () => {
  const piece = fc.constantFrom(
    "*",
    "**",
    "_",
    "__",
    "~~",
    "`",
    "```\n",
    "\n",
    "[a](http://x)",
    "<",
    ">",
    "&",
    "# ",
    "> ",
    "- ",
    "\\",
    "a",
    " ",
  );

  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      const open: string[] = [];
      const html = markdownToHtml(pieces.join(""));
      for (const [, slash, name] of html.matchAll(/<(\/?)([a-z]+)[^>]*>/g)) {
        if (slash) expect(open.pop()).toBe(name);
        else if (name) open.push(name);
      }
      expect(open).toEqual([]);
      expect(html.replace(/<\/?(a|b|i|s|code|pre|blockquote)( [^<>]*)?>/g, "")).not.toMatch(/[<>]/);
    }),
    { seed: 4, numRuns: 2_000 },
  );
});

test.each(["*", "_", "**a ", "`", "[", "![a](", "<http://", "\\", "> \n", "``` \n", "*_", "~~a*"])(
  "the longest text of %j is turned in a moment",
  (piece) => {
    const started = performance.now();

    markdownToHtml(piece.repeat(16_384 / piece.length));

    expect(performance.now() - started).toBeLessThan(2_000);
  },
);

test.each<[string, Parameters<typeof telegramText>[0], object]>([
  ["text as it is", { text: "a < b" }, { text: "a < b" }],
  [
    "HTML before Markdown before text",
    { html: "<b>h</b>", markdown: "*m*", text: "t" },
    { text: "<b>h</b>", parse_mode: "HTML" },
  ],
  ["Markdown before text", { markdown: "*m*", text: "t" }, { text: "<i>m</i>", parse_mode: "HTML" }],
  ["text instead of HTML with a table", { html: "<table></table>", text: "t" }, { text: "t" }],
  ["text instead of HTML of a whole newsletter", { html: "<p>x</p>".repeat(5_000), text: "t" }, { text: "t" }],
  ["text instead of Markdown of a whole newsletter", { markdown: "*x* ".repeat(5_000), text: "t" }, { text: "t" }],
  ["lines and paragraphs", { html: "<p class='x'>a<br/>b</p>\n<p>c</p>" }, { text: "a\nb\n\nc", parse_mode: "HTML" }],
  ["a subject above", { subject: "A & B", text: "a < b" }, { text: "<b>A &amp; B</b>\n\na &lt; b", parse_mode: "HTML" }],
  ["a subject above HTML", { subject: "S", html: "<i>a</i>" }, { text: "<b>S</b>\n\n<i>a</i>", parse_mode: "HTML" }],
])("a content goes out: %s", (_name, content, expected) => {
  expect(telegramText(content, 4096)).toEqual(expected);
});

test("only what is seen counts: neither tags, nor the letters of an entity, nor the halves of an emoji", () => {
  const fits = telegramText({ html: `<b>${"&amp;".repeat(4095)}</b>🎉` }, 4096);

  expect(fits.text).toHaveLength(4095 * 5 + 7 + 2);
  expect(() => telegramText({ text: "🎉".repeat(4097) }, 4096)).toThrow("4097 characters");
});
