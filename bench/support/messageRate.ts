import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { messagePeers } from "./messagePeers.ts";
import type { BenchResult } from "./report.ts";
import { bareClient, senderNames } from "./senders.ts";
import { median, rounded } from "./statistics.ts";
import type { SendFigures, SendOrder } from "./subjects/sender.ts";
import { startWebhook } from "./webhook.ts";

// Fifty thousand messages: until then the compiler is still at work on the longer ways.
const warmUp = 12;
const goal = 0.87;

interface Measured {
  name: string;
  alone: SendFigures[];
  together: SendFigures[];
}

/**
 * Messages per second to a webhook in another process, one after the other and 50 at the same time. Every contender has a process
 * of its own, and they take turns; a ratio is the median of the ratios of the rounds. How well a process runs is also luck (what its
 * first messages have taught the compiler), so each contender is started several times.
 */
export async function messageRate({ starts = 7, rounds = 6, single = 600, many = 4_000 } = {}): Promise<BenchResult> {
  const webhook = await startWebhook();
  const peers = Object.keys(await messagePeers(async () => ""));
  const all = [...senderNames(), ...peers].map((name): Measured => ({ name, alone: [], together: [] }));
  try {
    for (let start = 0; start < starts; start++) await measure(all, webhook.url, { rounds, single, many });
  } finally {
    await webhook.kill();
  }
  const each = `${starts} starts of each, with ${rounds} interleaved rounds of ${single} and ${many} messages`;
  return resultOf(all, rounds, `Medians over ${each}; before, ${warmUp} such rounds to warm up.`);
}

/** Starts every contender, and adds the figures of the rounds that follow its warm-up. */
async function measure(
  all: readonly Measured[],
  url: string,
  { rounds, single, many }: { rounds: number; single: number; many: number },
): Promise<void> {
  const started: (Measured & { child: ChildProcess })[] = [];
  try {
    for (const one of all) started.push({ ...one, child: await startSender(one.name, url) });
    for (let round = 0; round < warmUp + rounds; round++) {
      // Each round begins with another one: who comes after whom makes a difference.
      const first = round % started.length;
      for (const { child, alone, together } of [...started.slice(first), ...started.slice(0, first)]) {
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
    for (const { child } of started) child.kill();
  }
}

function resultOf(all: readonly Measured[], rounds: number, note: string): BenchResult {
  const bare = all.find(({ name }) => name === bareClient);
  const perSecond = (figures: readonly SendFigures[]) => Math.round(1_000_000 / median(figures.map(({ wall }) => wall)));
  const ratio = (figures: readonly SendFigures[], to: readonly SendFigures[] = []) =>
    median(figures.map(({ wall }, round) => (to[round]?.wall ?? Number.NaN) / wall));
  const ours = all.find(({ name }) => name.startsWith("hookline, a plugin"));
  const byStart = Array.from({ length: (bare?.together.length ?? 0) / rounds }, (_, start) => {
    const ofStart = (one: Measured | undefined) => one?.together.slice(start * rounds, (start + 1) * rounds) ?? [];
    return rounded(ratio(ofStart(ours), ofStart(bare)));
  });
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
      "Every contender posts the same JSON and reads the id out of the answer. CPU is the sender's alone, at 50 at a time.",
      "hookline gives each message a time-out and a signal; the second row is the bare client with the time-out that Node offers.",
      `At ${goal} of the bare client all that hookline does for a message may take ${rounded(allowance(bare))} µs here.`,
      `Start by start, hookline ÷ bare at 50 at a time was ${byStart.join(", ")}: the bare client runs at one of two paces, settled when its process starts.`,
      "The pool of the bare client and of the peers has 50 connections; fetch and hookline open as many as they need, which are some more.",
      "generic_webhook also signs each message (HMAC-SHA256), as the receiver of a webhook expects it.",
      "The peers have no HTTP for a provider of one's own: theirs posts with undici's Pool.request, the fastest there is.",
      note,
    ],
  };
}

/** What the goal leaves beside the bare client's own time, at 50 at a time, in microseconds of the CPU. */
function allowance(bare: Measured | undefined): number {
  return median((bare?.together ?? []).map(({ cpu }) => cpu)) * (1 / goal - 1);
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
