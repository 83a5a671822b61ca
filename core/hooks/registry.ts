import { HooklineError } from "../errors.ts";
import type { Bus } from "./bus.ts";
import type { EngineHookSpec } from "./hook.ts";
import type { HookPlugin } from "./hooks.ts";
import { type Lineup, lineupFor } from "./lineup.ts";
import { type Step, stepsOf } from "./step.ts";

/** All of an engine at one moment. Never changed: every registration makes another one, put in place by one assignment. */
export interface HookTable {
  /** Every name that is taken, in the order of registration. */
  readonly plugins: ReadonlyMap<string, Registered>;
  /** Every hook that is declared, or was ever implemented. */
  readonly hooks: ReadonlyMap<string, Lineup>;
}

/** Who has a name: a plugin, or nobody because it is blocked. */
interface Registered {
  readonly plugin?: HookPlugin;
  readonly steps: ReadonlyMap<string, readonly Step[]>;
}

const nothing: Registered["steps"] = new Map();

/** Makes the registering half of an engine, which knows nothing of calls. `onNew` hears of new steps once they are in place. */
export function createRegistry(specs: ReadonlyMap<string, EngineHookSpec>, bus: Bus, onNew: (steps: readonly Step[]) => void) {
  const declared = [...specs].map(([hook, spec]) => [hook, lineupFor(hook, spec, [])] as const);
  let table: HookTable = { plugins: new Map(), hooks: new Map(declared) };

  /** Makes the hooks that change; when none of them is wrong, puts the new table in place. */
  function commit(plugins: HookTable["plugins"], changing: ReadonlyMap<string, readonly Step[]>): void {
    const lineups = [...changing].map(([hook, registered]) => [hook, lineupFor(hook, specs.get(hook), registered)] as const);
    table = { plugins, hooks: new Map([...table.hooks, ...lineups]) };
  }

  /** Gives the name to another one, or to nobody. In a map a name that stays keeps its place: that is the slot of a plugin. */
  function put(name: string, next: Registered | undefined): HookPlugin | undefined {
    const previous = table.plugins.get(name);
    const plugins = new Map(table.plugins);
    if (next) plugins.set(name, next);
    else plugins.delete(name);
    const [before, after] = [previous?.steps ?? nothing, next?.steps ?? nothing];
    const changing = [...new Set([...before.keys(), ...after.keys()])];
    const registered = (hook: string) =>
      previous ? stepsIn(plugins, hook) : [...(table.hooks.get(hook)?.registered ?? []), ...(after.get(hook) ?? [])];
    commit(plugins, new Map(changing.map((hook) => [hook, registered(hook)])));
    const added = [...after.values()].flat();
    bus.exchange([...before.values()].flat(), added);
    onNew(added);
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
      put(name, { plugin, steps: Map.groupBy(stepsOf(name, plugin), ({ hook }) => hook) });
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
      put(name, { plugin, steps: Map.groupBy(stepsOf(name, plugin), ({ hook }) => hook) });
      return old;
    },

    arrange(names: readonly string[]): void {
      const named = names.map((name) => [name, table.plugins.get(name) ?? raise(notRegistered(name, table))] as const);
      const others = [...table.plugins].filter(([name]) => !names.includes(name));
      const plugins = new Map([...others, ...named]);
      commit(plugins, new Map([...table.hooks.keys()].map((hook) => [hook, stepsIn(plugins, hook)])));
    },

    block(name: string): void {
      if (table.plugins.get(name)?.plugin) put(name, undefined);
      put(name, { steps: nothing });
    },

    unblock(name: string): boolean {
      const taken = table.plugins.get(name);
      if (!taken || taken.plugin) return false;
      put(name, undefined);
      return true;
    },
  };
}

function stepsIn(plugins: HookTable["plugins"], hook: string): Step[] {
  return [...plugins.values()].flatMap(({ steps }) => steps.get(hook) ?? []);
}

function notRegistered(name: string, { plugins }: HookTable): HooklineError {
  const known = [...plugins].filter(([, { plugin }]) => plugin).map(([name]) => name);
  return new HooklineError("plugin_not_registered", { name, known });
}

function raise(error: HooklineError): never {
  throw error;
}
