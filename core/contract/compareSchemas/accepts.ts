import { createEffort, type Effort } from "./effort.ts";
import { type PropertyGroup, propertyGroupOf } from "./facts.ts";
import { isList, type JsonValue, jsonText, typeAtomOf } from "./jsonValue.ts";
import type { Condition, Containing, Rules, Schema } from "./schema.ts";
import { formatMatches, patternMatches } from "./textMatches.ts";

/** Does a schema accept a value? `maybe` where that hangs on a regular expression, a format, or what is opaque. */
export type Answer = "yes" | "no" | "maybe";

/** Asks a schema about a value. */
export type Accepts = (schema: Schema, value: JsonValue) => Answer;

/** Makes a check of values that never guesses: `yes` and `no` are certain. */
export function createAccepts(effort: Effort = createEffort(100_000)): Accepts {
  const texts = new WeakMap<readonly JsonValue[], Set<string>>();
  const accepts: Accepts = (schema, value) => effort.step<Answer>("maybe", () => both(answers(schema.rules, value)));
  return accepts;

  function* answers(rules: Rules, value: JsonValue): Generator<Answer> {
    yield sure(!rules.never);
    if (rules.types) yield sure(rules.types.includes(typeAtomOf(value)));
    if (rules.values) yield sure(textsOf(rules.values).has(jsonText(value)));
    if (typeof value === "number") yield* numberAnswers(rules, value);
    if (typeof value === "string") yield* textAnswers(rules, value);
    if (typeof value === "object" && value !== null) {
      if (isList(value)) yield* listAnswers(rules, value);
      else yield* objectAnswers(rules, value);
    }
    if (rules.opaque) yield "maybe";
    if (rules.ref) yield accepts(rules.ref.target(), value);
    for (const schema of rules.all ?? []) yield accepts(schema, value);
    if (rules.any) yield either(rules.any.map((schema) => accepts(schema, value)));
    if (rules.one) yield exactlyOne(rules.one.map((schema) => accepts(schema, value)));
    if (rules.not) yield opposite(accepts(rules.not, value));
    for (const condition of rules.when ?? []) yield conditionAnswer(condition, value);
  }

  /** An `enum` can be long, and is asked for each value. */
  function textsOf(values: readonly JsonValue[]): Set<string> {
    const known = texts.get(values) ?? new Set(values.map(jsonText));
    texts.set(values, known);
    return known;
  }

  function* listAnswers(rules: Rules, list: readonly JsonValue[]): Generator<Answer> {
    yield sure(list.length >= (rules.minItems ?? 0) && list.length <= (rules.maxItems ?? Number.POSITIVE_INFINITY));
    if (rules.unique) yield sure(new Set(list.map(jsonText)).size === list.length);
    for (const [index, item] of list.entries()) {
      const schema = rules.prefix?.[index] ?? rules.rest;
      if (schema) yield accepts(schema, item);
    }
    if (rules.contains) yield containsAnswer(rules.contains, list);
  }

  function containsAnswer({ item, min, max = Number.POSITIVE_INFINITY }: Containing, list: readonly JsonValue[]): Answer {
    const each = list.map((value) => accepts(item, value));
    const certain = each.filter((answer) => answer === "yes").length;
    const possible = each.filter((answer) => answer !== "no").length;
    if (certain >= min && possible <= max) return "yes";
    return possible < min || certain > max ? "no" : "maybe";
  }

  function* objectAnswers(rules: Rules, object: { readonly [key: string]: JsonValue }): Generator<Answer> {
    for (const name of rules.required ?? []) yield sure(Object.hasOwn(object, name));
    const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY, names } = rules;
    const group = propertyGroupOf(rules);
    const entries = Object.entries(object);
    yield sure(entries.length >= minProperties && entries.length <= maxProperties);
    for (const [key, value] of entries) {
      if (names) yield accepts(names, key);
      if (group) yield* propertyAnswers(group, key, value);
    }
  }

  function* propertyAnswers(
    { properties, patterns, additional }: PropertyGroup,
    key: string,
    value: JsonValue,
  ): Generator<Answer> {
    const own = properties.get(key);
    if (own) yield accepts(own, value);
    const matches = patterns.map(([pattern, schema]) => ({ schema, matched: patternMatches(pattern, key) }));
    for (const { schema, matched } of matches) yield whenHolds(matched, () => accepts(schema, value));
    if (own || !additional) return;
    const isAdditional = opposite(either(matches.map(({ matched }) => matched)));
    yield whenHolds(isAdditional, () => accepts(additional, value));
  }

  function conditionAnswer(condition: Condition, value: JsonValue): Answer {
    const holds = accepts(condition.premise, value);
    const branch = (schema: Schema | undefined): Answer => (schema ? accepts(schema, value) : "yes");
    return both([
      whenHolds(holds, () => branch(condition.consequence)),
      whenHolds(opposite(holds), () => branch(condition.otherwise)),
    ]);
  }
}

function* numberAnswers({ lower, upper, multipleOf }: Rules, value: number): Generator<Answer> {
  if (lower) yield sure(lower.exclusive ? value > lower.value : value >= lower.value);
  if (upper) yield sure(upper.exclusive ? value < upper.value : value <= upper.value);
  if (multipleOf === undefined) return;
  if (Number.isInteger(multipleOf) && !Number.isInteger(value)) yield "no";
  // Division of fractions rounds: 0.3 / 0.1 is not 3.
  const isExact = Number.isSafeInteger(value) && Number.isSafeInteger(multipleOf);
  yield isExact ? sure(value % multipleOf === 0) : value === multipleOf || value === 0 ? "yes" : "maybe";
}

function* textAnswers(
  { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format }: Rules,
  text: string,
): Generator<Answer> {
  // Characters, not the halves of those beyond the first 65,536.
  const length = /[\ud800-\udfff]/.test(text) ? [...text].length : text.length;
  yield sure(length >= minLength && length <= maxLength);
  if (pattern !== undefined) yield patternMatches(pattern, text);
  if (format !== undefined) yield formatMatches(format, text);
}

function sure(holds: boolean): Answer {
  return holds ? "yes" : "no";
}

function opposite(answer: Answer): Answer {
  if (answer === "maybe") return "maybe";
  return answer === "yes" ? "no" : "yes";
}

function both(answers: Iterable<Answer>): Answer {
  let isCertain = true;
  for (const answer of answers) {
    if (answer === "no") return "no";
    if (answer === "maybe") isCertain = false;
  }
  return isCertain ? "yes" : "maybe";
}

function either(answers: readonly Answer[]): Answer {
  if (answers.includes("yes")) return "yes";
  return answers.includes("maybe") ? "maybe" : "no";
}

function exactlyOne(answers: readonly Answer[]): Answer {
  const certain = answers.filter((answer) => answer === "yes").length;
  if (certain > 1) return "no";
  if (answers.includes("maybe")) return "maybe";
  return certain === 1 ? "yes" : "no";
}

/** The answer counts only where the premise holds. */
function whenHolds(premise: Answer, answer: () => Answer): Answer {
  if (premise === "no") return "yes";
  const given = answer();
  return premise === "maybe" && given === "no" ? "maybe" : given;
}
