import { expect, test } from "vitest";
import { platformTable } from "../../config/platformTable.ts";
import { readPage } from "./pageBlocks.ts";

test("the README's table of who implements which hook is what the manifests say; else run `npm run generate`", () => {
  const [, table = ""] = /<!-- platforms -->\n(.*?)\n<!-- \/platforms -->/s.exec(readPage("README.md")) ?? [];

  expect(table).toBe(platformTable());
});
