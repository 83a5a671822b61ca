import { expect, test } from "vitest";
import { type ErrorCode, type ErrorFacts, errorTable, HooklineError } from "../../core/errors.ts";
import { treeFiles } from "./treeFiles.ts";

const page = treeFiles("docs", ["errors.md"])[0]?.text ?? "";

test("every error code has a section of docs/errors.md, and every section is a code", () => {
  const headings = [...page.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading);

  expect(headings).toEqual(["The four facts", "All codes", ...Object.keys(errorTable)]);
});

test("every section of docs/errors.md says what the code means, what to do, and where it comes from", () => {
  for (const section of page.split(/^## /m).slice(3)) {
    expect(section).toMatch(/^\w+\n\n- \*\*Means:\*\* [\s\S]+\n- \*\*Do:\*\* [\s\S]+\n- \*\*From:\*\* /);
  }
});

test("the table of docs/errors.md has the four facts of errorTable", () => {
  const rows = [...page.matchAll(/^\| \[`(\w+)`\]\(#(\w+)\) \| (.+) \|$/gm)].map(([, code, link, facts = ""]) => [
    code,
    link,
    ...facts.split(" | "),
  ]);

  const expected = Object.entries(errorTable).map(([code, facts]) => [code, code, ...printed(facts)]);
  expect(rows).toEqual(expected);
});

test("the example of docs/errors.md is what such an error prints", () => {
  const example: { code: ErrorCode; message: string; instance: string; hook: string } = JSON.parse(
    /```json\n([\s\S]+?)```/.exec(page)?.[1] ?? "",
  );
  const reason = example.message.replace(/^\w+: | See .*$/g, "");

  const error = new HooklineError(example.code, { reason, instance: example.instance, hook: example.hook });

  expect(JSON.parse(JSON.stringify(error))).toEqual(example);
});

function printed({ retryable, failover, penalize, dispatched }: ErrorFacts): string[] {
  return [retryable, failover, penalize, dispatched].map((fact) => (typeof fact === "string" ? fact : fact ? "yes" : "no"));
}
