import { createHost, definePlugin } from "../../core/index.ts";
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
  const { contenders, close } = await openContenders();
  const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < warmUp + rounds; round++) {
    for (const [name, call] of Object.entries(contenders)) {
      const time = await timed(call, calls);
      if (round >= warmUp) times.get(name)?.push(time);
    }
  }
  await close();
  const ours = times.get("hookline") ?? [];
  return {
    title: "Gateway: what one call costs without I/O, in microseconds",
    rows: [...times].map(([what, each]) => ({
      what,
      "µs per call": rounded(median(each)),
      "hookline ÷ it": what === "hookline" ? "" : rounded(median(ours.map((time, round) => time / (each[round] ?? Number.NaN)))),
      goal: what === "hookline" ? `≤ ${goal}${median(ours) <= goal ? " met" : " missed"}` : "",
    })),
    notes: [
      "hookline checks request and answer against the contract, chooses the instance, counts it in its circuit, gives it a time-out and a signal, and makes the outcome.",
      "notifme-sdk checks nothing and has no time-out; @upyo/core makes the message, and its transport is called directly; @novu/stateless looks up template and provider and drops the answer; hookable drops the answer.",
      `Medians of CPU time over ${rounds} interleaved rounds of ${calls} calls. The plugin is an async function that returns an id.`,
    ],
  };
}

async function openContenders() {
  const send = async (_: string): Promise<string> => "m1";
  const plugin = async (_: object): Promise<{ message_id: string }> => ({ message_id: "m1" });
  const one = (plugin_id: string) =>
    definePlugin({ manifest: { plugin_id, channel_type: "chat" }, setup: () => ({ send_message: plugin }) });
  const host = await createHost({ plugins: [one("one")], logger: false });
  const ruled = await createHost({
    plugins: [one("one"), one("two"), one("three")],
    config: {
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
    },
    logger: false,
  });
  const { createHooks } = await peer<Hookable>("hookable");
  const hooks = createHooks();
  hooks.hook("send_message", plugin);
  const request = { channel: "chat", to: "anna", content: "hello" };
  const keyed = { ...request, context: { user_id: "anna" } };
  const contenders: Record<string, () => Promise<unknown>> = {
    "the plugin alone": () => plugin(request),
    [`${peerTitle("hookable")}, callHook`]: async () => hooks.callHook("send_message", request),
    hookline: () => host.call("send_message", request),
    "hookline, two rules, one with a pattern, and a split": () => ruled.call("send_message", keyed),
    ...(await messagePeers(send)),
  };
  return {
    contenders,
    async close() {
      await host.close();
      await ruled.close();
    },
  };
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
