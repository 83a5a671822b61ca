import { expect, test } from "vitest";
import { readConfig } from "../../core/config/readConfig.ts";
import { armSchema, matchSchema, rolloutSchema, routeSchema, splitSchema } from "../../core/config/routeSchema.ts";
import { communication } from "../../core/contract/communication.ts";
import type { z } from "../../core/contract/schema.ts";
import { type ErrorFacts, errorTable } from "../../core/errors.ts";
import { followConsole } from "./followConsole.ts";
import { interfaceMembers } from "./interfaceMembers.ts";
import { pageBlocks } from "./pageBlocks.ts";
import { pageSections } from "./pageTables.ts";
import { readerFolder } from "./readerFolder.ts";

const page = "docs/routing.md";
const sections = pageSections(page);
const keysOf = new Map<string, [string, z.ZodObject]>([
  ["route", ["Rules", routeSchema]],
  ["match", ["Rules", matchSchema]],
  ["split", ["Splits and rollouts", splitSchema]],
  ["arm", ["Splits and rollouts", armSchema]],
  ["rollout", ["Splits and rollouts", rolloutSchema]],
]);

test.each([...keysOf])("the table of a %s has every key of its schema, with its default", (of, [section, { shape }]) => {
  const rows = rowsOf(section, of);

  expect(rows.map((row) => plain(row[of]))).toEqual(Object.keys(shape));
  for (const [key, schema] of Object.entries(shape)) {
    const { default: stated, effect = "" } = rows.find((row) => plain(row[of]) === key) ?? {};
    // Which arm is the default depends on the arms.
    if (`${of}.${key}` !== "split.default") expect(`${key}: ${stated}`).toBe(`${key}: ${defaultOf(schema)}`);
    expect(effect.length, key).toBeGreaterThan(20);
  }
});

test("every choice that a key of a rule has is named", () => {
  const text = sections.map((section) => section.text).join("\n");
  const choices = [
    ...routeSchema.shape.strategy.unwrap().options,
    ...routeSchema.shape.on_maybe.unwrap().options,
    ...routeSchema.shape.failover_on.unwrap().element.options,
    ...["text", "html", "markdown", "template", "attachment"],
    ...["recipient", "group", "channel", "hook", "idempotency_key", "context.NAME", "metadata.NAME"],
  ];

  for (const choice of choices) expect(text).toContain(`\`${choice}\``);
});

test("what follows after each error is what its facts in the error table say", () => {
  const rows = rowsOf("When a call fails", "code");
  const codes = Object.keys(errorTable);
  // What a platform did, and what a plugin may say of a request.
  const platform = [...codes.slice(0, codes.indexOf("circuit_open")), "invalid_request"];

  expect(rows.map(({ code }) => plain(code))).toEqual(platform);
  for (const { code, ...cells } of rows) {
    const name = plain(code) as keyof typeof errorTable;
    const facts: ErrorFacts = errorTable[name];
    expect(plain(cells["the next instance"]), name).toMatch(nextAfter(name, facts));
    expect(plain(cells["the same again"]), name).toMatch(againAfter(facts));
    expect(cells["its circuit"], name).toBe(
      { hard: "opens at once", soft: "counts", no: "not counted", never: "not counted" }[facts.penalize],
    );
  }
});

test("the table of an explanation has its fields", () => {
  const fields = rowsOf("explain", "explanation").map(({ explanation }) => plain(explanation));

  expect(fields).toEqual(interfaceMembers("core/gateway/explain.ts", "ChannelExplanation"));
});

test("the hooks that the page gives as examples of those that only read may be repeated", () => {
  const safe = Object.entries(communication.hooks).flatMap(([name, spec]) => ("safe" in spec && spec.safe ? [name] : []));

  expect(safe).toEqual(expect.arrayContaining(["get_group", "list_members"]));
});

test("every YAML of the page loads, and every pattern that it says is refused is refused", () => {
  for (const { code } of pageBlocks(page).filter(({ language }) => language === "yaml")) {
    expect(readConfig({ file: "docs.yml", source: code }, where).instances.length).toBeGreaterThan(0);
  }
  const patterns = rowsOf("Patterns", "pattern").flatMap(({ pattern = "" }) =>
    [...pattern.matchAll(/`([^`]+)`/g)].map(([, source = ""]) => source),
  );
  expect(patterns.length).toBeGreaterThan(2);
  for (const source of patterns) expect(routeSchema.shape.match.safeParse({ recipient: source }).success, source).toBe(false);
});

test("each command of the page prints what stands below it", { timeout: 60_000 }, async () => {
  await using reader = await readerFolder();
  for (const { file, code } of pageBlocks(page)) if (file !== undefined) await reader.write(file, code);

  await followConsole(page, reader);
});

const where = { cwd: "/app", home: "/home/me", environment: {} };

function nextAfter(code: string, { failover, dispatched }: ErrorFacts): RegExp {
  if (failover === "if_fits") return /^if its limits fit/;
  if (failover) return dispatched === "no" ? /^at once/ : /^with on_maybe: resend$/;
  const choices: readonly string[] = routeSchema.shape.failover_on.unwrap().element.options;
  return choices.includes(code) ? /^with failover_on$/ : /^never$/;
}

function againAfter({ retryable, dispatched }: ErrorFacts): RegExp {
  if (!retryable) return /^no$/;
  return dispatched === "no" ? /^yes$/ : /^with resend, or where the platform is idempotent$/;
}

/** As the tables say it: `required`, `none`, or the value. */
function defaultOf(schema: z.ZodType): string {
  const { success, data } = schema.safeParse(undefined);
  if (!success) return "required";
  return data === undefined ? "none" : `\`${JSON.stringify(data)}\``;
}

function rowsOf(heading: string, of: string): Record<string, string>[] {
  const tables = sections.find((section) => section.heading === heading)?.tables;
  return tables?.find((table) => table.of === of)?.rows ?? expect.fail(`"${heading}" has no table headed "${of}"`);
}

function plain(cell = ""): string {
  return cell.replaceAll("`", "");
}
