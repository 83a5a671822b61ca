import { isInRange } from "../contract/versions.ts";
import { HooklineError } from "../errors.ts";
import type { DiscoveryProblem, FoundPlugin } from "./foundPlugin.ts";
import type { Dependency } from "./manifest.ts";

/**
 * The plugins with every dependency before its dependents, otherwise in the order given. A plugin whose dependency is missing,
 * has the wrong version or is itself left out is `dependency_missing`; those of a circle are `dependency_cycle`. Nothing else is touched.
 */
export function orderByDependencies(plugins: readonly FoundPlugin[]): { order: FoundPlugin[]; problems: DiscoveryProblem[] } {
  const byId = new Map(plugins.map((plugin) => [plugin.plugin_id, plugin]));
  const problems = new Map<FoundPlugin, HooklineError>();
  const safe = farFromCircles(plugins, byId);
  for (const plugin of plugins) {
    const cycle = safe.has(plugin) ? undefined : circleThrough(plugin, byId);
    if (cycle)
      problems.set(plugin, new HooklineError("dependency_cycle", { plugin_id: plugin.plugin_id, cycle: cycle.join(" → ") }));
  }

  const order: FoundPlugin[] = [];
  const settled = new Set<FoundPlugin>(problems.keys());
  for (const plugin of plugins) {
    // A stack of its own: a long chain must not end that of the language.
    const stack = [plugin];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const open = neighbours(top, byId).find((needed) => !settled.has(needed));
      if (open && !settled.has(top)) {
        stack.push(open);
        continue;
      }
      stack.pop();
      if (settled.has(top)) continue;
      settled.add(top);
      const reasons = dependenciesOf(top).flatMap((needed) => whyMissing(needed, byId, problems) ?? []);
      if (reasons.length === 0) order.push(top);
      else problems.set(top, missing(top, reasons));
    }
  }
  return {
    order,
    problems: plugins.flatMap((plugin) => {
      const error = problems.get(plugin);
      return error ? { path: placeOf(plugin), plugin_id: plugin.plugin_id, error } : [];
    }),
  };
}

function placeOf({ kind, entry, folder }: FoundPlugin): string {
  return kind === "file" && entry !== undefined ? entry : folder;
}

function dependenciesOf({ manifest }: FoundPlugin): readonly Dependency[] {
  return manifest.dependencies ?? [];
}

function neighbours(plugin: FoundPlugin, byId: ReadonlyMap<string, FoundPlugin>): FoundPlugin[] {
  return dependenciesOf(plugin).flatMap(({ plugin_id }) => byId.get(plugin_id) ?? []);
}

/** The plugins whose dependencies lead into no circle, however far one follows them: nearly always all. */
function farFromCircles(plugins: readonly FoundPlugin[], byId: ReadonlyMap<string, FoundPlugin>): Set<FoundPlugin> {
  const open = new Map(plugins.map((plugin) => [plugin, neighbours(plugin, byId).length]));
  const dependents = new Map<FoundPlugin, FoundPlugin[]>();
  for (const plugin of plugins) {
    for (const needed of neighbours(plugin, byId)) {
      const known = dependents.get(needed);
      if (known) known.push(plugin);
      else dependents.set(needed, [plugin]);
    }
  }
  const safe = new Set(plugins.filter((plugin) => open.get(plugin) === 0));
  // A set keeps its order and may grow while it is walked.
  for (const plugin of safe) {
    for (const dependent of dependents.get(plugin) ?? []) {
      const left = (open.get(dependent) ?? 0) - 1;
      open.set(dependent, left);
      if (left === 0) safe.add(dependent);
    }
  }
  return safe;
}

/** The shortest circle of dependencies that leads from a plugin back to it: `[a, b, a]`. */
function circleThrough(start: FoundPlugin, byId: ReadonlyMap<string, FoundPlugin>): string[] | undefined {
  const cameFrom = new Map<FoundPlugin, FoundPlugin>();
  const queue = new Set([start]);
  for (const plugin of queue) {
    for (const needed of neighbours(plugin, byId)) {
      if (needed === start) return [...wayTo(plugin, cameFrom), start.plugin_id];
      if (!queue.has(needed)) cameFrom.set(needed, plugin);
      queue.add(needed);
    }
  }
  return undefined;
}

function wayTo(plugin: FoundPlugin, cameFrom: ReadonlyMap<FoundPlugin, FoundPlugin>): string[] {
  const way = [plugin.plugin_id];
  for (let step = cameFrom.get(plugin); step !== undefined; step = cameFrom.get(step)) way.unshift(step.plugin_id);
  return way;
}

function whyMissing(
  { plugin_id, range }: Dependency,
  byId: ReadonlyMap<string, FoundPlugin>,
  problems: ReadonlyMap<FoundPlugin, HooklineError>,
): string | undefined {
  const needed = byId.get(plugin_id);
  const wanted = range === "*" ? plugin_id : `${plugin_id}@${range}`;
  if (!needed) return `${wanted}, which no plugin path has`;
  const { version } = needed.manifest;
  if (range !== "*" && version === undefined) return `${wanted}, and its manifest says no version`;
  if (version !== undefined && !isInRange(version, range)) return `${wanted}, and there is ${version}`;
  if (problems.has(needed)) return `${plugin_id}, which cannot be loaded itself`;
  return undefined;
}

function missing({ plugin_id }: FoundPlugin, reasons: readonly string[]): HooklineError {
  return new HooklineError("dependency_missing", { plugin_id, reason: `${plugin_id} needs ${reasons.join("; and ")}` });
}
