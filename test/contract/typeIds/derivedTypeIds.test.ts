import fc from "fast-check";
import { expect, test } from "vitest";
import { communication } from "../../../core/contract/communication.ts";
import { contractTypeId, instanceTypeId, settingsTypeId } from "../../../core/contract/typeIds/derivedTypeIds.ts";
import { matchTypeId } from "../../../core/contract/typeIds/matchTypeId.ts";
import { parseTypeId } from "../../../core/contract/typeIds/parseTypeId.ts";
import { nameOfToken, typeIdToken } from "../../../core/contract/typeIds/typeIdToken.ts";

const twilio = { plugin_id: "twilio_sms", channel_type: "sms", version: "1.4.2" };

test("a contract, a plugin's settings and an instance have ids without anybody writing one", () => {
  expect(contractTypeId(communication)).toBe("gts.hookline.contracts._.communication.v1.0~");
  expect(settingsTypeId(twilio)).toBe("gts.hookline.plugins.sms.twilio_sms.v1.4~");
  expect(instanceTypeId({ ...twilio, instance: "backup" })).toBe(
    "gts.hookline.plugins.sms.twilio_sms.v1.4~hookline.instances._.backup.v1",
  );
});

test("the type of an instance is that of its plugin's settings, so patterns select it by channel, plugin and version", () => {
  const id = instanceTypeId({ ...twilio, instance: "backup" });

  expect(parseTypeId(id)).toMatchObject({ kind: "instance", typeId: settingsTypeId(twilio) });
  expect(matchTypeId("gts.hookline.plugins.sms.*", id)).toBe(true);
  expect(matchTypeId("gts.hookline.plugins.sms.twilio_sms.v1~", id)).toBe(true);
  expect(matchTypeId("gts.hookline.plugins.sms.twilio_sms.v2~", id)).toBe(false);
  expect(matchTypeId("gts.hookline.plugins.email.*", id)).toBe(false);
});

test("a patch and a pre-release do not stand in the id; a plugin without a version is version 0", () => {
  expect(settingsTypeId({ ...twilio, version: "2.0.0-rc.1" })).toBe("gts.hookline.plugins.sms.twilio_sms.v2.0~");
  expect(settingsTypeId({ plugin_id: "hello", channel_type: "chat" })).toBe("gts.hookline.plugins.chat.hello.v0~");
});

test("a name with characters that the grammar does not have gets escapes, and stays readable", () => {
  expect(settingsTypeId({ plugin_id: "bot", channel_type: "google-groups", version: "1.0.0" })).toBe(
    "gts.hookline.plugins.google__2d_groups.bot.v1.0~",
  );
  expect(instanceTypeId({ ...twilio, instance: "@acme/SMS" })).toMatch(/\.__40_acme__2f___53___4d___53_\.v1$/);
});

test("every name becomes a token, no two the same one, and comes back", () => {
  const name = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ unit: fc.constantFrom("_", "2", "d", "-", "A", "é"), minLength: 1 }),
  );

  fc.assert(
    fc.property(name, (text) => {
      const token = typeIdToken(text);

      expect(token).toMatch(/^[a-z_][a-z0-9_]*$/);
      expect(nameOfToken(token)).toBe(text);
    }),
    { numRuns: 2000 },
  );
});

test("what cannot be in a type id is refused with a sentence", () => {
  expect(() => typeIdToken("")).toThrow("An empty name cannot stand in a type id");
  expect(() => instanceTypeId({ ...twilio, instance: "x".repeat(1024) })).toThrow("and 1024 is the most");
  expect(() => settingsTypeId({ ...twilio, version: "latest" })).toThrow(
    'The version of twilio_sms must be like 1.0.0 to stand in a type id, and "latest" is not',
  );
});
