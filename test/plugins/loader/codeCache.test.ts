import { expect, test } from "vitest";
import { createCodeCache } from "../../../core/plugins/loader/codeCache.ts";
import type { Compiled } from "../../../core/plugins/loader/compileModule.ts";

test("the last two versions of a file are kept, and the one that was used last stays longest", () => {
  const cache = createCodeCache();
  for (const sha1 of ["one", "two"]) cache.set("/a.ts", sha1, compiled(sha1), 1);
  cache.get("/a.ts", "one");

  cache.set("/a.ts", "three", compiled("three"), 1);

  expect(["one", "two", "three"].map((sha1) => cache.get("/a.ts", sha1) !== undefined)).toEqual([true, false, true]);
});

test("over the limit the files go that were not used for longest", () => {
  const cache = createCodeCache(10);
  cache.set("/a.ts", "x", compiled("a"), 4);
  cache.set("/b.ts", "x", compiled("b"), 4);
  cache.get("/a.ts", "x");

  cache.set("/c.ts", "x", compiled("c"), 4);

  expect(["/a.ts", "/b.ts", "/c.ts"].map((path) => cache.get(path, "x") !== undefined)).toEqual([true, false, true]);
});

test("a file larger than the limit is kept alone", () => {
  const cache = createCodeCache(10);
  cache.set("/a.ts", "x", compiled("a"), 4);

  cache.set("/b.ts", "x", compiled("b"), 40);

  expect(["/a.ts", "/b.ts"].map((path) => cache.get(path, "x") !== undefined)).toEqual([false, true]);
});

test("versions that are dropped no longer count", () => {
  const cache = createCodeCache(10);
  cache.set("/kept.ts", "x", compiled("kept"), 4);

  for (let version = 0; version < 100; version++) cache.set("/a.ts", String(version), compiled("a"), 3);

  expect(cache.get("/kept.ts", "x")).toBeDefined();
});

function compiled(text: string): Compiled {
  return { format: "json", text, imports: [], late: [] };
}
