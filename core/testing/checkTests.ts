import { HooklineError, nearest } from "../errors.ts";
import { communication } from "../index.ts";
import { httpFaults } from "./httpSuite.ts";
import type { PluginTests } from "./pluginTests.ts";
import { webhookChanges } from "./webhookSuite.ts";

/** Refuses a word that no test would ever read: a misspelt exception must not look like one that holds. */
export function checkTests({ calls = {}, errors = [], expects = {} }: PluginTests): void {
  const routed = Object.entries(communication.hooks).flatMap(([hook, { mode }]) => (mode === "route" ? [hook] : []));
  const problems = [
    ...unknown("calls", Object.keys(calls), routed),
    ...unknown(
      "errors",
      errors.map(({ hook }) => hook),
      routed,
    ),
    ...unknown("expects", Object.keys(expects), ["*", ...routed, "handle_webhook"]),
    ...Object.entries(expects).flatMap(([hook, words]) =>
      unknown(`expects["${hook}"]`, Object.keys(words), hook === "handle_webhook" ? webhookChanges : httpFaults),
    ),
  ];
  if (problems.length > 0) throw new HooklineError("invalid_request", { reason: `testPlugin(): ${problems.join("; ")}` });
}

function unknown(where: string, given: readonly string[], known: readonly string[]): string[] {
  return given
    .filter((word) => !known.includes(word))
    .map((word) => {
      const near = nearest(word, known);
      return `${where} names "${word}", which is none of ${known.join(", ")}${near === undefined ? "" : `: did you mean "${near}"?`}`;
    });
}
