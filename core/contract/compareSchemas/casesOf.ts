import type { Facts } from "./facts.ts";
import type { MakeSchema, Schema } from "./schema.ts";

/**
 * What can be told apart in what the facts say: a list of cases, each a list of schemas that hold besides, of which at least one
 * holds for every value. Undefined when `anyOf`, `oneOf` and conditions are all decided.
 */
export function casesOf(facts: Facts, make: MakeSchema): Schema[][] | undefined {
  const choice = facts.choices.find((branches) => !branches.some((branch) => facts.parts.has(branch)));
  if (choice) return choice.map((branch) => [branch]);
  for (const { premise, consequence = make({}), otherwise = make({}) } of facts.when) {
    const opposite = make({ not: premise });
    const holds = facts.parts.has(premise);
    const fails = facts.parts.has(opposite);
    if (holds && !facts.parts.has(consequence)) return [[consequence]];
    if (fails && !facts.parts.has(otherwise)) return [[otherwise]];
    if (!holds && !fails) {
      return [
        [premise, consequence],
        [opposite, otherwise],
      ];
    }
  }
  return undefined;
}

/** One case for each type; undefined when there is only one. */
export function typeCasesOf(facts: Facts, make: MakeSchema): Schema[][] | undefined {
  if (facts.types.size < 2) return undefined;
  return [...facts.types].map((atom) => [make({ types: [atom] })]);
}
