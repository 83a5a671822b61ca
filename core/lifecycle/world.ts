import type { Clock } from "../clock.ts";
import type { Config } from "../config/readConfig.ts";
import type { InboundEvent } from "../contract/communication.ts";
import type { Contract } from "../contract/defineContract.ts";
import type { EventHub } from "../events.ts";
import type { Hooks } from "../hooks/hooks.ts";
import type { Log, PluginDefinition } from "../plugins/definePlugin.ts";
import type { Loader } from "../plugins/loader/createLoader.ts";
import type { OptionsCompiler } from "../plugins/optionsCheck.ts";
import type { SettingsChecker } from "../plugins/settings.ts";
import type { TablePointer } from "../table.ts";
import type { InstanceRecord } from "./instanceRecord.ts";
import type { LeakWatch } from "./leaks.ts";

/** What runs, and what the lifecycle needs to change it. */
export interface World {
  /** In the order of the configuration. */
  readonly records: Map<string, InstanceRecord>;
  readonly pointer: TablePointer;
  /** The engine's registry; calls use the pinned one of their table. */
  readonly hooks: Hooks;
  readonly contracts: readonly Contract[];
  /** Plugins given as objects, by id. */
  readonly objects: ReadonlyMap<string, PluginDefinition>;
  readonly events: EventHub;
  readonly log: Log;
  logFor(instance: string): Log;
  readonly clock: Clock;
  readonly settings: SettingsChecker;
  readonly options: OptionsCompiler;
  /** Made with the first plugin that is a file. */
  loader(): Promise<Loader>;
  /** What that loader compiles with. */
  transformer(): Loader["transformer"] | undefined;
  readonly leaks: LeakWatch;
  /** The configuration in force. */
  config: Config;
  /** Tells the application and `event_received` of an event of a platform. */
  inbound(instance: string, event: InboundEvent): void;
  /** Runs one change after the other. */
  enqueue<T>(change: () => Promise<T>): Promise<T>;
  /** Looks at an instance again, on the queue. */
  lookAgain(id: string): void;
  /** Work that goes on beside the queue: drains, late set-ups. `close` waits for it. */
  readonly background: Set<Promise<unknown>>;
  /** Real path → when it last changed, on the clock. */
  readonly touched: Map<string, number>;
  closing: boolean;
}

/** Remembers work beside the queue until it has ended. */
export function inBackground(world: World, work: Promise<unknown>): void {
  const tracked = work
    .catch((error) => world.log.error("work in the background failed", { error: String(error) }))
    .finally(() => world.background.delete(tracked));
  world.background.add(tracked);
}
