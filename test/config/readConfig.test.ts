// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of the YAML
import { expect, test } from "vitest";
import { type Config, readConfig } from "../../core/config/readConfig.ts";
import type { Problem } from "../../core/config/readYaml.ts";
import { HooklineError } from "../../core/errors.ts";
import { seedConfigs, seedFailover } from "../support/seedConfigs.ts";

const where = (environment: Record<string, string> = {}) => ({ cwd: "/app", home: "/home/me", environment });
const read = (source: string, environment?: Record<string, string>): Config =>
  readConfig({ file: "conf/f.yml", source }, where(environment));
const first = (source: string, environment?: Record<string, string>) => read(source, environment).instances[0];

function refusal(run: () => unknown): { message: string; problems: Problem[] } {
  try {
    run();
  } catch (error) {
    if (HooklineError.is(error) && error.code === "config_invalid")
      return { message: error.message, problems: error.details.problems as Problem[] };
    throw error;
  }
  throw new Error("the configuration was accepted");
}

const problemsOf = (source: string, environment?: Record<string, string>) =>
  refusal(() => read(source, environment)).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

test.each([[""], ["# nothing yet"], ["enabled_plugins:\nroutes:\ndefaults:\nsettings:\n  rollback:\nplugin_paths:\n"]])(
  "a file that says nothing is a configuration with every default: %j",
  (source) => {
    expect(read(source)).toEqual({
      file: "/app/conf/f.yml",
      plugin_paths: [],
      instances: [],
      routes: [],
      defaults: { timeout_seconds: 30, max_retries: 3, rate_limit_per_minute: 0 },
      settings: {
        auto_reload: true,
        max_concurrent_sends: 100,
        health_check_interval: 300,
        drain_seconds: 30,
        rollback: { first_calls: 10, error_share: 0.5 },
        polling: "auto",
        accelerator: true,
      },
    });
  },
);

test("an instance has its defaults from `defaults` and `settings`", () => {
  const source =
    "defaults: { timeout_seconds: 5, max_retries: 1 }\nsettings: { max_concurrent_sends: 7 }\nenabled_plugins: [{ plugin_id: a }]";

  expect(first(source)).toMatchObject({
    id: "a",
    plugin_id: "a",
    enabled: true,
    priority: 100,
    order: 0,
    timeout_seconds: 5,
    max_retries: 1,
    rate_limit_per_minute: 0,
    max_concurrent_sends: 7,
    config: {},
  });
});

test("what an instance says of itself wins", () => {
  const lines =
    "id: x, enabled: false, priority: -1, channel: sms, timeout_seconds: 0.5, max_retries: 0, rate_limit_per_minute: 0, max_concurrent_sends: 1";

  expect(first(`enabled_plugins: [{ plugin_id: a, ${lines} }]`)).toMatchObject({
    id: "x",
    enabled: false,
    priority: -1,
    channel: "sms",
    timeout_seconds: 0.5,
    max_retries: 0,
    rate_limit_per_minute: 0,
    max_concurrent_sends: 1,
  });
});

test("paths are relative to the file, ~ is home, a bare name may be a package, and the same path twice is one", () => {
  const source =
    "plugin_paths: [./plugins, plugins/communication, ../up, /opt/plugins, ~/.hookline, ~, plugins, '@acme/hookline-sms', ./plugins/]";

  expect(read(source).plugin_paths).toEqual([
    "/app/conf/plugins",
    "/app/conf/plugins/communication",
    "/app/up",
    "/opt/plugins",
    "/home/me/.hookline",
    "/home/me",
    "plugins",
    "@acme/hookline-sms",
  ]);
});

test("the paths of an object are relative to the working directory", () => {
  expect(readConfig({ object: { plugin_paths: ["./plugins"] } }, where()).plugin_paths).toEqual(["/app/plugins"]);
});

test("an object is taken as it is: no variables, no texts made of numbers", () => {
  const client = new Map();
  const { instances, file } = readConfig(
    { object: { enabled_plugins: [{ plugin_id: "a", max_retries: undefined, config: { a: "${X}", b: "5", client } }] } },
    where(),
  );

  expect(file).toBeUndefined();
  expect(instances[0]).toMatchObject({ max_retries: 3, config: { a: "${X}", b: "5" } });
  expect(instances[0]?.config.client).toBe(client);
  expect(instances[0]?.text(["b"])).toBeUndefined();
});

test("the problems of an object name the place", () => {
  const { message, problems } = refusal(() => readConfig({ object: { enabled_plugins: [{ priority: "high" }] } }, where()));

  expect(problems.map(({ path }) => path)).toEqual(["enabled_plugins[0].plugin_id", "enabled_plugins[0].priority"]);
  expect(message).toBe(
    "enabled_plugins[0].plugin_id is missing.\n" +
      "enabled_plugins[0].priority must be a whole number from -1000000 to 1000000. See docs/errors.md#config_invalid",
  );
});

test("names that look like numbers keep their text, and variables become what the key wants", () => {
  const source =
    'enabled_plugins:\n  - plugin_id: 007\n    id: 1.10\n    priority: "${PRIORITY}"\n    enabled: "${ON:false}"\n    timeout_seconds: ${TIMEOUT}';

  expect(first(source, { PRIORITY: "5", TIMEOUT: "2.5" })).toMatchObject({
    plugin_id: "007",
    id: "1.10",
    priority: 5,
    enabled: false,
    timeout_seconds: 2.5,
  });
});

test("settings keep their text and their place, for the plugin's schema", () => {
  const instance = first(
    "enabled_plugins:\n  - plugin_id: a\n    config:\n      from: +4915112345678\n      list:\n        - 1.10\n",
  );

  expect(instance?.config).toEqual({ from: "+4915112345678", list: [1.1] });
  expect(instance?.text(["list", 0])).toBe("1.10");
  expect(instance?.at(["list", 0])).toEqual({ line: 6, column: 11 });
  expect(instance?.at(["missing"])).toEqual({ line: 4, column: 7 });
});

test("all problems come at once, in the order of the file, one a line", () => {
  const source = [
    "plugin_paths: ./plugins",
    "enabled_plugins:",
    "  - plugin_id: a",
    "    prioriti: 3",
    "    timeout_seconds: ${T}",
    "  - id: b",
    "  - x",
    "  - plugin_id: a",
    "    priority: 1.5",
    "    config:",
    "      a: { b: [1, '${NOPE}'] }",
    "settings: { polling: sometimes, rollback: { error_share: 2 } }",
    "anything: 1",
  ].join("\n");

  const { message, problems } = refusal(() => read(source));

  expect(message.split("\n")).toEqual([
    "conf/f.yml:1:15: plugin_paths must be a list of folders, files or npm packages.",
    'conf/f.yml:4:5: "prioriti" is not a key of an instance in `enabled_plugins`: did you mean "priority"?',
    "conf/f.yml:5:22: The environment variable T is not set and has no default: set it, or write ${T:default}.",
    "conf/f.yml:6:5: enabled_plugins[1].plugin_id is missing.",
    "conf/f.yml:7:5: enabled_plugins[2] must be a map with plugin_id and what else the instance needs.",
    'conf/f.yml:8:16: Two instances have the id "a", in line 3 and in line 8: give one of them an `id` of its own.',
    "conf/f.yml:9:15: enabled_plugins[3].priority must be a whole number from -1000000 to 1000000.",
    "conf/f.yml:11:19: The environment variable NOPE is not set and has no default: set it, or write ${NOPE:default}.",
    "conf/f.yml:12:22: settings.polling must be auto, true, false, or seconds from 0.01 to 3600.",
    "conf/f.yml:12:58: settings.rollback.error_share must be a number from 0.01 to 1.",
    'conf/f.yml:13:1: "anything" is not a key of the configuration. Its keys: plugin_paths, enabled_plugins, routes, defaults, settings. See docs/errors.md#config_invalid',
  ]);
  for (const problem of problems)
    expect(problem).toMatchObject({
      file: "conf/f.yml",
      line: expect.any(Number),
      column: expect.any(Number),
      path: expect.any(String),
    });
});

test("a syntax error names file, line and column, and nothing else is guessed", () => {
  expect(problemsOf("enabled_plugins:\n\t- plugin_id: a")).toEqual([
    "2:1 This is not valid YAML: Tabs are not allowed as indentation.",
  ]);
});

test.each([
  ["max_retries: 3", '1:1 "max_retries" is not a key of the configuration: it belongs to `defaults`.'],
  ["settings: { timeout_seconds: 3 }", '1:13 "timeout_seconds" is not a key of `settings`: it belongs to `defaults`.'],
  ["defaults: { max_concurrent_sends: 3 }", '1:13 "max_concurrent_sends" is not a key of `defaults`: it belongs to `settings`.'],
  [
    "settings: { rollback: { first_call: 3 } }",
    '1:25 "first_call" is not a key of `settings.rollback`: did you mean "first_calls"?',
  ],
  ["enabled_plugin: []", '1:1 "enabled_plugin" is not a key of the configuration: did you mean "enabled_plugins"?'],
])("an unknown key comes with the nearest known one: %s", (source, problem) => {
  expect(problemsOf(source)).toEqual([problem]);
});

test("a configuration that is a list is refused", () => {
  expect(problemsOf("- plugin_id: a")).toEqual(["1:1 The configuration must be a map with enabled_plugins."]);
});

test.each(["sms:one", "", "-x", "__proto__", "a b"])("%j cannot be the id of an instance", (id) => {
  expect(problemsOf(`enabled_plugins: [{ plugin_id: a, id: ${JSON.stringify(id)} }]`)).toEqual([
    "1:39 enabled_plugins[0].id must be an id: letters, digits and _ . - @ /, starting with a letter, a digit or @.",
  ]);
});

test("keys that start with x- are free, and what an alias brings in is checked where it is used", () => {
  const source =
    "x-shared: &shared { url: 'http://x', token: '${TOKEN}' }\nx-more: [1]\nenabled_plugins: [{ plugin_id: a, config: *shared }]";

  expect(first(source, { TOKEN: "t" })?.config).toEqual({ url: "http://x", token: "t" });
  expect(problemsOf(source)).toEqual([
    "1:45 The environment variable TOKEN is not set and has no default: set it, or write ${TOKEN:default}.",
  ]);
});

test("a disabled instance does not need its variables; switched on, it does", () => {
  const source = "enabled_plugins: [{ plugin_id: a, enabled: '${ON:false}', config: { token: '${TOKEN}' } }]";

  expect(first(source)?.enabled).toBe(false);
  expect(problemsOf(source, { ON: "true" })).toHaveLength(1);
});

test("a hundred variables that nobody needs do not hide the one that is missing", () => {
  const unused = Array.from({ length: 150 }, (_, index) => `    - "\${UNUSED_${index}}"`).join("\n");

  const problems = problemsOf(`x-unused:\n${unused}\nenabled_plugins: [{ plugin_id: a, config: { token: "\${TOKEN}" } }]`);

  expect(problems).toEqual([expect.stringContaining("TOKEN is not set")]);
});

test("a file of mistakes lists a hundred of them in the message, and all in the details", () => {
  const source = `enabled_plugins:\n${"  - x\n".repeat(130)}`;

  const { message, problems } = refusal(() => read(source));

  expect(problems).toHaveLength(130);
  expect(message.split("\n")).toHaveLength(101);
  expect(message).toContain("30 more problems follow.");
});

test("no problem ever shows what a variable holds", () => {
  const source =
    "enabled_plugins: [{ plugin_id: '${S}', priority: '${S}', channel: '${S}' }]\nsettings: { polling: '${S}', rollback: '${S}' }";

  expect(problemsOf(source, { S: "hunter2 secret" }).join()).not.toContain("hunter2");
});

test("the configurations of the first proposals load as they stand", () => {
  expect(read(seedConfigs["three plugin paths"], { TWILIO_SID: "AC1", TWILIO_TOKEN: "t" })).toMatchObject({
    plugin_paths: ["/app/conf/plugins/communication", "/opt/dotmac/plugins", "/home/me/.dotmac/plugins"],
    instances: [{ id: "twilio_sms", config: { account_sid: "AC1", auth_token: "t" } }],
  });
  expect(
    first(seedConfigs["a new channel without code"], { WHATSAPP_TOKEN: "w", WHATSAPP_PHONE_ID: "106540352242922" })?.config,
  ).toEqual({
    api_token: "w",
    phone_number_id: "106540352242922",
  });
  expect(read(seedFailover).instances.map(({ id, priority }) => [id, priority])).toEqual([
    ["twilio_sms", 1],
    ["vonage_sms", 2],
    ["custom_sms", 3],
  ]);
});
