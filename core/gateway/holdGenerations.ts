import type { Clock } from "../clock.ts";
import { HooklineError, nearest } from "../errors.ts";
import type { Generation } from "../plugins/generation.ts";
import type { Table, TablePointer } from "../table.ts";
import type { ChannelCall } from "./callRoute.ts";
import { sleep } from "./sleep.ts";

/** Throws `channel_unknown` for a channel that no enabled instance serves and no route names. */
export function checkChannel(table: Table, channel: string): void {
  if (table.channels.has(channel) || table.routes.some(({ match }) => match.channel?.includes(channel))) return;
  const known = [...new Set([...table.channels.keys(), ...table.routes.flatMap(({ match }) => match.channel ?? [])])];
  const near = nearest(channel, known);
  throw new HooklineError("channel_unknown", { channel, known, hint: near ? ` Did you mean "${near}"?` : "" });
}

/**
 * The table for a call. While the instance that would be asked first is being restarted, the call waits and begins with the table
 * that follows; when its deadline comes first, with the one of then.
 */
export async function tableWithoutGate({ pointer, clock }: { pointer: TablePointer; clock: Clock }, { channel, deadline }: ChannelCall): Promise<Table> {
  for (;;) {
    const table = pointer.current;
    const gate = table.channels.get(channel)?.[0]?.gate;
    const left = deadline - clock.now();
    if (!gate || left <= 0) return table;
    await (left === Number.POSITIVE_INFINITY ? gate : Promise.race([gate, sleep(clock, left)]));
  }
}

/** Holds every generation that the call may run, so that none of them is disposed under it. Returns the release. */
export function holdGenerations(table: Table, { hook, channel }: ChannelCall): () => void {
  // A before_call takes time and may change what is chosen; a route may choose instances of other channels.
  const isOpen = table.users("before_call").length > 0 || table.routes.length > 0;
  const chosen = isOpen ? [...table.instances.values()] : (table.channels.get(channel) ?? []);
  const held = new Set<Generation>([...table.wrappers(hook), ...table.users("after_call")]);
  for (const { generation } of chosen) if (generation) held.add(generation);
  const ends = [...held].map((generation) => generation.acquire(hook));
  return () => {
    for (const end of ends) end();
  };
}
