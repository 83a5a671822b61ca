import { expect, test } from "vitest";
import { createHost, defineContract, z } from "../../core/index.ts";
import { createFakeClock } from "../support/fakeClock.ts";
import { chat, openOn } from "../support/plugins.ts";
import { answering, configOf, createWorkspace } from "../support/workspace.ts";

const one = chat("one", () => ({ send_message: () => ({ message_id: "1" }) }));
const enabled_plugins = [{ plugin_id: "one" }];
const rule = (name: string, match: object, more: object = { use: ["one"] }) => ({ name, match, ...more });
const configuration = (...routes: object[]) => ({ enabled_plugins, routes });

test("a rule for a hook that does not exist is refused at start and at a change, where the rules before stay", async () => {
  const wrong = configuration(rule("news", { hook: "send_mesage" }));

  const start = await createHost({ plugins: [one], config: wrong, logger: false }).catch((error: unknown) => error);
  const host = await openOn(createFakeClock(), { plugins: [one], config: configuration(rule("good", { hook: "send_message" })) });
  const change = await host.configure(wrong).catch((error: unknown) => error);
  const { route } = await host.sendMessage("chat", "anna", "hello");

  for (const error of [start, change]) {
    expect(error).toMatchObject({ code: "config_invalid", message: expect.stringContaining('did you mean "send_message"?') });
  }
  expect(route.name).toBe("good");
});

test("the routed hooks of the application's own contracts are known", async () => {
  const pigeons = defineContract({
    id: "pigeons",
    version: "1.0.0",
    hooks: {
      fly: { mode: "route", request: z.strictObject({ channel: z.string() }) },
      coo: { mode: "collect", request: z.strictObject({}) },
    },
  });
  const open = (hook: string) =>
    createHost({ contracts: [pigeons], plugins: [one], config: configuration(rule("a", { hook })), logger: false });

  await (await open("fly")).close();

  await expect(open("coo")).rejects.toThrow(/The hook "coo" is not routed/);
});

test("a channel that looks misspelt is a warning, said once and shown until it is right", async () => {
  const host = await openOn(createFakeClock(), { plugins: [one], config: configuration() });
  const told: string[] = [];
  host.on("warning", ({ message }) => told.push(message));
  const wrong = rule("news", { channel: "all" }, { channels: ["chta"] });
  const sentence = expect.stringMatching(/The route "news" sends calls to the channel "chta".*did you mean "chat"\?/);

  await host.configure(configuration(wrong));
  await host.configure(configuration(wrong, rule("other", { channel: "chat" })));
  const shown = host.status().warnings;
  await host.configure(configuration(rule("news", { channel: "all" }, { channels: ["chat"] })));

  expect(told).toEqual([sentence]);
  expect(shown).toEqual([sentence]);
  expect(host.status().warnings).toEqual([]);
});

test("the warning ends when a plugin that serves the channel is dropped in", async () => {
  const place = await createWorkspace();
  await place.plugin("one", answering("m1"));
  const routes = "routes: [{ name: news, match: { channel: all }, channels: [pigeon] }]\n";
  await place.write("hookline.yml", configOf(["plugin_id: one"], routes));
  const host = await place.open({ watch: false });
  const before = host.status().warnings;

  await place.write("plugins/pigeon/manifest.yml", "plugin_id: pigeon\nchannel_type: pigeon\nentry_point: index.ts\n");
  await place.write("plugins/pigeon/index.ts", answering("p1"));
  await host.reload();

  expect(before).toEqual([expect.stringContaining('the channel "pigeon", which nobody serves')]);
  expect(host.status().warnings).toEqual([]);
});
