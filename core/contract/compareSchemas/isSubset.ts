import type { Accepts } from "./accepts.ts";
import { tighter, wholeBound } from "./bounds.ts";
import { casesOf, typeCasesOf } from "./casesOf.ts";
import { createContainment } from "./containment.ts";
import type { Effort } from "./effort.ts";
import { type Facts, factsOf } from "./facts.ts";
import { createIsEmpty, keyOf } from "./isEmpty.ts";
import { jsonText } from "./jsonValue.ts";
import type { MakeSchema, Rules, Schema } from "./schema.ts";

/** True when it is certain that every value which satisfies all of `left` also satisfies `right`. */
export type IsSubset = (left: readonly Schema[], right: Schema) => boolean;

/** Makes a proof of inclusion; false says only that none was found. */
export function createIsSubset(make: MakeSchema, accepts: Accepts, effort: Effort): IsSubset {
  const isEmpty = createIsEmpty(make, accepts, effort);
  const proven = new Map<string, boolean>();
  /** What is being proven now, and at which depth of the value. */
  const open = new Map<string, number>();
  let depth = 0;
  let assumptions = 0;
  const contains = createContainment(make, accepts, { isEmpty, isInnerSubset });
  return isSubset;

  function isSubset(left: readonly Schema[], right: Schema): boolean {
    if (Object.keys(right.rules).length === 0 || left.includes(right)) return true;
    const key = `${keyOf(left)} > ${right.key}`;
    const known = proven.get(key);
    if (known !== undefined) return known;
    const since = open.get(key);
    if (since !== undefined) {
      // Proof by induction over the size of the value: what is being proven holds for smaller values, not for the same one.
      if (depth <= since) return false;
      assumptions++;
      return true;
    }
    open.set(key, depth);
    const before = assumptions;
    const result = effort.step(false, () => prove(left, right));
    open.delete(key);
    if (!result || assumptions === before) proven.set(key, result);
    return result;
  }

  /** The same for something inside the value. */
  function isInnerSubset(left: readonly Schema[], right: Schema): boolean {
    depth++;
    const result = isSubset(left, right);
    depth--;
    return result;
  }

  function prove(left: readonly Schema[], right: Schema): boolean {
    const facts = factsOf(left);
    if (facts.parts.has(right) || isEmpty(left)) return true;
    if (
      facts.values?.every((value) => accepts(right, value) === "yes" || left.some((schema) => accepts(schema, value) === "no"))
    ) {
      return true;
    }
    if (implies(facts, left, right.rules)) return true;
    const cases = casesOf(facts, make) ?? typeCasesOf(facts, make);
    return cases?.every((more) => isSubset([...left, ...more], right)) ?? false;
  }

  function implies(facts: Facts, left: readonly Schema[], rules: Rules): boolean {
    return (
      !rules.never &&
      !rules.opaque &&
      (!rules.types || [...facts.types].every((atom) => rules.types?.includes(atom))) &&
      impliesValues(facts, rules) &&
      impliesNumber(facts, rules) &&
      impliesText(facts, rules) &&
      contains.impliesList(facts, rules) &&
      contains.impliesObject(facts, rules) &&
      impliesCombined(facts, left, rules)
    );
  }

  function impliesCombined(facts: Facts, left: readonly Schema[], rules: Rules): boolean {
    const { all = [], any, one, not, when = [], ref } = rules;
    return (
      (!ref || isSubset(left, ref.target())) &&
      all.every((schema) => isSubset(left, schema)) &&
      (!any || any.some((schema) => facts.parts.has(schema)) || any.some((schema) => isSubset(left, schema))) &&
      (!one ||
        one.some(
          (schema, index) => isSubset(left, schema) && one.every((other, at) => at === index || isEmpty([...left, other])),
        )) &&
      (!not || isEmpty([...left, not]) || facts.nots.some((known) => isSubset([not], known))) &&
      when.every(
        ({ premise, consequence, otherwise }) =>
          (!consequence || isSubset([...left, premise], consequence)) &&
          (!otherwise || isSubset([...left, make({ not: premise })], otherwise)),
      )
    );
  }
}

function impliesValues(facts: Facts, { values }: Rules): boolean {
  if (!values) return true;
  const allowed = new Set(values.map(jsonText));
  return facts.values?.every((value) => allowed.has(jsonText(value))) ?? false;
}

function impliesNumber(facts: Facts, { lower, upper, multipleOf }: Rules): boolean {
  if (!facts.types.has("integer") && !facts.types.has("fraction")) return true;
  const isWhole = !facts.types.has("fraction");
  const least = isWhole && facts.lower ? wholeBound(facts.lower, 1) : facts.lower;
  const most = isWhole && facts.upper ? wholeBound(facts.upper, -1) : facts.upper;
  return (
    (!lower || (least !== undefined && tighter(least, lower, 1) === least)) &&
    (!upper || (most !== undefined && tighter(most, upper, -1) === most)) &&
    (multipleOf === undefined || isMultiple(facts, multipleOf))
  );
}

function isMultiple({ types, multiples }: Facts, divisor: number): boolean {
  const known = types.has("fraction") ? multiples : [1, ...multiples];
  // Fractions are compared for equality only: their quotients round.
  return known.some(
    (one) => one === divisor || (Number.isSafeInteger(one) && Number.isSafeInteger(divisor) && one % divisor === 0),
  );
}

function impliesText(facts: Facts, { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format }: Rules): boolean {
  if (!facts.types.has("string")) return true;
  return (
    facts.minLength >= minLength &&
    facts.maxLength <= maxLength &&
    (pattern === undefined || facts.patterns.has(pattern)) &&
    (format === undefined || facts.formats.has(format))
  );
}
