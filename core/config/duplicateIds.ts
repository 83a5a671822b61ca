import type { Complaint } from "./configProblems.ts";
import { isRecord } from "./isRecord.ts";
import type { YamlDocument } from "./readYaml.ts";

/** Instances that have the id of an earlier one; `body` need not have passed any check. */
export function duplicateIds(body: unknown, at: YamlDocument["at"]): Complaint[] {
  const entries = isRecord(body) && Array.isArray(body.enabled_plugins) ? body.enabled_plugins : [];
  const firstOf = new Map<string, number>();
  return entries.flatMap((entry: unknown, index): Complaint[] => {
    if (!isRecord(entry)) return [];
    const key = entry.id === undefined ? "plugin_id" : "id";
    const id = entry[key];
    if (typeof id !== "string") return [];
    const first = firstOf.get(id);
    if (first === undefined) {
      firstOf.set(id, index);
      return [];
    }
    const message = `Two instances have the id "${id}", ${place(first, at)} and ${place(index, at)}: give one of them an \`id\` of its own.`;
    return [{ message, path: ["enabled_plugins", index, key], of: "value" }];
  });
}

function place(index: number, at: YamlDocument["at"]): string {
  const position = at(["enabled_plugins", index]);
  return position ? `in line ${position.line}` : `as enabled_plugins[${index}]`;
}
