import { expect, test } from "vitest";
import { isSecretName, secretFields } from "../../core/plugins/secretFields.ts";

test.each([
  "auth_token",
  "token",
  "API_KEY",
  "apiKey",
  "client-secret",
  "smtp_password",
  "pass",
  "private_key",
  "credentials",
  "botToken",
])("%s is the name of a secret", (name) => {
  expect(isSecretName(name)).toBe(true);
});

test.each(["account_sid", "key_id", "public_key", "max_tokens", "from_number", "monkey", "token_url", "passenger", ""])(
  "%j is not",
  (name) => {
    expect(isSecretName(name)).toBe(false);
  },
);

test("a schema says it with writeOnly or format: password, or by the name", () => {
  const schema = {
    properties: {
      pin: { type: "string", writeOnly: true },
      door: { type: "string", format: "password" },
      auth_token: { type: "string" },
      url: { type: "string" },
      use_token: { type: "boolean" },
    },
  };

  expect(secretFields(schema)).toEqual(["pin", "door", "auth_token"]);
});

test("secrets are found in mappings, lists, references and alternatives", () => {
  const schema = {
    $defs: { login: { properties: { password: { type: "string" } } } },
    properties: {
      smtp: { $ref: "#/$defs/login" },
      accounts: { type: "array", items: { oneOf: [{ $ref: "#/$defs/login" }, { properties: { hush: { writeOnly: true } } }] } },
      tokens: { type: "array", items: { type: "string" } },
      tenants: { type: "object", additionalProperties: { properties: { api_key: {} } } },
    },
  };

  expect(secretFields(schema)).toEqual([
    "smtp.password",
    "accounts.*.password",
    "accounts.*.hush",
    "tokens.*",
    "tenants.*.api_key",
  ]);
});

test("a schema that refers to itself ends", () => {
  const schema = { properties: { token: {}, inner: { $ref: "#" }, far: { $ref: "https://example.org/x" } } };

  expect(secretFields(schema)).toContain("token");
});

test("without a schema the names of the settings say it", () => {
  const settings = { account_sid: "AC1", auth_token: "x", verify_key: true, smtp: { password: 123 }, tokens: ["a", "b"] };

  expect(secretFields(undefined, settings)).toEqual(["auth_token", "smtp.password", "tokens.*"]);
});
