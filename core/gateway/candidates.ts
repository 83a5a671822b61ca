import { HooklineError, nearest } from "../errors.ts";
import type { Table, TableInstance } from "../table.ts";

/** Who may answer a call, in order. Routing rules will choose here; without a rule it is priority, then file order. */
export interface Selection {
  /** The rule that chose. */
  name: string;
  instances: readonly TableInstance[];
}

/**
 * The instances that may answer `hook` on `channel`: those of the channel in priority order, or the one that a ref names.
 * A pure function of table and request. Throws `channel_unknown`.
 */
export function candidatesFor(table: Table, hook: string, channel: string, named?: string): Selection {
  const instances = table.channels.get(channel);
  if (!instances) {
    const known = [...table.channels.keys()];
    const near = nearest(channel, known);
    throw new HooklineError("channel_unknown", { channel, known, hint: near ? ` Did you mean "${near}"?` : "" });
  }
  if (named !== undefined) return { name: "ref", instances: instances.filter(({ id }) => id === named) };
  return { name: "priority", instances: instances.filter((instance) => mayAnswer(instance, hook)) };
}

/** One without a generation is kept: it says why it cannot answer, and the next is asked. */
function mayAnswer({ generation }: TableInstance, hook: string): boolean {
  return generation === undefined || generation.answers.includes(hook);
}
