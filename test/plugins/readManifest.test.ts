import { expect, test } from "vitest";
import { z } from "../../core/contract/schema.ts";
import { HooklineError } from "../../core/errors.ts";
import { folderManifestSchema, type ManifestInput } from "../../core/plugins/manifest.ts";
import { checkManifest, readManifest } from "../../core/plugins/readManifest.ts";

const sixLines = `plugin_id: "twilio_sms"
name: "Twilio SMS Plugin"
channel_type: "sms"
capabilities: ["text_messaging", "delivery_receipts"]
required_config: ["account_sid", "auth_token", "from_number"]
entry_point: "twilio_sms_plugin.TwilioSMSPlugin"
`;

function refusalOf(source: string, file = "manifest.yml"): HooklineError {
  try {
    readManifest(source, file);
  } catch (error) {
    if (error instanceof HooklineError) return error;
  }
  throw new Error("the manifest was not refused");
}

test("six lines are a manifest", () => {
  const { manifest, warnings } = readManifest(sixLines, "manifest.yml");

  expect(warnings).toEqual([]);
  expect(manifest).toEqual({
    plugin_id: "twilio_sms",
    name: "Twilio SMS Plugin",
    channel_type: "sms",
    capabilities: ["text_messaging", "delivery_receipts"],
    required_config: ["account_sid", "auth_token", "from_number"],
    entry_point: "twilio_sms_plugin.TwilioSMSPlugin",
  });
});

test("a manifest with every key is taken as it is", () => {
  const everything: ManifestInput = {
    plugin_id: "everything",
    channel_type: "google_groups",
    entry_point: "index.ts",
    name: "Everything",
    version: "1.2.3",
    description: "All keys",
    author: "Ann",
    license: "MIT",
    homepage: "https://example.org",
    capabilities: ["send_message"],
    required_config: ["token"],
    optional_config: { url: "https://example.org", retries: 3 },
    config_schema: { type: "object" },
    dependencies: ["other", "third@^1.2"],
    hookline: "^1.0",
    permissions: ["network"],
  };

  const { manifest, warnings } = checkManifest(everything, { file: "an object" });

  expect(warnings).toEqual([]);
  expect(manifest).toEqual({
    ...everything,
    dependencies: [
      { plugin_id: "other", range: "*" },
      { plugin_id: "third", range: "^1.2" },
    ],
  });
});

test("all problems of a manifest come at once, each with file, line and column", () => {
  const error = refusalOf(`plugin_id: Twilio-SMS
channel_type: sms
version: one
required_config: account_sid
hookline: latest
permissions:
  - network
  - [files]
`);

  expect(error.code).toBe("manifest_invalid");
  expect(error.message).toContain("The manifest has 6 problems");
  expect(error.message).toContain(
    'manifest.yml:1:12: plugin_id must be lower snake case, like twilio_sms, and "Twilio-SMS" is not',
  );
  expect(error.message).toContain("manifest.yml:1:1: entry_point is missing");
  expect(error.message).toContain('manifest.yml:3:10: version must be a semantic version, like 1.0.0, and "one" is none');
  expect(error.message).toContain("manifest.yml:4:18: required_config must be a list, and it is a text");
  expect(error.message).toContain('manifest.yml:5:11: hookline must be a range of versions, like ^1.0, and "latest" is none');
  expect(error.message).toContain("manifest.yml:8:5: permissions[1] must be a text, and it is a list");
  expect(error.details.problems).toHaveLength(6);
});

test("a refused manifest still says whose it is", () => {
  expect(refusalOf("plugin_id: twilio_sms\n").details.plugin_id).toBe("twilio_sms");
  expect(refusalOf("plugin_id: [a\n").details.plugin_id).toBeUndefined();
});

test("an unknown key warns with the nearest known one, and refuses nothing", () => {
  const { warnings } = readManifest(`${sixLines}capabilitys: []\nflavour: mint\nx-team: sales\n`, "/plugins/a/manifest.yml");

  expect(warnings).toEqual([
    '/plugins/a/manifest.yml:7:14: "capabilitys" is no key of a manifest and has no effect; did you mean "capabilities"?',
    '/plugins/a/manifest.yml:8:10: "flavour" is no key of a manifest and has no effect',
  ]);
});

test("a value that YAML takes for a number is the text that was written", () => {
  const { manifest } = readManifest(
    `${sixLines.replace('"Twilio SMS Plugin"', "007")}hookline: 1.0\ndependencies: { other: 1.10 }\n`,
    "manifest.yml",
  );

  expect(manifest).toMatchObject({ name: "007", hookline: "1.0", dependencies: [{ plugin_id: "other", range: "1.10" }] });
});

test("JSON is read too, with tabs and with line numbers", () => {
  const json = JSON.stringify({ plugin_id: "a", channel_type: "sms", entry_point: "index.ts" }, undefined, "\t");

  expect(readManifest(json, "manifest.json").manifest.plugin_id).toBe("a");
  expect(refusalOf(json.replace('"sms"', "3"), "manifest.json").message).toContain("manifest.json:3:");
});

test.each([
  ["", "a manifest is a mapping"],
  ["- plugin_id: a", "a manifest is a mapping"],
  ["just text", "a manifest is a mapping"],
  ["plugin_id: a\nplugin_id: b\n", "plugin_id"],
  ["__proto__: { x: 1 }\n", "__proto__"],
  ["plugin_id: constructor\nchannel_type: sms\nentry_point: index.ts\n", "every object already has"],
  ["a: &a [*a]\n", "manifest.yml:1:"],
])("%j is refused with a sentence", (source, part) => {
  expect(refusalOf(source).message).toContain(part);
});

test.each([
  ["[other@latest]", 'dependencies[0] must say a range of versions, like ^1.2, and "latest" is none'],
  ["['@scope/other']", "dependencies[0] must name a plugin by its id"],
  ["{ other: latest }", "dependencies.other must say a range"],
  ["other", "dependencies must be a list of plugin ids"],
])("dependencies: %s is refused", (dependencies, part) => {
  expect(refusalOf(`${sixLines}dependencies: ${dependencies}\n`).message).toContain(part);
});

test("the manifest of an object needs no entry point", () => {
  expect(checkManifest({ plugin_id: "a", channel_type: "sms" }, { file: "an object" }).manifest).toEqual({
    plugin_id: "a",
    channel_type: "sms",
  });
});

test("the schema of a manifest can be given to an editor", () => {
  const schema = z.toJSONSchema(folderManifestSchema, { io: "input" });

  expect(schema.required).toEqual(["plugin_id", "channel_type", "entry_point"]);
  expect(schema.additionalProperties).toBeUndefined();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    expect(property, name).toHaveProperty("description");
  }
});
