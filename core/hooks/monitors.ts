import type { Bus } from "./bus.ts";
import type { EngineTools } from "./engineTools.ts";
import { isThenable } from "./isThenable.ts";
import type { Plan } from "./plan.ts";

/** A call, as a monitor sees it. */
export interface MonitoredCall {
  readonly hook: string;
  readonly request: unknown;
  /** The plugin, when only one is called. */
  readonly plugin?: string;
}

/** A call that has ended, with its result or its error. */
export interface MonitoredEnd extends MonitoredCall {
  readonly result?: unknown;
  readonly error?: unknown;
  /** In milliseconds. */
  readonly duration: number;
}

/** Watches calls, and cannot change them. */
export interface Monitor {
  before?(call: MonitoredCall): void;
  after?(end: MonitoredEnd): void;
}

/** What is remembered of one call until its end. */
export interface Observation {
  readonly call: MonitoredCall;
  readonly startedAt: number;
  readonly monitors: readonly Monitor[];
  readonly tools: EngineTools;
}

/** All monitors of one engine. */
export interface Monitors {
  add(monitor: Monitor): () => void;
  /** To be kept with a call that starts; undefined while nobody watches. */
  observe(plan: Plan, request: unknown): Observation | undefined;
}

/** Monitors whose `before` is called by the bus, and `after` by `observed`: the bus knows neither result nor error. */
export function createMonitors(bus: Bus, tools: EngineTools): Monitors {
  let monitors: readonly Monitor[] = [];

  return {
    add(monitor) {
      const entry: Monitor = { after: monitor.after && ((end) => monitor.after?.(end)) };
      const removeBefore = bus.before((call) => safely(tools, () => monitor.before?.(call)));
      monitors = [...monitors, entry];
      return () => {
        removeBefore();
        monitors = monitors.filter((one) => one !== entry);
      };
    },
    observe(plan, request) {
      if (monitors.length === 0) return undefined;
      return { call: monitoredCall(plan, request), startedAt: tools.clock.now(), monitors, tools };
    },
  };
}

/** A call as monitors see it. */
export function monitoredCall({ hook, plugin }: Plan, request: unknown): MonitoredCall {
  return plugin === undefined ? { hook, request } : { hook, request, plugin };
}

/** Tells the monitors of one call how it ended. */
export function observed({ call, startedAt, monitors, tools }: Observation, end: { result?: unknown; error?: unknown }): void {
  const duration = tools.clock.now() - startedAt;
  for (const monitor of monitors) safely(tools, () => monitor.after?.({ ...call, ...end, duration }));
}

function safely(tools: EngineTools, run: () => unknown): void {
  try {
    const pending = run();
    if (isThenable(pending)) pending.then(undefined, tools.onError);
  } catch (error) {
    tools.onError(error);
  }
}
