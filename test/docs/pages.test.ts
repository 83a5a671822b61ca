import { existsSync, readdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { expect, test } from "vitest";
import { pageBlocks, readPage } from "./pageBlocks.ts";

const root = new URL("../../", import.meta.url);
const docs = readdirSync(new URL("docs/", root)).map((name) => `docs/${name}`);
const pages = [
  "README.md",
  "CONTRIBUTING.md",
  ...docs,
  ...readdirSync(new URL("plugins/", root)).map((name) => `plugins/${name}/README.md`),
];
// `npm run bench` writes it.
const made = ["bench/RESULTS.md"];

test("the first screen of the README has at most 40 lines: one sentence, how to start, to test, to embed, to write a plugin", () => {
  const [first = ""] = readPage("README.md").split(/^## /m);

  expect(first.trimEnd().split("\n").length).toBeLessThanOrEqual(40);
  for (const part of ["npm ci && npm start", "npm ci && npm test", "createHost", "definePlugin"]) expect(first).toContain(part);
});

test.each(["README.md", ...docs])("%s opens with an example", (page) => {
  const [, beforeExample = ""] = /^# [^\n]*\n(.*?)^```/ms.exec(readPage(page)) ?? [];

  expect(pageBlocks(page)).not.toEqual([]);
  expect(beforeExample.trim().split("\n").length, "lines before the first example").toBeLessThanOrEqual(3);
});

test.each(pages)("every link of %s leads to a file and a heading that exist", (page) => {
  const broken = linksOf(page).filter(({ target, anchor }) => !made.includes(target) && !leadsSomewhere(target, anchor));

  expect(broken).toEqual([]);
});

test("every page of docs/ is linked in the README", () => {
  const linked = linksOf("README.md").map(({ target }) => target);

  expect(docs.filter((page) => !linked.includes(page))).toEqual([]);
});

function linksOf(page: string): { target: string; anchor: string }[] {
  const text = readPage(page)
    .replace(/^```.*?^```/gms, "")
    .replace(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]*)\)/g)].flatMap(([, link = ""]) => {
    if (/^https?:/.test(link)) return [];
    const [path = "", anchor = ""] = link.split("#");
    return [{ target: path === "" ? page : posix.join(posix.dirname(page), path), anchor }];
  });
}

function leadsSomewhere(target: string, anchor: string): boolean {
  const url = new URL(target, root);
  if (!existsSync(url)) return false;
  return anchor === "" || (statSync(url).isFile() && anchorsOf(target).includes(anchor));
}

/** As GitHub makes them. */
function anchorsOf(page: string): string[] {
  return [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
