import { HooklineError } from "../errors.ts";
import type { Bus } from "./bus.ts";
import type { EngineHookSpec } from "./hook.ts";
import type { HookPlugin } from "./hooks.ts";
import { type Plan, planFor } from "./plan.ts";
import { type Step, stepsOf } from "./step.ts";

/** All of an engine at one moment. Never changed: every registration makes another one, put in place by one assignment. */
export interface HookTable {
  /** Every name that is taken, in the order of registration. */
  readonly plugins: ReadonlyMap<string, Registered>;
  readonly plans: ReadonlyMap<string, Plan>;
}

/** Who has a name: a plugin, or nobody because it is blocked. */
interface Registered {
  readonly plugin?: HookPlugin;
  readonly steps: readonly Step[];
}

/** The registering half of an engine: it knows nothing of calls. */
export type Registry = ReturnType<typeof createRegistry>;

/** Makes the registering half of an engine. `onNew` hears of new steps once they are in place. */
export function createRegistry(specs: ReadonlyMap<string, EngineHookSpec>, bus: Bus, onNew: (steps: readonly Step[]) => void) {
  const empty = [...specs].map(([hook, spec]) => [hook, planFor(hook, spec, [])] as const);
  let table: HookTable = { plugins: new Map(), plans: new Map(empty) };

  /** Compiles the hooks that change; when none of them is wrong, puts the new table in place. */
  function commit(plugins: ReadonlyMap<string, Registered>, hooks: ReadonlySet<string>): void {
    const changing = new Map<string, Step[]>([...hooks].map((hook) => [hook, []]));
    for (const { steps } of plugins.values()) for (const step of steps) changing.get(step.hook)?.push(step);
    const compiled = [...changing].map(([hook, steps]) => [hook, planFor(hook, specs.get(hook), steps)] as const);
    table = { plugins, plans: new Map([...table.plans, ...compiled]) };
  }

  /** Gives the name to another one, or to nobody. In a map a name that stays keeps its place: that is the slot of a plugin. */
  function put(name: string, next: Registered | undefined): HookPlugin | undefined {
    const previous = table.plugins.get(name);
    const plugins = new Map(table.plugins);
    if (next) plugins.set(name, next);
    else plugins.delete(name);
    const before = previous?.steps ?? [];
    const after = next?.steps ?? [];
    commit(plugins, new Set([...before, ...after].map(({ hook }) => hook)));
    bus.exchange(before, after);
    onNew(after);
    return previous?.plugin;
  }

  function nameOf(plugin: HookPlugin): string | undefined {
    for (const [name, registered] of table.plugins) if (registered.plugin === plugin) return name;
    return undefined;
  }

  function refuseSecondName(plugin: HookPlugin, name: string): void {
    const other = nameOf(plugin);
    if (other === undefined || other === name) return;
    const reason = `this plugin is registered already, as "${other}"; make another object of it for a second name`;
    throw new HooklineError("plugin_duplicate", { instance: name, duplicate: "plugin", reason });
  }

  return {
    table: () => table,
    nameOf,

    register(plugin: HookPlugin, name = plugin.name): string | undefined {
      if (typeof name !== "string" || name === "") {
        throw new HooklineError("plugin_invalid", { reason: "a plugin needs a name: register({ name, hooks })" });
      }
      const taken = table.plugins.get(name);
      if (taken && !taken.plugin) return undefined;
      if (taken) {
        const reason = `a plugin of the name "${name}" is registered already; replace() puts another in its place`;
        throw new HooklineError("plugin_duplicate", { instance: name, duplicate: "name", reason });
      }
      refuseSecondName(plugin, name);
      put(name, { plugin, steps: stepsOf(name, plugin) });
      return name;
    },

    unregister(which: string | HookPlugin): HookPlugin | undefined {
      const name = typeof which === "string" ? which : nameOf(which);
      if (name === undefined)
        throw notRegistered(String(typeof which === "string" ? which : (which.name ?? "this object")), table);
      return table.plugins.get(name)?.plugin && put(name, undefined);
    },

    replace(name: string, plugin: HookPlugin): HookPlugin {
      const old = table.plugins.get(name)?.plugin;
      if (!old) throw notRegistered(name, table);
      if (plugin.name !== undefined && plugin.name !== name) {
        const reason = `"${name}" can only be replaced by a plugin of its name, and this one is "${plugin.name}"`;
        throw new HooklineError("plugin_invalid", { instance: name, reason });
      }
      refuseSecondName(plugin, name);
      put(name, { plugin, steps: stepsOf(name, plugin) });
      return old;
    },

    arrange(names: readonly string[]): void {
      const named = names.map((name) => [name, table.plugins.get(name) ?? raise(notRegistered(name, table))] as const);
      const others = [...table.plugins].filter(([name]) => !names.includes(name));
      commit(new Map([...others, ...named]), new Set(table.plans.keys()));
    },

    block(name: string): void {
      if (table.plugins.get(name)?.plugin) put(name, undefined);
      put(name, { steps: [] });
    },

    unblock(name: string): boolean {
      const taken = table.plugins.get(name);
      if (!taken || taken.plugin) return false;
      put(name, undefined);
      return true;
    },
  };
}

function notRegistered(name: string, { plugins }: HookTable): HooklineError {
  const known = [...plugins].filter(([, { plugin }]) => plugin).map(([name]) => name);
  return new HooklineError("plugin_not_registered", { name, known });
}

function raise(error: HooklineError): never {
  throw error;
}
