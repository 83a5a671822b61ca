import { describeRules } from "./describeRules.ts";
import { type Facts, factsOf, itemAt } from "./facts.ts";
import type { MakeSchema, Schema } from "./schema.ts";

const mostSentences = 100;
const mostPlaces = 5000;
const longestSentence = 300;

/** One sentence for each thing that differs between two schemas, with its path. */
export function describeChanges(before: Schema, after: Schema, make: MakeSchema): string[] {
  const sentences: string[] = [];
  const waiting: Inside[] = [{ path: "", was: before, is: after, around: [] }];
  for (let places = 0; places < mostPlaces && sentences.length < mostSentences; places++) {
    const next = waiting.shift();
    if (!next) break;
    const { path, was, is } = next;
    const pair = `${was.key} ${is.key}`;
    // A schema that holds itself comes back under a longer path.
    if (was === is || next.around.includes(pair)) continue;
    const around = [...next.around, pair];
    const [old, now] = [factsOf([was]), factsOf([is])];
    sentences.push(...describeRules(old, now).map((text) => `${path || "The value"}: ${text}`));
    sentences.push(...describeProperties(path, old, now));
    waiting.push(...insides(path, old, now, make).map((inside) => ({ ...inside, around })));
  }
  return sentences.slice(0, mostSentences).map(shortened);
}

/** A regular expression or a value of a list can be as long as it likes. */
function shortened(sentence: string): string {
  return sentence.length > longestSentence ? `${sentence.slice(0, longestSentence - 1)}…` : sentence;
}

function describeProperties(path: string, old: Facts, now: Facts): string[] {
  const [known, named] = [namesOf(old), namesOf(now)];
  return [...new Set([...known, ...named])].flatMap((name) => {
    const at = `${join(path, name)}:`;
    const [wasRequired, isRequired] = [old.required.has(name), now.required.has(name)];
    if (!known.has(name)) return `${at} is new${isRequired ? ", and required" : ""}.`;
    if (!named.has(name)) return `${at} is not described any more${wasRequired ? ", and was required" : ""}.`;
    if (wasRequired !== isRequired) return isRequired ? `${at} is required now.` : `${at} is not required any more.`;
    return [];
  });
}

/** A place in both schemas; `around` are the pairs of schemas that it lies in. */
interface Inside {
  path: string;
  was: Schema;
  is: Schema;
  around: readonly string[];
}

/** The schemas inside both, side by side. */
function insides(path: string, old: Facts, now: Facts, make: MakeSchema): Omit<Inside, "around">[] {
  const all = (schemas: readonly Schema[]) => (schemas.length === 1 && schemas[0] ? schemas[0] : make({ all: schemas }));
  const named = namesOf(now);
  const properties = [...namesOf(old)]
    .filter((name) => named.has(name))
    .map((name) => ({ path: join(path, name), was: all(describedAt(old, name)), is: all(describedAt(now, name)) }));
  const longest = Math.max(0, ...[...old.items, ...now.items].map(({ prefix }) => prefix.length));
  const items = Array.from({ length: longest + 1 }, (_, index) => ({
    path: `${path}[${index === longest ? "" : index}]`,
    was: all(itemAt(old, index)),
    is: all(itemAt(now, index)),
  }));
  const others = { path: join(path, "*"), was: all(otherSchemas(old)), is: all(otherSchemas(now)) };
  const alternatives = old.choices.flatMap((branches, choice) =>
    branches.flatMap((was, index) => {
      const is = now.choices[choice]?.[index];
      return is && now.choices[choice]?.length === branches.length ? [{ path: `${path}(${index + 1})`, was, is }] : [];
    }),
  );
  return [...properties, ...items, others, ...alternatives];
}

function namesOf({ groups, required }: Facts): Set<string> {
  return new Set([...groups.flatMap(({ properties }) => [...properties.keys()]), ...required]);
}

function describedAt({ groups }: Facts, name: string): Schema[] {
  return groups.flatMap(({ properties }) => properties.get(name) ?? []);
}

function otherSchemas({ groups }: Facts): Schema[] {
  return groups.flatMap(({ additional }) => (additional && !additional.rules.never ? [additional] : []));
}

/** `servers[].port`, as people write it. */
function join(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
