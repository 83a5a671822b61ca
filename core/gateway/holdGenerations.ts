import type { Clock } from "../clock.ts";
import { HooklineError, nearest } from "../errors.ts";
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
export function tableWithoutGate(from: { pointer: TablePointer; clock: Clock }, call: ChannelCall): Table | Promise<Table> {
  const table = from.pointer.current;
  const gate = table.channels.get(call.channel)?.[0]?.gate;
  return gate === undefined ? table : afterGate(gate, from, call);
}

async function afterGate(gate: Promise<void>, from: { pointer: TablePointer; clock: Clock }, call: ChannelCall): Promise<Table> {
  const left = call.deadline - from.clock.now();
  if (left <= 0) return from.pointer.current;
  await (left === Number.POSITIVE_INFINITY ? gate : Promise.race([gate, sleep(from.clock, left)]));
  return tableWithoutGate(from, call);
}

/** Holds every generation that the call may run, so that none of them is disposed under it. Returns the release. */
export function holdGenerations(table: Table, { hook, channel, spec: { overflow } }: ChannelCall): () => void {
  const reached = table.reach(hook, channel);
  const all = overflow ? new Set([...reached, ...table.users(overflow.hook)]) : reached;
  const ends = Array.from(all, (generation) => generation.acquire(hook));
  return () => {
    for (const end of ends) end();
  };
}
