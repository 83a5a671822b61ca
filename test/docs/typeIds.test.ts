import { expect, test } from "vitest";
import { communication } from "../../core/contract/communication.ts";
import { contractTypeId, instanceTypeId } from "../../core/contract/typeIds/derivedTypeIds.ts";
import { matchTypeId } from "../../core/contract/typeIds/matchTypeId.ts";
import { isTypePattern } from "../../core/contract/typeIds/typeIdKind.ts";
import { followConsole } from "./followConsole.ts";
import { pageBlocks, readPage } from "./pageBlocks.ts";
import { pageSections } from "./pageTables.ts";
import { readerFolder } from "./readerFolder.ts";

const page = "docs/type-ids.md";

test("each command of docs/type-ids.md prints what stands below it", { timeout: 60_000 }, async () => {
  await using reader = await readerFolder();
  for (const { file, code } of pageBlocks(page)) if (file !== undefined) await reader.write(file, code);

  await followConsole(page, reader);
});

test("each pattern of docs/type-ids.md is one, and selects an instance of its example", () => {
  const tables = pageSections(page).find(({ heading }) => heading === "Patterns")?.tables;
  const patterns = tables?.[0]?.rows.map(({ pattern = "" }) => pattern.replaceAll("`", "")) ?? [];
  const id = instanceTypeId({ plugin_id: "twilio_sms", channel_type: "sms", version: "1.4.2", instance: "main" });

  expect(patterns).toHaveLength(5);
  expect(patterns.filter((pattern) => !matchTypeId(pattern, id))).toEqual([]);
  expect(["gts.hookline.plugins.sms*", "gts.hookline.plugins.sms.twilio_sms.v1*"].filter(isTypePattern)).toEqual([]);
});

test("the ids that docs/type-ids.md shows are those that are derived", () => {
  const text = readPage(page);

  expect(text).toContain(`\`${contractTypeId(communication)}\``);
  expect(instanceTypeId({ plugin_id: "a", channel_type: "b", instance: "team-a" })).toContain("team__2d_a");
  expect(text).toContain("`team__2d_a`");
});
