import type { InboundEvent } from "./contract/communication.ts";
import type { HooklineError } from "./errors.ts";

/** What a host tells: the name of an event → what comes with it. Times are in milliseconds. */
export interface HostEvents {
  /** An instance is live for the first time, or again after it was missing or failed. */
  loaded: { instance: string; plugin_id: string; generation: number; ms: number };
  /** A new generation took over, or took new settings in place. */
  reloaded: { instance: string; plugin_id: string; generation: number; ms: number; in_place: boolean };
  /** A new version was refused; what was live before still is. */
  reload_failed: { instance: string; plugin_id: string; error: HooklineError; still_live: boolean };
  /** What was broken is as it was when it was last live: nothing was swapped. Without an instance it is the configuration. */
  mended: { instance?: string };
  /** The table swapped back to the last good version. */
  rolled_back: { instance: string; generation: number; automatic: boolean; reason: string };
  /** An old generation still has calls after half of its grace period. */
  draining: { instance: string; generation: number; hooks: string[]; ms_left: number };
  /** An old generation has ended. `forced`: calls were still running. */
  disposed: { instance: string; generation: number; forced: boolean; errors: unknown[] };
  /** An instance left the configuration, was disabled, or its plugin's folder is gone. */
  removed: { instance: string; plugin_id: string; reason: string };
  /** A new configuration is in force. */
  config_changed: { added: string[]; removed: string[]; changed: string[] };
  /** The configuration could not be read; the last good one stays. */
  config_failed: { error: HooklineError };
  /** Something an operator should look at. */
  warning: { message: string; instance?: string };
  /** A call was answered by another instance than the first: failover never hides a dead primary. */
  failed_over: { hook: string; from: string; to: string; code: string };
  /** An inbound event of a platform. */
  event_received: { instance: string; event: InboundEvent };
  /** The host has closed. */
  closed: Record<string, never>;
}

/** Where events are emitted and heard. */
export interface EventHub {
  emit<Name extends keyof HostEvents>(name: Name, event: HostEvents[Name]): void;
  /** Hears an event. Returns its off. */
  on<Name extends keyof HostEvents>(name: Name, listener: (event: HostEvents[Name]) => void): () => void;
  /** Resolves with the next event of that name, or the next for which `wanted` is true. */
  once<Name extends keyof HostEvents>(name: Name, wanted?: (event: HostEvents[Name]) => boolean): Promise<HostEvents[Name]>;
}

/** Makes an event hub. A listener that throws is reported to `onError` and never disturbs the others. */
export function createEventHub(onError: (error: unknown) => void): EventHub {
  const listeners = new Map<string, Set<(event: never) => void>>();
  const hub: EventHub = {
    emit(name, event) {
      for (const listener of [...(listeners.get(name) ?? [])]) {
        try {
          (listener as (event: unknown) => void)(event);
        } catch (error) {
          onError(error);
        }
      }
    },
    on(name, listener) {
      const set = listeners.get(name) ?? new Set();
      listeners.set(name, set.add(listener));
      return () => {
        set.delete(listener);
      };
    },
    once(name, wanted = () => true) {
      return new Promise((resolve) => {
        const off = hub.on(name, (event) => {
          if (!wanted(event)) return;
          off();
          resolve(event);
        });
      });
    },
  };
  return hub;
}
