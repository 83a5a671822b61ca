import { expect, test } from "vitest";
import { createTypeMatcher, matchTypeId } from "../../../core/contract/typeIds/matchTypeId.ts";

const room = "gts.harbor.chat._.room.v3~";
const lobby = "gts.harbor.chat._.room.v3.1~harbor.chat.north.lobby.v2.4";
const nameless = "gts.harbor.chat._.room.v3~0f8fad5b-d9cb-469f-a165-70867728950e";

test.each([
  ["gts.*", lobby],
  ["gts.harbor.*", room],
  ["gts.harbor.chat._.*", lobby],
  ["gts.harbor.chat._.room.*", lobby],
  ["gts.harbor.chat._.room.v*", lobby],
  ["gts.harbor.chat._.room.v3.*", lobby],
  ["gts.harbor.chat._.room.v3.*", room],
  [room, room],
  [room, lobby],
  [room, nameless],
  [`${room}*`, room],
  [`${room}*`, nameless],
  [`${room}harbor.chat.*`, lobby],
  [`${room}harbor.chat.north.lobby.v2`, lobby],
  [`${room}harbor.chat.north.lobby.v2.*`, lobby],
  [lobby, lobby],
  [nameless, nameless],
  [room, `${room}*`],
  [`${room}*`, `${room}*`],
  ["gts.harbor.*", "gts.harbor.chat._.room.v*"],
  ["gts.harbor.chat._.room.v*", "gts.harbor.chat._.room.*"],
])("%s selects %s", (pattern, candidate) => {
  expect(matchTypeId(pattern, candidate)).toBe(true);
});

test.each([
  ["gts.harbo.*", room],
  ["gts.harbor.chat._.room.v4.*", room],
  ["gts.harbor.chat._.room.v3.2~", lobby],
  ["gts.harbor.chat._.room.v3.0~", room],
  [`${room}harbor.*`, room],
  [`${room}harbor.*`, nameless],
  [`${room}harbor.chat.north.lobby.v2~`, lobby],
  [`${room}harbor.chat.north.lobby.v2`, `${room}harbor.chat.north.lobby.v2~`],
  [lobby, room],
  [lobby, "gts.harbor.chat._.room.v3.1~harbor.chat.north.lobby.v2"],
  [nameless, lobby],
  [nameless, `${room}*`],
  ["gts.harbor.chat._.room.v*", "gts.harbor.*"],
  ["gts.harbor.chat._.room.v3.*", "gts.harbor.chat._.room.v*"],
  [lobby, "gts.harbor.chat._.room.v3.1~harbor.*"],
])("%s does not select %s", (pattern, candidate) => {
  expect(matchTypeId(pattern, candidate)).toBe(false);
});

test("a malformed pattern is refused before there is a candidate, with its place", () => {
  expect(() => createTypeMatcher("gts.harbor.chat._.room.v3*")).toThrow(
    '"gts.harbor.chat._.room.v3*" is no pattern of type ids: the "*" at its end',
  );
  expect(() => createTypeMatcher("gts.*.chat")).toThrow('the "*" at character 5 must be its last character');
  expect(() => createTypeMatcher("gts.harbor.chat._.room.v3")).toThrow('a "~" must follow it');
});

test("a malformed candidate is refused, not passed over", () => {
  const matches = createTypeMatcher(`${room}*`);

  expect(() => matches("harbor_sms")).toThrow(expect.objectContaining({ code: "type_id_invalid" }));
});
