// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of the YAML
import fc from "fast-check";
import { expect, test } from "vitest";
import { fitSettings } from "../../core/config/fitSettings.ts";
import { isRecord } from "../../core/config/isRecord.ts";
import { readYaml } from "../../core/config/readYaml.ts";

function fitted(source: string, schema: object | undefined, environment: Record<string, string> = {}): Record<string, unknown> {
  const { value, text, problems } = readYaml(source, "f.yml", { environment });
  expect(problems).toEqual([]);
  if (!isRecord(value)) throw new Error("the test's settings are no map");
  return fitSettings(value, schema, text);
}

const one = (type: unknown) => ({ type: "object", properties: { a: { type } } });

test.each([
  ["+4915112345678", "+4915112345678"],
  ["007", "007"],
  ["1.10", "1.10"],
  ["123456789012345678901", "123456789012345678901"],
  ["12e5", "12e5"],
  ["0x10", "0x10"],
  ["true", "true"],
  ["null", "null"],
  ["~", "~"],
])("where the schema wants text, %s stays that text", (written, expected) => {
  expect(fitted(`a: ${written}`, one("string"))).toEqual({ a: expected });
});

test("an empty place stays null, for the schema to refuse", () => {
  expect(fitted("a:", one("string"))).toEqual({ a: null });
});

test.each<[string, string, unknown]>([
  ["integer", "587", 587],
  ["number", "0.5", 0.5],
  ["boolean", "true", true],
  ["null", "", null],
])("what a variable holds becomes the %s that the schema wants, with quotes and without", (type, held, expected) => {
  expect(fitted('a: "${V}"', one(type), { V: held })).toEqual({ a: expected });
  expect(fitted("a: ${V}", one(type), { V: held })).toEqual({ a: expected });
});

test("what a variable holds stays text where it cannot be what the schema wants", () => {
  expect(fitted('a: "${V}"', one("integer"), { V: "5.5" })).toEqual({ a: "5.5" });
  expect(fitted('a: "${V}"', one("boolean"), { V: "yes" })).toEqual({ a: "yes" });
});

test("a number in quotes is text, for the schema to refuse", () => {
  expect(fitted('a: "587"', one("integer"))).toEqual({ a: "587" });
});

test("an integer too long to be exact is never rounded, whatever the schema wants", () => {
  expect(fitted("a: 12345678901234567", one("integer"))).toEqual({ a: "12345678901234567" });
  expect(fitted('a: "${V}"', one("integer"), { V: "12345678901234567" })).toEqual({ a: "12345678901234567" });
  expect(fitted("a: 12345678901234567", one(["integer", "string"]))).toEqual({ a: "12345678901234567" });
});

test("without a schema, what looks like a phone number or an id is text, and the rest is what YAML says", () => {
  const source =
    "phone: +491511\nzip: 01067\nid: 123456789012345678\nport: 587\nzero: 0\nhalf: 0.5\nminus: -5\nhash: 12e4567\non: true\nnone: null";

  expect(fitted(source, undefined)).toEqual({
    phone: "+491511",
    zip: "01067",
    id: "123456789012345678",
    port: 587,
    zero: 0,
    half: 0.5,
    minus: -5,
    hash: "12e4567",
    on: true,
    none: null,
  });
});

test("a value that already has one of the types stays as it is", () => {
  expect(fitted("a: 5", one(["string", "integer"]))).toEqual({ a: 5 });
  expect(fitted("a: 5", { properties: { a: { anyOf: [{ type: "string" }, { type: "number" }] } } })).toEqual({ a: 5 });
});

test("fitting reaches into lists, maps, references and combinations", () => {
  const schema = {
    $defs: { phone: { type: "string" } },
    allOf: [{ properties: { fallback: { $ref: "#/$defs/phone" } } }],
    properties: {
      phones: { type: "array", items: { $ref: "#/$defs/phone" } },
      pair: { prefixItems: [{ type: "string" }], items: { type: "number" } },
      people: { additionalProperties: { properties: { number: { $ref: "#/$defs/phone" } } } },
      mode: { enum: ["1", "2"] },
      version: { const: "1.10" },
    },
    patternProperties: { "^x_": { type: "string" }, "(": {} },
  };

  const settings = fitted(
    "phones: [0151, 2]\npair: [01, 01]\npeople: { anna: { number: 030 } }\nmode: 1\nversion: 1.10\nfallback: 0900\nx_id: 1.0",
    schema,
  );

  expect(settings).toEqual({
    phones: ["0151", "2"],
    pair: ["01", 1],
    people: { anna: { number: "030" } },
    mode: "1",
    version: "1.10",
    fallback: "0900",
    x_id: "1.0",
  });
});

test("a schema that refers to itself ends", () => {
  const schema = { properties: { next: { $ref: "#" }, id: { type: "string" } }, allOf: [{ $ref: "#" }] };

  expect(fitted("id: 1\nnext: { id: 2, next: { id: 03 } }", schema)).toEqual({ id: "1", next: { id: "2", next: { id: "03" } } });
});

test("settings that come from no file are left alone", () => {
  const settings = { a: 5, b: "5", c: new Date(0) };

  expect(fitSettings(settings, one("string"), () => undefined)).toEqual(settings);
});

test("any digits survive where the schema wants text", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[-+]?[0-9]{1,40}(\.[0-9]{1,40})?(e[0-9]{1,5})?$/), (digits) => {
      expect(fitted(`a: ${digits}`, one("string"))).toEqual({ a: digits });
      expect(fitted("a: ${V}", one("string"), { V: digits })).toEqual({ a: digits });
    }),
  );
});

test("no whole number is ever rounded, with or without a schema", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[1-9][0-9]{0,30}$/), fc.constantFrom(undefined, "integer", "number"), (digits, type) => {
      expect(String(fitted(`a: ${digits}`, type && one(type)).a)).toBe(digits);
    }),
  );
});
