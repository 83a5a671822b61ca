import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { readYaml } from "../../core/config/readYaml.ts";
import { HooklineError } from "../../core/errors.ts";
import { checkSettings, createSettingsChecker, type InstanceSettings, type SettingsRules } from "../../core/plugins/settings.ts";

const check = createSettingsChecker();

/** An instance as the configuration gives it: the settings stand three lines down in a file. */
function instance(yaml: string, environment?: Record<string, string>): InstanceSettings {
  const lines = yaml.split("\n").map((line) => `      ${line}`);
  const source = `enabled_plugins:\n  - plugin_id: twilio_sms\n    config:\n${lines.join("\n")}\n`;
  const { value, problems, at, text } = readYaml(source, "hookline.yml", environment ? { environment } : {});
  expect(problems).toEqual([]);
  const { enabled_plugins } = value as { enabled_plugins: [{ config: Record<string, unknown> }] };
  const prefix = ["enabled_plugins", 0, "config"];
  return {
    id: "twilio_sms",
    config: enabled_plugins[0].config,
    file: "hookline.yml",
    at: (path, of) => at([...prefix, ...path], of),
    text: (path) => text([...prefix, ...path]),
  };
}

function withSchema(config_schema: Record<string, unknown>, more: Partial<SettingsRules> = {}): SettingsRules {
  return { plugin_id: "twilio_sms", config_schema, ...more };
}

async function refusalOf(checked: Promise<unknown>): Promise<HooklineError> {
  const error = await checked.then(
    () => new Error("the settings were not refused"),
    (refusal: unknown) => refusal,
  );
  if (error instanceof HooklineError) return error;
  throw error;
}

test("of several sets of settings one has to be there: one sentence says which", async () => {
  const anyOf = [{ required: ["file"] }, { required: ["email", "key"] }];

  const refusal = await refusalOf(check(withSchema({ anyOf }), instance("from: a")));

  expect(refusal.details.reason).toMatch(/^hookline.yml:4:7: give file, or email and key$/);
});

test("of several sets of settings only one may be there: the sentence says so when there are more", async () => {
  const oneOf = [{ required: ["file"] }, { required: ["key"] }];

  const refusal = await refusalOf(check(withSchema({ oneOf }), instance("file: a\nkey: b")));

  expect(refusal.details.reason).toMatch(/: give file, or key, and only one of these$/);
});

test("a setting that needs another one names it", async () => {
  const dependentRequired = { tenant_id: ["client_id", "client_secret"] };

  const refusal = await refusalOf(check(withSchema({ dependentRequired }), instance("tenant_id: t")));

  expect(refusal.details.reason).toContain("tenant_id needs client_id, client_secret, too");
});

test("defaults of the manifest fill in what the configuration leaves out", async () => {
  const manifest = { plugin_id: "twilio_sms", optional_config: { url: "https://example.org", pool: { size: 5 } } };

  expect(await check(manifest, instance("url: https://other.example"))).toEqual({
    url: "https://other.example",
    pool: { size: 5 },
  });
  expect(await check(manifest, { id: "a" })).toEqual({ url: "https://example.org", pool: { size: 5 } });
});

test("an instance that changes its settings changes neither the manifest's defaults nor the configuration", async () => {
  const manifest = withSchema({ properties: { list: { default: [] } } }, { optional_config: { pool: { size: 5 } } });
  const config = { own: { a: 1 } };

  const settings = await check(manifest, { id: "a", config });
  Object.assign(settings.pool as object, { size: 6 });
  Object.assign(settings.own as object, { a: 2 });

  expect(manifest.optional_config).toEqual({ pool: { size: 5 } });
  expect(config).toEqual({ own: { a: 1 } });
});

test("all missing settings come in one error, with the file and line of the instance's settings", async () => {
  const manifest = { plugin_id: "twilio_sms", required_config: ["account_sid", "auth_token", "from_number", "ready"] };

  const error = await refusalOf(check(manifest, instance('account_sid: ""\nauth_tokn: hush-hush\nready: false')));

  expect(error.code).toBe("settings_invalid");
  expect(error.message).toContain("twilio_sms: 3 settings are wrong");
  expect(error.message).toContain("hookline.yml:4:20: account_sid is empty");
  expect(error.message).toContain('hookline.yml:4:7: auth_token is missing; is "auth_tokn" meant for it?');
  expect(error.message).toContain("hookline.yml:4:7: from_number is missing");
  expect(error.message).not.toContain("hush-hush");
});

test("settings given as an object are refused without a file", async () => {
  const error = await refusalOf(
    checkSettings({ plugin_id: "a", required_config: ["token"] }, { id: "a", config: { token: null } }),
  );

  expect(error.message).toBe("a: token is empty. See docs/errors.md#settings_invalid");
});

test("the schema's problems and the missing settings are one error that names every field and no value", async () => {
  const manifest = withSchema(
    {
      type: "object",
      additionalProperties: false,
      required: ["auth_token", "region"],
      properties: {
        auth_token: { type: "string", pattern: "^[0-9a-f]{32}$" },
        account_sid: { type: "string" },
        region: { enum: ["eu", "us"] },
        url: { type: "string", format: "uri" },
        numbers: { type: "array", items: { type: "string", minLength: 3 } },
      },
    },
    { required_config: ["account_sid"] },
  );

  const error = await refusalOf(
    check(manifest, instance("auth_token: hush-hush\nurl: secret value\nnumbers: [abc, hs]\nregoin: eu")),
  );

  const problems = error.details.problems as { path: string; line: number; message: string }[];
  expect(problems.map(({ path, line, message }) => `${path}@${line} ${message}`).sort()).toEqual([
    "account_sid@4 account_sid is missing",
    'auth_token@4 auth_token must match pattern "^[0-9a-f]{32}$"',
    "numbers[1]@6 numbers[1] must NOT have fewer than 3 characters",
    "region@4 region is missing",
    'regoin@7 regoin is no setting of this plugin; did you mean "region"?',
    'url@5 url must match format "uri"',
  ]);
  expect(error.message).toContain("twilio_sms: 6 settings are wrong");
  expect(error.message).toContain("hookline.yml:6:22: numbers[1] must NOT have fewer");
  for (const value of ["hush-hush", "secret value", "hs]"])
    expect(JSON.stringify({ ...error.details, said: error.message })).not.toContain(value);
});

test("texts stay as they were written, and variables become what the schema asks for", async () => {
  const manifest = withSchema({ properties: { from: { type: "string" }, guild: { type: "string" }, port: { type: "integer" } } });

  const settings = await check(
    manifest,
    instance(`from: +15551234567\nguild: 123456789012345678901\nport: \${PORT}`, { PORT: "2525" }),
  );

  expect(settings).toEqual({ from: "+15551234567", guild: "123456789012345678901", port: 2525 });
});

test("defaults of the schema count for required settings too", async () => {
  const manifest = withSchema({ properties: { url: { default: "https://example.org" } } }, { required_config: ["url"] });

  expect(await check(manifest, { id: "a" })).toEqual({ url: "https://example.org" });
});

test.each([
  ["https://json-schema.org/draft/2020-12/schema", { type: "array", prefixItems: [{ type: "string" }] }],
  ["http://json-schema.org/draft-07/schema#", { type: "array", items: [{ type: "string" }] }],
])("a schema of %s is read as such", async ($schema, pair) => {
  const manifest = withSchema({ $schema, properties: { pair } });

  expect(await check(manifest, { id: "a", config: { pair: ["x", 1] } })).toEqual({ pair: ["x", 1] });
  expect((await refusalOf(check(manifest, { id: "a", config: { pair: [{}, 1] } }))).message).toContain("pair[0] must be string");
});

test.each([
  [{ $schema: "http://json-schema.org/draft-04/schema#" }, "draft-04"],
  [{ type: "objct" }, "config_schema/type must be equal to one of the allowed values"],
  [{ properties: { a: { pattern: "(" } } }, "Invalid regular expression"],
  [{ $ref: "#/$defs/none" }, "can't resolve reference #/$defs/none"],
  [{ $async: true }, "$async"],
])("the bad schema %j is the manifest's fault", async (schema, part) => {
  const error = await refusalOf(check(withSchema(schema), { id: "a" }));

  expect(error.code).toBe("manifest_invalid");
  expect(error.message).toContain("The config_schema of twilio_sms");
  expect(error.message).toContain(part);
});

test("a reference to another server is refused and never fetched", async () => {
  let asked = 0;
  const server = createServer((_, answer) => {
    asked++;
    answer.end("{}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;

  const error = await refusalOf(check(withSchema({ $ref: `http://127.0.0.1:${port}/schema.json` }), { id: "a" }));
  await new Promise((resolve) => server.close(resolve));

  expect(error.message).toContain("can't resolve reference");
  expect(asked).toBe(0);
});

test("two plugins may give their schemas the same $id", async () => {
  const first = withSchema({
    $id: "https://example.org/settings",
    $defs: { t: { $id: "https://example.org/t", type: "string" } },
    properties: { a: { $ref: "t" } },
  });
  const second = withSchema({ $id: "https://example.org/settings", properties: { a: { type: "integer" } } });
  const third = withSchema({ properties: { a: { $ref: "https://example.org/t" } } });

  expect(await check(first, { id: "a", config: { a: "x" } })).toEqual({ a: "x" });
  expect(await check(second, { id: "a", config: { a: 1 } })).toEqual({ a: 1 });
  expect((await refusalOf(check(third, { id: "a" }))).message).toContain("can't resolve reference");
});

test("a bad schema is refused each time, and a good one that is used at once by many is right for all", async () => {
  const bad = withSchema({ type: "objct" });
  const good = withSchema({ properties: { n: { type: "integer" } } });

  const checked = await Promise.allSettled([
    check(bad, { id: "a" }),
    check(bad, { id: "b" }),
    ...Array.from({ length: 20 }, (_, n) => check(good, { id: `i${n}`, config: { n: n % 2 === 0 ? n : "x" } })),
  ]);

  expect(checked.slice(0, 2).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(checked.slice(2).map(({ status }) => status)).toEqual(
    Array.from({ length: 20 }, (_, n) => (n % 2 === 0 ? "fulfilled" : "rejected")),
  );
});

test("what an application hands over as an object comes through as it is", async () => {
  const settings = { send: () => 1, when: new Date(0) };

  const checked = await check({ plugin_id: "a" }, { id: "a", config: settings });

  expect(checked.send).toBe(settings.send);
  expect(checked.when).toBe(settings.when);
});
