import { expect, test } from "vitest";
import { interfaceMembers } from "./interfaceMembers.ts";
import { readPage } from "./pageBlocks.ts";
import { pageSections } from "./pageTables.ts";

const sections = pageSections("docs/embedding.md");

test.each([
  ["createHost", "option", "core/hostTypes.ts", "HostOptions"],
  ["Calling", "member", "core/hostTypes.ts", "Host"],
  ["Outcomes", "outcome", "core/gateway/outcome.ts", "Outcome"],
  ["Outcomes", "attempt", "core/gateway/outcome.ts", "Attempt"],
  ["Members that stay right", "sync", "core/gateway/syncMembers.ts", "MemberSync"],
  ["Webhooks", "request", "core/gateway/handleWebhook.ts", "WebhookRequest"],
  ["Webhooks", "answer", "core/gateway/handleWebhook.ts", "WebhookAnswer"],
  ["Events", "event", "core/events.ts", "HostEvents"],
  ["Status", "status", "core/lifecycle/status.ts", "Status"],
  ["Status", "instance", "core/lifecycle/status.ts", "InstanceStatus"],
])("under %s, the table of each %s has what %s declares as %s", (section, of, file, name) => {
  expect(cellsOf(section, of, of)).toEqual(interfaceMembers(file, name));
});

test("the table of the engine has every method of it", () => {
  const declared = ["PinnedHooks", "Hooks"].flatMap((name) => interfaceMembers("core/hooks/hooks.ts", name));

  expect(cellsOf("The engine alone", "method", "method")).toEqual(declared);
});

test("each event comes with the fields that its type has", () => {
  const fields = cellsOf("Events", "event", "comes with");

  expect(fields).toEqual(declaredFields().map((names) => (names.length === 0 ? "nothing" : names.join(", "))));
});

/** The fields of each event, in the order of the interface. */
function declaredFields(): string[][] {
  const [, body = ""] = /^export interface HostEvents \{\n(.*?)^\}/ms.exec(readPage("core/events.ts")) ?? [];
  return [...body.matchAll(/^ {2}\w+: (\{[^}]*\}|Record<string, never>);/gms)].map(([, type = ""]) =>
    [...type.matchAll(/(\w+)\??:/g)].map(([, field = ""]) => field),
  );
}

function cellsOf(heading: string, of: string, column: string): string[] {
  const tables = sections.find((section) => section.heading === heading)?.tables;
  const table = tables?.find((one) => one.of === of) ?? expect.fail(`"${heading}" has no table headed "${of}"`);
  return table.rows.map((row) => (row[column] ?? "").replaceAll("`", ""));
}
