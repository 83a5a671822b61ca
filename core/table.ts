import { compilePattern, type Pattern } from "./config/pattern.ts";
import type { Route } from "./config/routeSchema.ts";
import { createTypeMatcher } from "./contract/typeIds/matchTypeId.ts";
import type { PinnedHooks } from "./hooks/hooks.ts";
import type { Generation } from "./plugins/generation.ts";

/** One instance as a call sees it. */
export interface TableInstance {
  readonly id: string;
  readonly plugin_id: string;
  /** In the GTS grammar: what patterns in routes select by. */
  readonly type_id: string;
  readonly channel: string;
  /** Lower is asked first; ties in the order of the configuration. */
  readonly priority: number;
  /** How long one attempt may take, in milliseconds. */
  readonly timeout: number;
  /** How many calls it gets at the same time. */
  readonly maxConcurrent: number;
  /** How many calls a minute; 0 is no limit. */
  readonly ratePerMinute: number;
  /** How often a call is tried again. */
  readonly maxRetries: number;
  /** What answers; undefined while there is none. */
  readonly generation: Generation | undefined;
  /** Why there is no generation. */
  readonly reason: string | undefined;
  /** Set while a `reload: restart` swaps: calls wait for it. */
  readonly gate: Promise<void> | undefined;
}

/** A routing rule, ready to be matched. */
export type TableRoute = Route & { readonly recipientPattern?: Pattern };

/** Everything a call needs, immutable: a call pins the table it started with, so code and configuration never mix. */
export interface Table {
  readonly epoch: number;
  readonly hooks: PinnedHooks;
  readonly instances: ReadonlyMap<string, TableInstance>;
  /** By channel, in the order in which they are asked. */
  readonly channels: ReadonlyMap<string, readonly TableInstance[]>;
  readonly routes: readonly TableRoute[];
  /** The instances that a rule names, in its order: by id, or by a pattern of type ids. */
  resolve(use: readonly string[]): readonly TableInstance[];
  /** The generations that implement or wrap a hook: those that a call of it may run besides its candidates. */
  users(hook: string): readonly Generation[];
  /** Every generation that a routed call of the hook to this channel may run: it has to hold all of them. */
  reach(hook: string, channel: string): readonly Generation[];
}

/** The one place where a table is published: by assignment. */
export interface TablePointer {
  current: Table;
}

/** Makes a table of instances in the order of the configuration. */
export function createTable(
  epoch: number,
  hooks: PinnedHooks,
  instances: readonly TableInstance[],
  routes: readonly Route[] = [],
): Table {
  const channels = new Map<string, TableInstance[]>();
  for (const instance of instances) {
    const others = channels.get(instance.channel);
    if (others) others.push(instance);
    else channels.set(instance.channel, [instance]);
  }
  for (const list of channels.values()) list.sort((a, b) => a.priority - b.priority);
  const users = new Map<string, readonly Generation[]>();
  const reaches = new Map<string, Map<string, readonly Generation[]>>();
  const live = instances.flatMap(({ generation }) => generation ?? []);
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const resolved = new Map<readonly string[], readonly TableInstance[]>();
  const usersOf = (hook: string) =>
    remembered(users, hook, () => live.filter((generation) => generation.hooks[hook] !== undefined));
  return {
    epoch,
    hooks,
    instances: byId,
    channels,
    routes: routes.map(compiled),
    resolve: (use) => remembered(resolved, use, () => [...new Set(use.flatMap((id) => byId.get(id) ?? ofType(id, instances)))]),
    users: usersOf,
    reach: (hook, channel) =>
      remembered(
        remembered(reaches, hook, () => new Map()),
        channel,
        () => reachOf(hook, channel),
      ),
  };

  function reachOf(hook: string, channel: string): readonly Generation[] {
    // A before_call takes time and may change what is chosen; a route may choose instances of other channels.
    const isOpen = usersOf("before_call").length > 0 || routes.length > 0;
    const chosen = isOpen ? live : (channels.get(channel) ?? []).flatMap(({ generation }) => generation ?? []);
    const wrappers = live.filter((generation) => generation.wraps.includes(hook));
    return [...new Set([...wrappers, ...usersOf("after_call"), ...chosen])];
  }
}

/** The instances that a pattern of type ids selects, by priority. */
function ofType(pattern: string, instances: readonly TableInstance[]): readonly TableInstance[] {
  if (!pattern.startsWith("gts.")) return [];
  const matches = createTypeMatcher(pattern);
  return instances.filter(({ type_id }) => matches(type_id)).sort((a, b) => a.priority - b.priority);
}

function compiled(route: Route): TableRoute {
  const { recipient } = route.match;
  return recipient === undefined ? route : { ...route, recipientPattern: compilePattern(recipient) };
}

function remembered<Key, T>(memory: Map<Key, T>, key: Key, make: () => T): T {
  const known = memory.get(key);
  if (known !== undefined) return known;
  const made = make();
  memory.set(key, made);
  return made;
}
