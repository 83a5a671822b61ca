import { expect, test } from "vitest";
import { channelWarnings } from "../../core/config/channelWarnings.ts";
import { readConfig } from "../../core/config/readConfig.ts";

const served = ["sms", "email", "discord", "google_groups"].map((channel) => ({ enabled: true, channel }));

function warningsOf(
  rules: object[],
  { plugins = [] as string[], instances = served as ((typeof served)[number] | object)[] } = {},
) {
  const routes = rules.map((rule, index) => ({ name: `r${index}`, ...rule }));
  const object = { enabled_plugins: [{ plugin_id: "one" }], routes };
  const config = readConfig({ object }, { cwd: "/", home: "/", environment: {} });
  return channelWarnings(config.routes, { plugins, instances: instances as typeof served });
}

const use = ["one"];

test.each([
  ["discrod", "discord"],
  ["emial", "email"],
  ["googel_groups", "google_groups"],
  ["mms", "sms"],
])("a rule for %s is told of %s", (channel, near) => {
  expect(warningsOf([{ match: { channel }, use }])).toEqual([
    `The route "r0" is for the channel "${channel}", which nobody serves: did you mean "${near}"?`,
  ]);
});

test.each([
  ["a channel that is served", [{ match: { channel: ["sms", "email"] }, use }]],
  ["a name of its own", [{ match: { channel: "alerts" }, channels: ["sms", "email"] }]],
  ["a name that is short and only looks like another", [{ match: { channel: "rcs" }, use }]],
  ["another name of the channel that the rule sends to", [{ match: { channel: "mail" }, channels: ["email"] }]],
  [
    "a name that another rule sends to",
    [
      { match: { channel: "alerts" }, channels: ["emails"] },
      { match: { channel: "emails" }, use },
    ],
  ],
  ["no channel at all", [{ use }]],
])("of %s nothing is said", (_, rules) => {
  expect(warningsOf(rules)).toEqual([]);
});

test("a channel that calls are sent to has to be served, or named by a rule", () => {
  const all = { match: { channel: "alerts" }, channels: ["emial", "sms", "pigeon", "alertz"] };

  expect(warningsOf([all])).toEqual([
    'The route "r0" sends calls to the channel "emial", which nobody serves and no rule names: did you mean "email"?',
    'The route "r0" sends calls to the channel "pigeon", which nobody serves and no rule names: known are sms, email, discord, google_groups, alerts.',
    'The route "r0" sends calls to the channel "alertz", which nobody serves and no rule names: did you mean "alerts"?',
  ]);
});

test("a plugin that lies there serves its channel, enabled or not", () => {
  expect(warningsOf([{ match: { channel: "all" }, channels: ["pigeon"] }], { plugins: ["pigeon"] })).toEqual([]);
});

test("while the channel of an enabled instance is not known nothing is said", () => {
  const rules = [{ match: { channel: "emial" }, use }];
  const unknown = { channel: undefined };

  expect(warningsOf(rules, { instances: [...served, { enabled: true, ...unknown }] })).toEqual([]);
  expect(warningsOf(rules, { instances: [...served, { enabled: false, ...unknown }] })).toHaveLength(1);
});
