import type { Accepts } from "./accepts.ts";
import { casesOf } from "./casesOf.ts";
import type { Effort } from "./effort.ts";
import { type Facts, factsOf } from "./facts.ts";
import { keyOf } from "./isEmpty.ts";
import type { IsSubset } from "./isSubset.ts";
import { type JsonValue, jsonText } from "./jsonValue.ts";
import { createListSamples } from "./listSamples.ts";
import { createObjectSamples } from "./objectSamples.ts";
import { scalarSamples } from "./scalarSamples.ts";
import type { MakeSchema, Schema } from "./schema.ts";

/** Finds a value that the one schema certainly accepts and the other certainly refuses; undefined when it finds none. */
export type FindCounterexample = (accepted: Schema, refused: Schema) => JsonValue | undefined;

/** Several schemas that hold together. */
export type Schemas = readonly Schema[];

/** What the samples of a value are made of. */
export interface InnerSamples {
  /** A few values that all the schemas accept. */
  samples(schemas: Schemas): readonly JsonValue[];
  /** A few values that all of `left` accept and that one of the `rights` refuses. */
  differing(left: Schemas, rights: readonly Schemas[]): readonly JsonValue[];
}

interface Tools {
  make: MakeSchema;
  accepts: Accepts;
  isSubset: IsSubset;
  effort: Effort;
}

const mostBranches = 16;
const mostKept = 6;

/** Makes a search for counterexamples: it builds values at the limits of both schemas, and asks both about each. */
export function createFindCounterexample({ make, accepts, isSubset, effort }: Tools): FindCounterexample {
  const found = new Map<string, readonly JsonValue[]>();
  const listSamples = createListSamples({ samples, differing });
  const objectSamples = createObjectSamples({ samples, differing }, make);
  return (accepted, refused) => breaks([accepted], [refused], 1)[0];

  function samples(schemas: Schemas): readonly JsonValue[] {
    return kept(schemas, [], mostKept, (value) => isIn(schemas, value));
  }

  function differing(left: Schemas, rights: readonly Schemas[]): readonly JsonValue[] {
    const distinct = new Map(rights.filter((right) => right.length > 0).map((right) => [keyOf(right), right]));
    return [...distinct.values()].flatMap((right) => breaks(left, right, mostKept));
  }

  function breaks(left: Schemas, right: Schemas, most: number): readonly JsonValue[] {
    if (isWithin(left, right)) return [];
    return kept(left, right, most, (value) => isIn(left, value) && right.some((schema) => accepts(schema, value) === "no"));
  }

  function isWithin(left: Schemas, right: Schemas): boolean {
    return right.every((schema) => isSubset(left, schema));
  }

  function isIn(schemas: Schemas, value: JsonValue): boolean {
    return schemas.every((schema) => accepts(schema, value) === "yes");
  }

  /** The first candidates that pass. A schema that holds itself adds nothing while its own are being looked for. */
  function kept(left: Schemas, right: Schemas, most: number, passes: (value: JsonValue) => boolean): readonly JsonValue[] {
    const key = `${keyOf(left)} / ${keyOf(right)}`;
    const known = found.get(key);
    if (known) return known;
    found.set(key, []);
    const passed = effort.step(new Map<string, JsonValue>(), () => {
      const values = new Map<string, JsonValue>();
      for (const value of candidates(left, right)) {
        const text = jsonText(value);
        if (!values.has(text) && passes(value)) values.set(text, value);
        if (values.size >= most) break;
      }
      return values;
    });
    const result = [...passed.values()];
    found.set(key, result);
    return result;
  }

  /** Values worth asking about. */
  function* candidates(left: Schemas, right: Schemas): Generator<JsonValue> {
    const hints = branchesOf(right, []).flatMap((facts) => [facts, ...facts.nots.map((schema) => factsOf([schema]))]);
    for (const facts of branchesOf(left, right)) {
      yield* scalarSamples(facts, hints);
      if (facts.types.has("array")) yield* listSamples(facts, hints);
      if (facts.types.has("object")) yield* objectSamples(facts, hints);
    }
  }

  /** What the schemas say, once for each way to decide their alternatives, up to a limit; without those that `right` holds anyway. */
  function branchesOf(schemas: Schemas, right: Schemas): Facts[] {
    const decided: Facts[] = [];
    const waiting: Schemas[] = [schemas];
    for (let next = waiting.shift(); next && decided.length < mostBranches; next = waiting.shift()) {
      const base = next;
      const facts = factsOf(base);
      const cases = casesOf(facts, make)?.map((more) => [...base, ...more]);
      if (!cases || waiting.length >= mostBranches) decided.push(facts);
      else waiting.push(...cases.filter((branch) => right.length === 0 || !isWithin(branch, right)));
    }
    return decided;
  }
}
