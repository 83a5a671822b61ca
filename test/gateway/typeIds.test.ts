import { expect, test } from "vitest";
import { answer, answering, configOf, createWorkspace } from "../support/workspace.ts";

const routed = (use: string) => `routes:\n  - { name: typed, match: { channel: chat }, use: ["${use}"] }\n`;

test("a route selects instances by a pattern of their type ids, in priority order", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("1"), "version: 1.4.0\n");
  await place.plugin("two", answering("2"), "version: 2.0.1\n");
  await place.write("hookline.yml", configOf(["plugin_id: one", "plugin_id: two"], routed("gts.hookline.plugins.chat.two.v2~*")));

  const host = await place.open();

  expect(await answer(host)).toBe("two:2");
  expect(host.instance("one").type_id).toBe("gts.hookline.plugins.chat.one.v1.4~hookline.instances._.one.v1");
});

test("a pattern that is none is refused with its place", async () => {
  const place = await createWorkspace();
  await place.write("hookline.yml", configOf(["plugin_id: one"], routed("gts.hookline.v1*")));

  await expect(place.open()).rejects.toThrow(/hookline\.yml:5:\d+: "gts\.hookline\.v1\*" is no pattern of type ids/);
});

test("a reload that changes the settings schema says whether settings that were right stay right", async () => {
  const place = await createWorkspace();
  const lines: string[] = [];
  const write = (message: string) => void lines.push(message);
  const schema = (more: string) =>
    `config_schema: { type: object, additionalProperties: false, properties: { url: { type: string }${more} } }\n`;
  await place.plugin("one", answering("1"), schema(""));
  await place.configure("{ plugin_id: one, config: { url: x } }");
  const host = await place.open({ logger: { debug: write, info: write, warn: write, error: write }, watch: false });

  await place.plugin("one", answering("1"), schema(", port: { type: integer }"));
  await host.reload("one");
  await expect.poll(() => lines.join("\n")).toContain("its settings schema changed (backward compatible");
  await place.plugin("one", answering("1"), schema("").replace("string", "string, maxLength: 3"));
  await host.reload("one");

  await expect.poll(() => lines.join("\n")).toContain("(backward incompatible");
});
