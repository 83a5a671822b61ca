import { openSender } from "../senders.ts";

/** So many messages, so many at the same time. */
export interface SendOrder {
  count: number;
  atATime: number;
}

/** How long they took, and how much processor time here, both in microseconds per message. */
export interface SendFigures {
  wall: number;
  cpu: number;
}

// One sender in a process of its own: what another has compiled or left behind does not touch it.
const [name = "", url = ""] = process.argv.slice(2);
const sender = await openSender(name, url);
process.on("message", async ({ count, atATime }: SendOrder) => {
  const usage = process.cpuUsage();
  const start = performance.now();
  let begun = 0;
  const sendOn = async () => {
    while (begun++ < count) await sender.send();
  };
  await Promise.all(Array.from({ length: atATime }, sendOn));
  const wall = ((performance.now() - start) * 1_000) / count;
  const { user, system } = process.cpuUsage(usage);
  const figures: SendFigures = { wall, cpu: (user + system) / count };
  process.send?.(figures);
});
process.on("disconnect", () => process.exit());
process.send?.({ ready: true });
