import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { messagePeers } from "./messagePeers.ts";
import type { BenchResult } from "./report.ts";
import { bareClient, senderNames } from "./senders.ts";
import { median, rounded } from "./statistics.ts";
import type { SendFigures, SendOrder } from "./subjects/sender.ts";
import { startWebhook } from "./webhook.ts";

const warmUp = 4;
const goal = 0.87;

interface Measured {
  name: string;
  child: ChildProcess;
  alone: SendFigures[];
  together: SendFigures[];
}

/**
 * Messages per second to a webhook in another process, one after the other and 50 at the same time. Every contender has a process
 * of its own, and they take turns; a ratio is the median of the ratios of the rounds.
 */
export async function messageRate({ rounds = 28, single = 600, many = 4_000 } = {}): Promise<BenchResult> {
  const webhook = await startWebhook();
  const peers = Object.keys(await messagePeers(async () => ""));
  const all: Measured[] = [];
  try {
    for (const name of [...senderNames(), ...peers])
      all.push({ name, child: await startSender(name, webhook.url), alone: [], together: [] });
    for (let round = 0; round < warmUp + rounds; round++) {
      // Each round begins with another one: who comes after whom makes a difference.
      for (const { child, alone, together } of [...all.slice(round % all.length), ...all.slice(0, round % all.length)]) {
        const figures = [
          await send(child, { count: single, atATime: 1 }),
          await send(child, { count: many, atATime: 50 }),
        ] as const;
        if (round < warmUp) continue;
        alone.push(figures[0]);
        together.push(figures[1]);
      }
    }
  } finally {
    for (const { child } of all) child.kill();
    await webhook.kill();
  }
  return resultOf(all, `Medians over ${rounds} interleaved rounds of ${single} and ${many} messages.`);
}

function resultOf(all: readonly Measured[], note: string): BenchResult {
  const bare = all.find(({ name }) => name === bareClient);
  const perSecond = (figures: readonly SendFigures[]) => Math.round(1_000_000 / median(figures.map(({ wall }) => wall)));
  const ratio = (figures: readonly SendFigures[], to: readonly SendFigures[] = []) =>
    median(figures.map(({ wall }, round) => (to[round]?.wall ?? Number.NaN) / wall));
  return {
    title: "Gateway: messages per second to a webhook on loopback",
    rows: all.map(({ name, alone, together }) => ({
      what: name,
      "1 at a time": perSecond(alone),
      "1 ÷ bare": rounded(ratio(alone, bare?.alone)),
      "50 at a time": perSecond(together),
      "50 ÷ bare": rounded(ratio(together, bare?.together)),
      "CPU µs each": rounded(median(together.map(({ cpu }) => cpu))),
      goal: name.startsWith("hookline, a plugin")
        ? `≥ ${goal}${ratio(together, bare?.together) >= goal ? " met" : " missed"}`
        : "",
    })),
    notes: [
      "Every contender posts the same JSON and reads the id out of the answer, over 50 connections at most. CPU is the sender's alone, at 50 at a time.",
      "generic_webhook also signs each message (HMAC-SHA256), as the receiver of a webhook expects it.",
      "The peers have no HTTP for a provider of one's own: theirs posts with undici's Pool.request, the fastest there is.",
      note,
    ],
  };
}

async function startSender(name: string, url: string): Promise<ChildProcess> {
  const program = fileURLToPath(new URL("./subjects/sender.ts", import.meta.url));
  const child = fork(program, [name, url], { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  await once(child, "message");
  return child;
}

async function send(child: ChildProcess, order: SendOrder): Promise<SendFigures> {
  const answered = once(child, "message");
  child.send(order);
  const [figures]: SendFigures[] = await answered;
  return figures ?? { wall: Number.NaN, cpu: Number.NaN };
}
