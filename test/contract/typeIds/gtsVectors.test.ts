import { expect, test } from "vitest";
import { createTypeMatcher, matchTypeId } from "../../../core/contract/typeIds/matchTypeId.ts";
import { parseTypeId } from "../../../core/contract/typeIds/parseTypeId.ts";
import { isTypeId, isTypePattern, typeIdKind } from "../../../core/contract/typeIds/typeIdKind.ts";
import { typeIdUuid } from "../../../core/contract/typeIds/typeIdUuid.ts";
import { readGtsVectors } from "../gtsVectors.ts";

const { vectors, absent } = readGtsVectors();

test("the recorded ids are valid or not, and of the recorded kind", ({ skip }) => {
  if (!vectors) return skip(absent);

  const read = vectors.ids.map(({ id }) => ({
    id,
    valid: isTypeId(id),
    kind: typeIdKind(id) ?? null,
    pattern: isTypePattern(id),
  }));

  expect(read.length).toBeGreaterThan(70);
  expect(read).toEqual(
    vectors.ids.map(({ id, valid, kind }) => ({
      id,
      valid,
      kind: kind === "invalid_pattern" ? null : kind,
      pattern: valid || kind === "pattern",
    })),
  );
});

test("a recorded id parses when it is valid, and is refused with a sentence when it is not", ({ skip }) => {
  if (!vectors) return skip(absent);

  for (const { id, valid, kind } of vectors.ids) {
    if (valid) expect(parseTypeId(id)).toMatchObject({ id, kind });
    else expect(() => parseTypeId(id), id).toThrow(/ is no type id: .+\. See docs\/errors\.md#type_id_invalid$/);
  }
});

test("the recorded ids parse into the recorded parts", ({ skip }) => {
  if (!vectors) return skip(absent);

  const parsed = vectors.parse.map(({ id }) => parseTypeId(id));

  expect(parsed).toEqual(
    vectors.parse.map(({ id, isType, uuid, typeId, segments }) => ({
      id,
      kind: isType ? "type" : uuid === undefined ? "instance" : "anonymous_instance",
      typeId: typeId ?? undefined,
      uuid,
      segments: segments.map((segment) => ({ ...segment, minor: segment.minor ?? undefined })),
    })),
  );
});

test("the recorded patterns select what they should, and a malformed pair is refused", ({ skip }) => {
  if (!vectors) return skip(absent);

  for (const { pattern, candidate, expected } of vectors.match) {
    const match = () => matchTypeId(pattern, candidate);
    if (expected === "error")
      expect(match, `${pattern} ${candidate}`).toThrow(expect.objectContaining({ code: "type_id_invalid" }));
    else {
      expect(match(), `${pattern} ${candidate}`).toBe(expected);
      expect(createTypeMatcher(pattern)(candidate)).toBe(expected);
    }
  }
});

test("the recorded UUIDs", ({ skip }) => {
  if (!vectors) return skip(absent);

  const uuids = vectors.uuid.map(({ id }) => ({ id, uuid: typeIdUuid(id) }));

  expect(uuids).toEqual(vectors.uuid);
});
