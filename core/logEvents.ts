import type { EventHub } from "./events.ts";
import type { Log } from "./plugins/definePlugin.ts";

/** A log that writes nowhere. */
export const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** Writes what a host does into its log: what went well as `info`, what an operator has to look at as `warn` or `error`. */
export function logEvents(events: EventHub, log: Log): void {
  events.on("loaded", ({ instance, generation, ms }) => log.info(`${instance} is live`, { instance, generation, ms }));
  events.on("reloaded", ({ instance, generation, ms, in_place }) =>
    log.info(`${instance} ${in_place ? "took its new settings in place" : "was reloaded"}`, { instance, generation, ms }),
  );
  events.on("reload_failed", ({ instance, error, still_live }) =>
    log.error(`${still_live ? "the new version is not live, the one before still is" : "not loaded"}: ${error.message}`, {
      instance,
      code: error.code,
    }),
  );
  events.on("mended", ({ instance }) =>
    log.info(`${instance ?? "the configuration"} is mended`, instance === undefined ? {} : { instance }),
  );
  events.on("rolled_back", ({ instance, reason, generation }) =>
    log.warn(`${instance} was rolled back: ${reason}`, { instance, generation }),
  );
  events.on("removed", ({ instance, reason }) => log.warn(`${instance} no longer runs: ${reason}`, { instance }));
  events.on("draining", ({ instance, hooks, generation }) =>
    log.warn(`${instance}: an old generation still runs ${hooks.join(", ")}`, { instance, generation }),
  );
  events.on("disposed", ({ instance, generation, forced }) => {
    if (forced) log.warn(`${instance}: generation ${generation} was ended by force`, { instance, generation });
  });
  events.on("config_changed", ({ added, removed, changed }) =>
    log.info("the configuration changed", { added, removed, changed }),
  );
  events.on("config_failed", ({ error }) =>
    log.error(`the configuration was not taken, the last good one stays: ${error.message}`, { code: error.code }),
  );
  events.on("failed_over", ({ hook, from, to, code }) => log.warn(`${hook} failed over from ${from} to ${to}`, { code }));
  events.on("warning", ({ message, instance }) => log.warn(message, instance === undefined ? {} : { instance }));
}
