import type { z } from "../contract/schema.ts";
import { nearest } from "../errors.ts";
import { configSchema, defaultsSchema, instanceSchema, rollbackSchema, settingsSchema } from "./configSchema.ts";
import { printPath } from "./printPath.ts";
import type { Path } from "./readYaml.ts";
import { armSchema, matchSchema, rolloutSchema, routeSchema, splitSchema } from "./routeSchema.ts";

/** What is wrong at one place of a configuration. */
export interface Complaint {
  message: string;
  path: Path;
  /** Whether the key or its value is to be mended. */
  of: "key" | "value";
}

/** What the schema has against a configuration, in sentences; a key that nobody knows comes with the nearest that is known. */
export function configProblems(issues: readonly z.core.$ZodIssue[]): Complaint[] {
  return issues.flatMap((issue): Complaint[] => {
    const path = issue.path.filter((step) => typeof step !== "symbol");
    if (issue.code !== "unrecognized_keys") {
      return [{ message: `${printPath(path) || "The configuration"} ${issue.message}.`, path, of: "value" }];
    }
    return issue.keys.map((key) => ({ message: unknownKey(key, path), path: [...path, key], of: "key" }));
  });
}

interface Section {
  name: string;
  keys: string[];
}

const section = (name: string, schema: { shape: object }): Section => ({ name, keys: Object.keys(schema.shape) });
const top = section("the configuration", configSchema);
const instance = section("an instance in `enabled_plugins`", instanceSchema);
const rollback = section("`settings.rollback`", rollbackSchema);
const routeSections: Record<string, Section> = {
  match: section("`match` of a route", matchSchema),
  split: section("`split` of a route", splitSchema),
  arms: section("an arm of a split", armSchema),
  rollout: section("`rollout` of a route", rolloutSchema),
};
const route = section("a route", routeSchema);
const sections = [section("`settings`", settingsSchema), section("`defaults`", defaultsSchema), instance, rollback, top];

/** Keys of other plugin systems that people bring along. */
const replaced = new Map([
  ["channel_preferences", "routes"],
  ["channel_groups", "routes"],
]);

function unknownKey(key: string, path: Path): string {
  const here = sectionAt(path);
  const what = `"${key}" is not a key of ${here.name}`;
  const instead = replaced.get(key);
  if (instead)
    return `${what}: rules of that kind go into \`${instead}\`, as in \`- { name: urgent, match: { channel: alerts }, channels: [sms, email] }\`.`;
  const elsewhere = sections.find(({ keys }) => keys.includes(key));
  if (elsewhere) return `${what}: it belongs to ${elsewhere.name}.`;
  const near = nearest(key, here.keys);
  return near ? `${what}: did you mean "${near}"?` : `${what}. Its keys: ${here.keys.join(", ")}.`;
}

function sectionAt(path: Path): Section {
  if (path.length === 0) return top;
  if (path[0] === "enabled_plugins") return instance;
  if (path[0] === "routes") return routeSections[String(path.findLast((step) => typeof step === "string"))] ?? route;
  if (path[1] === "rollback") return rollback;
  return sections.find(({ name }) => name === `\`${path[0]}\``) ?? top;
}
