import { type AnyPlugin, createHost, definePlugin } from "../../core/index.ts";
import { peer, peerTitle } from "../peers.ts";
import { messagePeers } from "./messagePeers.ts";
import type { BenchResult } from "./report.ts";
import { median, rounded } from "./statistics.ts";

const warmUp = 20;
const goal = 5;

/**
 * What one call costs that does no I/O: validation, routing, the plugin's call with its time-out, the outcome. In CPU time, all
 * contenders in turns; a ratio is the median of the ratios of the rounds.
 */
export async function callCost({ rounds = 100, calls = 1_000 } = {}): Promise<BenchResult> {
  const request = { channel: "chat", to: "anna", content: "hello", context: { user_id: "anna" } };
  const { createHooks } = await peer<Hookable>("hookable");
  const hooks = createHooks();
  hooks.hook("send_message", plugin);
  const peers = {
    "the plugin alone": () => plugin(request),
    [`${peerTitle("hookable")}, callHook`]: async () => hooks.callHook("send_message", request),
    ...(await messagePeers(async () => "m1")),
  };
  const measureHost = async (name: string, config: Record<string, unknown>) => {
    const host = await createHost({ plugins: ["one", "two", "three"].map(pluginOf), config, logger: false });
    const times = await measure({ [name]: () => host.call("send_message", request), ...peers }, rounds, calls);
    await host.close();
    return times;
  };
  // One after the other: an application has one host.
  const plain = await measureHost("hookline", { enabled_plugins: [{ plugin_id: "one" }] });
  const ruled = await measureHost("hookline, a split behind a rule with a pattern", twoRules);
  const ours = plain.get("hookline") ?? [];
  const rowOf = ([what, times]: [string, number[]]) => ({
    what,
    "µs per call": rounded(median(times)),
    "hookline ÷ it": times === ours ? "" : rounded(median(ours.map((time, round) => time / (times[round] ?? Number.NaN)))),
    goal: times === ours ? `≤ ${goal}${median(ours) <= goal ? " met" : " missed"}` : "",
  });
  return {
    title: "Gateway: what one call costs without I/O, in microseconds",
    rows: [...plain, ...[...ruled].slice(0, 1)].map(rowOf),
    notes: [
      "hookline checks request and answer against the contract, chooses the instance, counts it in its circuit, gives it a time-out and a signal, and makes the outcome.",
      "notifme-sdk checks nothing and has no time-out; @upyo/core makes the message, and its transport is called directly; @novu/stateless looks up template and provider and drops the answer; hookable drops the answer.",
      `Medians of CPU time over ${rounds} interleaved rounds of ${calls} calls. The plugin is an async function that returns an id.`,
    ],
  };
}

const plugin = async (_: object): Promise<{ message_id: string }> => ({ message_id: "m1" });

function pluginOf(plugin_id: string): AnyPlugin {
  return definePlugin({ manifest: { plugin_id, channel_type: "chat" }, setup: () => ({ send_message: plugin }) });
}

const twoRules = {
  enabled_plugins: [{ plugin_id: "one" }, { plugin_id: "two" }, { plugin_id: "three" }],
  routes: [
    { name: "french", match: { recipient: "^\\+33" }, use: ["three"] },
    {
      name: "half",
      match: { channel: "chat", hook: "send_message" },
      split: {
        by: "context.user_id",
        arms: [
          { name: "a", weight: 50, use: ["one"] },
          { name: "b", weight: 50, use: ["two"] },
        ],
      },
    },
  ],
};

async function measure(
  contenders: Readonly<Record<string, () => Promise<unknown>>>,
  rounds: number,
  calls: number,
): Promise<Map<string, number[]>> {
  const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const [name, call] of Object.entries(contenders)) {
      const time = await timed(call, calls);
      if (round >= warmUp) times.get(name)?.push(time);
    }
  }
  return times;
}

async function timed(call: () => Promise<unknown>, calls: number): Promise<number> {
  const start = process.cpuUsage();
  for (let n = 0; n < calls; n++) await call();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / calls;
}

interface Hookable {
  createHooks(): { hook(name: string, f: (request: object) => unknown): void; callHook(name: string, request: object): unknown };
}
