import { expect, test } from "vitest";
import { compareSchemas } from "../../../core/contract/compareSchemas/compareSchemas.ts";
import { readGtsVectors } from "../gtsVectors.ts";

const { vectors, absent } = readGtsVectors();

test("the recorded changes of schemas have the recorded verdicts", ({ skip }) => {
  if (!vectors) return skip(absent);

  const compared = vectors.compat.map(({ name, old, new: next }) => {
    const { backward, forward, full } = compareSchemas(old, next);
    return { name, backward, forward, full };
  });

  expect(compared.length).toBeGreaterThan(25);
  expect(compared).toEqual(vectors.compat.map(({ name, backward, forward, full }) => ({ name, backward, forward, full })));
});
