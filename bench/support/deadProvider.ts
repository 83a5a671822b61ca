import { readFileSync, writeFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { createHost, definePlugin, type Host, type Outcome } from "../../core/index.ts";
import type { BenchResult } from "./report.ts";
import { quantile, rounded } from "./statistics.ts";
import { startWebhook } from "./webhook.ts";
import { createWorkspace } from "./workspace.ts";

/** One call: when it began and ended, on the clock of this process, and what became of it. */
interface Sent {
  began: number;
  ended: number;
  text: string;
  outcome: Outcome;
}

/**
 * Calls at a steady rate, whatever becomes of them, while the first of two providers (processes of their own) is killed and started
 * again in the same place.
 */
export async function deadProvider({
  perSecond = 1_000,
  before = 3_000,
  dead = 8_000,
  after = 18_000,
} = {}): Promise<BenchResult> {
  const place = createWorkspace();
  const logs = [place.path("first.txt"), place.path("second.txt")] as const;
  for (const log of logs) writeFileSync(log, "");
  const [first, second] = [await startWebhook(logs[0]), await startWebhook(logs[1])];
  const host = await openHost(first.url, second.url);
  const calling = callSteadily(host, perSecond, before + dead + after);
  // Its error is thrown where it is awaited, unless another comes first.
  calling.catch(() => undefined);
  try {
    await pause(before);
    const killed = performance.now();
    await first.kill();
    await pause(dead - (performance.now() - killed));
    await first.start();
    const back = performance.now();
    const sent = await calling;
    const received = logs.flatMap((log) => readFileSync(log, "utf8").split("\n").filter(Boolean));
    return resultOf(sent, { killed, back, received, perSecond });
  } finally {
    await host.close();
    await Promise.all([first.kill(), second.kill()]);
    place.close();
  }
}

async function openHost(first: string, second: string): Promise<Host> {
  const provider = (plugin_id: string) =>
    definePlugin<{ url: string }>({
      manifest: { plugin_id, channel_type: "chat" },
      setup: ({ config, http }) => ({
        async send_message({ content }, { signal }) {
          const { json } = await http.post(config.url, { json: { text: content.text }, signal });
          return { message_id: json.id };
        },
      }),
    });
  return createHost({
    plugins: [provider("first"), provider("second")],
    config: {
      enabled_plugins: [
        { plugin_id: "first", config: { url: first } },
        { plugin_id: "second", config: { url: second } },
      ],
    },
    logger: false,
  });
}

/** Begins calls at their times; one that is late is begun at once, and none waits for another. */
async function callSteadily(host: Host, perSecond: number, ms: number): Promise<Sent[]> {
  const start = performance.now();
  const calls: Promise<Sent>[] = [];
  for (let passed = 0; passed < ms; passed = performance.now() - start) {
    while (calls.length < (passed * perSecond) / 1_000) calls.push(send(host, `message ${calls.length}`));
    await pause(1);
  }
  return Promise.all(calls);
}

async function send(host: Host, text: string): Promise<Sent> {
  const began = performance.now();
  const outcome = await host.call("send_message", { channel: "chat", to: "anna", content: text });
  return { began, ended: performance.now(), text, outcome };
}

interface Facts {
  killed: number;
  back: number;
  received: readonly string[];
  perSecond: number;
}

function resultOf(sent: readonly Sent[], { killed, back, received, perSecond }: Facts): BenchResult {
  const attemptsAtFirst = ({ outcome }: Sent) => outcome.attempts.filter(({ instance }) => instance === "first").length;
  const failed = sent.filter(({ outcome }) => outcome.status !== "ok");
  const unsure = failed.filter(({ outcome }) => outcome.error?.dispatched === "maybe");
  const whileDead = sent.filter(({ began }) => began > killed && began < back);
  const touching = whileDead.filter((one) => attemptsAtFirst(one) > 0);
  const load = touching.reduce((sum, one) => sum + attemptsAtFirst(one), 0);
  // Probes begin ten seconds later.
  const lastTouch = Math.max(killed, ...touching.map(({ began }) => began).filter((began) => began < killed + 5_000));
  const firstAgain = sent.find(
    ({ ended, outcome }) => ended > back && outcome.status === "ok" && outcome.route.instance === "first",
  );
  const times = new Map<string, number>();
  for (const text of received) times.set(text, (times.get(text) ?? 0) + 1);
  const latency = (calls: readonly Sent[]) =>
    quantile(
      calls.map(({ began, ended }) => ended - began),
      0.99,
    );
  const isCounted = (what: string, value: string | number, goal = "") => ({ what, value, goal });
  const returned = ((firstAgain?.ended ?? Number.POSITIVE_INFINITY) - back) / 1_000;
  const share = load / Math.max(1, touching.length);
  return {
    title: `Gateway: the first of two providers is killed at ${perSecond.toLocaleString("en")} calls per second, and comes back`,
    rows: [
      isCounted("calls", sent.length),
      isCounted("outcomes", sent.filter(({ outcome }) => outcome.status !== undefined).length, "all"),
      isCounted("failed", failed.length),
      isCounted("of these: could have been delivered, and say so", unsure.length, "all of the failed"),
      isCounted("delivered twice", [...times.values()].filter((count) => count > 1).length, "0"),
      isCounted(
        "said to be delivered, and not received",
        sent.filter(({ outcome, text }) => outcome.status === "ok" && !times.has(text)).length,
        "0",
      ),
      isCounted("circuit open, ms after the kill", rounded(lastTouch - killed)),
      isCounted("calls while it was dead", whileDead.length),
      isCounted("of these: asked the dead one", touching.length),
      isCounted("attempts at the dead one", load),
      isCounted(
        "load on the dead one, in attempts per call that asked it",
        rounded(share),
        `≤ 1.2${share <= 1.2 ? " met" : " missed"}`,
      ),
      isCounted("s from its return to its first message", rounded(returned), `≤ 15${returned <= 15 ? " met" : " missed"}`),
      isCounted("p99 in ms, before", rounded(latency(sent.filter(({ ended }) => ended < killed)))),
      isCounted("p99 in ms, while it was dead", rounded(latency(whileDead))),
    ],
    notes: [
      "The providers write down each message before they answer it, so that what was received is known although one is killed.",
    ],
  };
}
