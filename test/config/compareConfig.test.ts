// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the variables of the YAML
import fc from "fast-check";
import { expect, test } from "vitest";
import { compareConfig } from "../../core/config/compareConfig.ts";
import { type Config, readConfig } from "../../core/config/readConfig.ts";

const where = (environment: Record<string, string> = {}) => ({ cwd: "/app", home: "/home/me", environment });
const config = (source: string, environment?: Record<string, string>): Config =>
  readConfig({ file: "f.yml", source }, where(environment));

const nothing = {
  added: [],
  removed: [],
  changed: [],
  moved: [],
  routesChanged: false,
  pathsChanged: false,
  settingsChanged: [],
};

test("a file that says the same in other words changes nothing", () => {
  const old = config("enabled_plugins:\n  - plugin_id: a\n    config: { port: 587, host: x }");
  const next = config(
    "# a comment\nsettings: {}\nenabled_plugins: [{ config: { host: 'x', port: 587 }, plugin_id: a, priority: 100 }]",
  );

  expect(compareConfig(old, next)).toEqual(nothing);
});

test("without an old configuration everything is new", () => {
  const next = config("plugin_paths: [./p]\nenabled_plugins: [{ plugin_id: a }, { plugin_id: b, enabled: false }]");

  expect(compareConfig(undefined, next)).toEqual({
    ...nothing,
    added: ["a"],
    pathsChanged: true,
    settingsChanged: [
      "auto_reload",
      "max_concurrent_sends",
      "health_check_interval",
      "drain_seconds",
      "rollback",
      "polling",
      "accelerator",
    ],
  });
});

test("instances come and go, and one that is disabled counts as gone", () => {
  const old = config("enabled_plugins: [{ plugin_id: a }, { plugin_id: b }, { plugin_id: c, enabled: false }]");
  const next = config("enabled_plugins: [{ plugin_id: a, enabled: false }, { plugin_id: c }, { plugin_id: d }]");

  expect(compareConfig(old, next)).toEqual({ ...nothing, added: ["c", "d"], removed: ["a", "b"] });
});

test("other settings, and another plugin under the same id, are changes", () => {
  const old = config(
    "enabled_plugins: [{ plugin_id: a, config: { deep: [{ x: 1 }] } }, { plugin_id: b, id: two }, { plugin_id: c }]",
  );
  const next = config(
    "enabled_plugins: [{ plugin_id: a, config: { deep: [{ x: 2 }] } }, { plugin_id: z, id: two }, { plugin_id: c }]",
  );

  expect(compareConfig(old, next)).toEqual({ ...nothing, changed: ["a", "two"] });
});

test("a variable that holds something else is a change", () => {
  const source = "enabled_plugins: [{ plugin_id: a, config: { token: '${TOKEN}' } }]";

  expect(compareConfig(config(source, { TOKEN: "1" }), config(source, { TOKEN: "2" })).changed).toEqual(["a"]);
  expect(compareConfig(config(source, { TOKEN: "1" }), config(source, { TOKEN: "1" }))).toEqual(nothing);
});

test("1.1 and 1.10 differ, for they may be versions, and so do two ids that a number cannot hold", () => {
  const source = (value: string) => config(`enabled_plugins: [{ plugin_id: a, config: { list: [{ value: ${value} }] } }]`);

  expect(compareConfig(source("1.1"), source("1.10")).changed).toEqual(["a"]);
  expect(compareConfig(source("123456789012345678"), source("123456789012345679")).changed).toEqual(["a"]);
});

test.each([
  ["priority: 5"],
  ["channel: pager"],
  ["timeout_seconds: 5"],
  ["max_retries: 5"],
  ["rate_limit_per_minute: 5"],
  ["max_concurrent_sends: 5"],
])("%s moves an instance, and changes neither its code nor its settings", (line) => {
  expect(
    compareConfig(config("enabled_plugins: [{ plugin_id: a }]"), config(`enabled_plugins: [{ plugin_id: a, ${line} }]`)),
  ).toEqual({
    ...nothing,
    moved: ["a"],
  });
});

test("new defaults move every instance that has no own", () => {
  const old = config("enabled_plugins: [{ plugin_id: a, timeout_seconds: 9 }, { plugin_id: b }]");
  const next = config(
    "defaults: { timeout_seconds: 5 }\nenabled_plugins: [{ plugin_id: a, timeout_seconds: 9 }, { plugin_id: b }]",
  );

  expect(compareConfig(old, next)).toEqual({ ...nothing, moved: ["b"] });
});

test("an instance put in front moves nobody else; two that swap are moved", () => {
  const list = (...ids: string[]) => config(`enabled_plugins: [${ids.map((id) => `{ plugin_id: ${id} }`).join(", ")}]`);

  expect(compareConfig(list("a", "b"), list("new", "a", "b"))).toEqual({ ...nothing, added: ["new"] });
  expect(compareConfig(list("a", "b", "c"), list("b", "a", "c"))).toEqual({ ...nothing, moved: ["b", "a"] });
});

test("paths and each key of settings are told apart", () => {
  const old = config("plugin_paths: [./a]\nsettings: { drain_seconds: 1, rollback: { first_calls: 1 } }");

  expect(compareConfig(old, config("plugin_paths: [./b]\nsettings: { drain_seconds: 1, rollback: { first_calls: 1 } }"))).toEqual(
    {
      ...nothing,
      pathsChanged: true,
    },
  );
  expect(
    compareConfig(
      old,
      config("plugin_paths: [./a]\nsettings: { drain_seconds: 1, rollback: { first_calls: 2 }, polling: true }"),
    ),
  ).toEqual({
    ...nothing,
    settingsChanged: ["rollback", "polling"],
  });
});

test("what is compared with itself has not changed, and the other way round added is removed", () => {
  const instance = fc.record({
    plugin_id: fc.constantFrom("a", "b", "c", "d"),
    enabled: fc.boolean(),
    priority: fc.integer({ min: 0, max: 2 }),
    config: fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.jsonValue({ maxDepth: 1 })),
  });
  const object = fc
    .record({ enabled_plugins: fc.uniqueArray(instance, { selector: ({ plugin_id }) => plugin_id }) })
    .map((given) => readConfig({ object: given }, where()));
  fc.assert(
    fc.property(object, object, (one, other) => {
      const there = compareConfig(one, other);
      const back = compareConfig(other, one);

      expect(compareConfig(one, one)).toEqual(nothing);
      expect([...there.added].sort()).toEqual([...back.removed].sort());
      expect([...there.changed].sort()).toEqual([...back.changed].sort());
      expect([...there.moved].sort()).toEqual([...back.moved].sort());
    }),
  );
});
