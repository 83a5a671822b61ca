import type { Facts } from "./facts.ts";
import type { JsonValue, TypeAtom } from "./jsonValue.ts";
import { samplePattern } from "./samplePattern.ts";
import { sampleOfFormat } from "./textMatches.ts";

const longestText = 2000;

/** Values without an inside that are worth asking about: what the facts and the hints name, and what lies at and beside their limits. */
export function scalarSamples(facts: Facts, hints: readonly Facts[]): JsonValue[] {
  const all = [facts, ...hints];
  const has = (...atoms: TypeAtom[]) => atoms.some((atom) => facts.types.has(atom));
  return [
    ...all.flatMap(({ values = [] }) => values),
    ...(has("string") ? textSamples(all) : []),
    ...(has("integer", "fraction") ? numberSamples(all) : []),
    ...(has("boolean") ? [false, true] : []),
    ...(has("null") ? [null] : []),
    ...(has("array") ? [[]] : []),
    ...(has("object") ? [{}] : []),
  ];
}

function numberSamples(all: readonly Facts[]): number[] {
  const limits = all.flatMap(({ lower, upper }) => [lower?.value, upper?.value]).filter((limit) => limit !== undefined);
  const multiples = all.flatMap((facts) => facts.multiples);
  const beside = [0, ...limits].flatMap((limit) => [limit, limit + 1, limit - 1, limit + 0.5, limit - 0.5]);
  // A step beside each limit that is a multiple, and one beside that.
  const steps = multiples.flatMap((multiple) =>
    [0, ...limits].flatMap((limit) => {
      const near = Math.ceil(limit / multiple) * multiple;
      return [near, near + multiple, near - multiple, near + 1];
    }),
  );
  return [...beside, ...multiples, ...steps].filter(Number.isFinite);
}

function textSamples(all: readonly Facts[]): string[] {
  const limits = all.flatMap(({ minLength, maxLength }) => [minLength, minLength - 1, maxLength, maxLength + 1]);
  const lengths = [...new Set([...limits, 1, 2, 0])].filter((length) => length >= 0 && length <= longestText);
  const patterns = [...new Set(all.flatMap((facts) => [...facts.patterns]))];
  const formats = [...new Set(all.flatMap((facts) => [...facts.formats]))];
  return [
    ...patterns.flatMap((pattern) => [0, ...lengths].map((length) => samplePattern(pattern, length))),
    ...formats.map((format) => sampleOfFormat.get(format)),
    ...lengths.flatMap((length) => ["a".repeat(length), "b".repeat(length)]),
  ].filter((text) => text !== undefined);
}
