import { expect, test } from "vitest";
import { parseTypeId } from "../../../core/contract/typeIds/parseTypeId.ts";
import { isTypeId, isTypePattern, typeIdKind } from "../../../core/contract/typeIds/typeIdKind.ts";

const room = "gts.harbor.chat._.room.v3~";
const uuid = "0f8fad5b-d9cb-469f-a165-70867728950e";

test("a base type has segments and no type above it", () => {
  expect(parseTypeId(room)).toEqual({
    id: room,
    kind: "type",
    segments: [{ vendor: "harbor", package: "chat", namespace: "_", type: "room", major: 3, isType: true }],
  });
});

test("the type of an instance, and of a derived type, is what stands to its left", () => {
  expect(parseTypeId(`${room}harbor.chat.north.lobby.v0.12`)).toMatchObject({ kind: "instance", typeId: room });
  expect(parseTypeId(`${room}harbor.chat.north.quiet_room.v1~`)).toMatchObject({ kind: "type", typeId: room });
  expect(parseTypeId(`${room}harbor.chat.north.quiet_room.v1~dock.x.y.z.v1`).typeId).toBe(
    `${room}harbor.chat.north.quiet_room.v1~`,
  );
});

test("an anonymous instance has a UUID and only the segments of its type", () => {
  const parsed = parseTypeId(`${room}${uuid}`);

  expect(parsed).toMatchObject({ kind: "anonymous_instance", typeId: room, uuid });
  expect(parsed.segments).toHaveLength(1);
});

test("a minor version of zero is not a missing one", () => {
  expect(parseTypeId("gts.harbor.chat._.room.v0.0~").segments[0]).toMatchObject({ major: 0, minor: 0 });
  expect(parseTypeId("gts.harbor.chat._.room.v0~").segments[0]).not.toHaveProperty("minor");
});

test.each([
  ["", 'it must start with "gts."'],
  ["gts", 'it must start with "gts."'],
  ["gts://gts.harbor.chat._.room.v3~", 'it must start with "gts."'],
  ["gts.", 'the vendor of segment 1 is "", and must be letters'],
  ["gts.~", 'the vendor of segment 1 is ""'],
  ["gts.harbor.chat.room.v3~", 'segment 1, "harbor.chat.room.v3", has too few parts'],
  ["gts.harbor.chat._.room~", 'segment 1, "harbor.chat._.room", has too few parts'],
  ["gts.harbor.chat.north.east.room.v3~", 'the version of segment 1 is "room", and must be like v1'],
  ["gts.harbor.chat._.Room.v3~", 'the type of segment 1 is "Room"'],
  ["gts.harbor.chat._.room.3~", 'the version of segment 1 is "3", and must be like v1'],
  ["gts.harbor.chat._.room.v~", 'the major version of segment 1 is ""'],
  ["gts.harbor.chat._.room.v03~", 'the major version of segment 1 is "03", and must be a number without leading zeros'],
  ["gts.harbor.chat._.room.v3.x~", 'the minor version of segment 1 is "x"'],
  ["gts.harbor.chat._.room.v3.1.4~", 'segment 1 goes on after its version, with ".4"'],
  ["gts.harbor.chat._.room.v99999999999999999999~", "larger than 9007199254740991"],
  ["gts.harbor.chat._.room.v3", 'a single segment names a type, so a "~" must follow it'],
  [`${room}~`, 'the vendor of segment 2 is ""'],
  [`${room} harbor.chat._.lobby.v1`, 'the vendor of segment 2 is " harbor"'],
  [`${room}gts.chat._.lobby.v1`, '"gts." stands again at character 27'],
  [`${room}${uuid}~`, `the vendor of segment 2 is "${uuid}"`],
  [`${room}${uuid.toUpperCase()}`, "the vendor of segment 2"],
  [`gts.${uuid}`, `the vendor of segment 1 is "${uuid}"`],
  [`${room}${uuid}~harbor.chat._.lobby.v1`, "the vendor of segment 2"],
  [`${room}*`, 'the "*" at character 27 makes it a pattern'],
])("%s is no type id, and the sentence says where", (text, flaw) => {
  expect(() => parseTypeId(text)).toThrow(flaw);
  expect(isTypeId(text)).toBe(false);
});

test("an id may have 1024 characters, and not one more", () => {
  const ofLength = (length: number) => `gts.${"a".repeat(length - 14)}.b.c.d.v1~`;

  expect(parseTypeId(ofLength(1024)).kind).toBe("type");
  expect(() => parseTypeId(ofLength(1025))).toThrow("it has 1025 characters, and 1024 is the most");
});

test("the sentence of a flaw stays short, whatever was passed in", () => {
  expect(() => parseTypeId("x".repeat(1_000_000))).toThrow(/^.{1,300}$/);
});

test.each([
  [room, "type"],
  [`${room}harbor.chat._.lobby.v1`, "instance"],
  [`${room}${uuid}`, "anonymous_instance"],
  [`${room}*`, "pattern"],
  ["gts.*", "pattern"],
  ["gts.harbor.chat._.room.v*", "pattern"],
  ["gts.harbor.chat._.room.v3.*", "pattern"],
  ["harbor_sms", undefined],
  ["gts.harbor.chat._.room.v3.1.*", undefined],
  ["gts.harbor.chat.v*", undefined],
  ["gts.harbor.**", undefined],
  ["*", undefined],
])("%s is of the kind %s", (text, kind) => {
  expect(typeIdKind(text)).toBe(kind);
  expect(isTypePattern(text)).toBe(kind !== undefined);
});
