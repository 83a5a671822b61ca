import { expect, test } from "vitest";
import { typeIdUuid, uuidV5 } from "../../../core/contract/typeIds/typeIdUuid.ts";

const urlNamespace = "6ba7b811-9dad-11d1-80b4-00c04fd430c8";
const dnsNamespace = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";

test("the example of RFC 9562", () => {
  expect(uuidV5(dnsNamespace, "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
});

test("the UUID of a type id is that of its whole text in the namespace of GTS", () => {
  const id = "gts.harbor.chat._.room.v3~harbor.chat.north.lobby.v2.4";

  expect(typeIdUuid(id)).toBe(uuidV5(uuidV5(urlNamespace, "gts"), id));
});

test("a pattern has no UUID", () => {
  expect(() => typeIdUuid("gts.harbor.*")).toThrow("makes it a pattern");
});
