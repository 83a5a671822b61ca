import type { Facts } from "./facts.ts";
import { jsonText, type TypeAtom } from "./jsonValue.ts";
import type { Bound } from "./schema.ts";

/** One sentence for each rule that differs between two places, without the path; properties and items are not looked into. */
export function describeRules(old: Facts, now: Facts): string[] {
  return [
    ...describeTypes(old, now),
    ...describeValues(old, now),
    ...limits.flatMap(([name, limitOf]) => describeOne(name, limitOf(old), limitOf(now))),
    ...describeClosing(old, now),
    ...describeUnlisted(old, now),
  ];
}

function describeTypes(old: Facts, now: Facts): string[] {
  const [was, is] = [typeNames(old), typeNames(now)];
  return was === is ? [] : [`takes ${is} now, and took ${was}.`];
}

/** The types as JSON Schema names them. */
function typeNames({ types, never, values }: Facts): string {
  if (never || types.size === 0) return "nothing";
  if (types.size === 7) return "anything";
  const names = [...types].map((atom: TypeAtom) => (atom === "fraction" ? "number" : atom));
  const shown = names.filter((name) => name !== "integer" || !names.includes("number") || values !== undefined);
  return shown.sort().join(" or ");
}

function describeValues({ values: was }: Facts, { values: is }: Facts): string[] {
  if (!was || !is) {
    if (was === is || isPlainBoolean(was ?? is)) return [];
    return is ? [`takes only ${shownList(is.map(jsonText))} now.`] : ["takes other values now than those of a list."];
  }
  const [before, after] = [was.map(jsonText), is.map(jsonText)];
  const added = after.filter((text) => !before.includes(text));
  const removed = before.filter((text) => !after.includes(text));
  return [
    ...(added.length > 0 ? [`also takes ${shownList(added)} now.`] : []),
    ...(removed.length > 0 ? [`does not take ${shownList(removed)} any more.`] : []),
  ];
}

/** `type: boolean` is not a list of values to anybody. */
function isPlainBoolean(values: Facts["values"]): boolean {
  return values?.every((value) => value === null || typeof value === "boolean") ?? true;
}

/** What has one value on each side; undefined where there is no limit. */
const limits: readonly (readonly [name: string, (facts: Facts) => string | undefined])[] = [
  ["minimum", ({ lower }) => shownBound(lower)],
  ["maximum", ({ upper }) => shownBound(upper)],
  ["multipleOf", ({ multiples }) => shownSet(multiples.map(String))],
  ["minLength", ({ minLength }) => shownCount(minLength)],
  ["maxLength", ({ maxLength }) => shownCount(maxLength)],
  ["pattern", ({ patterns }) => shownSet([...patterns])],
  ["format", ({ formats }) => shownSet([...formats])],
  ["minItems", ({ minItems }) => shownCount(minItems)],
  ["maxItems", ({ maxItems }) => shownCount(maxItems)],
  ["uniqueItems", ({ unique }) => (unique ? "true" : undefined)],
  ["minProperties", ({ minProperties }) => shownCount(minProperties)],
  ["maxProperties", ({ maxProperties }) => shownCount(maxProperties)],
];

function describeOne(name: string, was: string | undefined, is: string | undefined): string[] {
  if (was === is) return [];
  if (was === undefined) return [`${name} ${is} is new.`];
  return is === undefined ? [`${name} ${was} is gone.`] : [`${name} is ${is} now, and was ${was}.`];
}

function describeClosing(old: Facts, now: Facts): string[] {
  if (isClosed(old) === isClosed(now)) return [];
  return [isClosed(now) ? "takes no other keys any more." : "takes other keys now."];
}

function isClosed({ groups }: Facts): boolean {
  return groups.some(({ additional }) => additional?.rules.never);
}

/** Rules that are compared as a whole: saying more of them would need the schema beside it. */
function describeUnlisted(old: Facts, now: Facts): string[] {
  const counts: [string, number, number][] = [
    ["alternatives", old.choices.flat().length, now.choices.flat().length],
    ["conditions", old.when.length, now.when.length],
    ["rules with not", old.nots.length, now.nots.length],
    ["rules with contains", old.contains.length, now.contains.length],
    ["rules for the names of keys", old.names.length, now.names.length],
  ];
  const different = counts.flatMap(([what, was, is]) => (was === is ? [] : `has ${is} ${what} now, and had ${was}.`));
  const opaque = new Set([...old.opaque, ...now.opaque].map((text) => text.split(": ")[0]));
  return [...different, ...(opaque.size > 0 ? [`has ${[...opaque].join(" and ")}, which is not compared.`] : [])];
}

function shownBound(bound: Bound | undefined): string | undefined {
  return bound && `${bound.value}${bound.exclusive ? " (exclusive)" : ""}`;
}

function shownCount(count: number): string | undefined {
  return count === 0 || count === Number.POSITIVE_INFINITY ? undefined : String(count);
}

function shownSet(texts: readonly string[]): string | undefined {
  return texts.length === 0 ? undefined : [...texts].sort().join(" and ");
}

function shownList(texts: readonly string[]): string {
  const shown = texts.slice(0, 10).join(", ");
  return texts.length > 10 ? `${shown} and ${texts.length - 10} more` : shown;
}
