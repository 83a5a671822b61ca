import type { HookSpec } from "./contract/defineContract.ts";
import type { EventHub } from "./events.ts";
import { callDirect } from "./gateway/callDirect.ts";
import { withoutSecrets } from "./gateway/withoutSecrets.ts";
import { createHooks } from "./hooks/createHooks.ts";
import { createLeakWatch } from "./lifecycle/leaks.ts";
import type { World } from "./lifecycle/world.ts";
import type { Log } from "./plugins/definePlugin.ts";
import type { Loader } from "./plugins/loader/createLoader.ts";
import { createOptionsCompiler } from "./plugins/optionsCheck.ts";
import { createSettingsChecker } from "./plugins/settings.ts";
import { createTable } from "./table.ts";

/** Makes a world in which nothing runs yet. */
export function createWorld(
  parts: Pick<World, "config" | "objects" | "contracts" | "log" | "clock"> & {
    events: EventHub;
    hostModules: Record<string, object>;
    specs: ReadonlyMap<string, HookSpec>;
  },
): World {
  const { specs, hostModules, log, events, clock } = parts;
  const hooks = createHooks(Object.fromEntries(specs), {
    clock,
    onError(error) {
      const live = [...world.records.values()].flatMap((record) => record.live ?? []);
      log.error("a hook call left an error behind", { error: String(withoutSecrets(error, live)) });
    },
  });
  let queue: Promise<unknown> = Promise.resolve();
  let loader: { accelerator: boolean; opening: Promise<Loader> } | undefined;
  let transformer: Loader["transformer"] | undefined;
  const world: World = {
    ...parts,
    records: new Map(),
    hooks,
    pointer: { current: createTable(0, hooks.pin(), []) },
    settings: createSettingsChecker(),
    options: createOptionsCompiler(),
    logFor: (instance) => named(log, instance),
    loader() {
      // jiti and the compilers are loaded with the first plugin that is a file.
      const { accelerator } = world.config.settings;
      if (loader?.accelerator === accelerator) return loader.opening;
      const opening = openLoader(hostModules, accelerator).then((made) => {
        transformer = made.transformer;
        return made;
      });
      loader = { accelerator, opening };
      return opening;
    },
    transformer: () => transformer,
    leaks: createLeakWatch(),
    enqueue(change) {
      const done = queue.then(change);
      queue = done.catch(() => undefined);
      return done;
    },
    lookAgain: () => undefined,
    background: new Set(),
    touched: new Map(),
    closing: false,
    inbound(instance, event) {
      events.emit("event_received", { instance, event });
      const table = world.pointer.current;
      const spec = specs.get("event_received");
      if (!spec || table.users("event_received").length === 0) return;
      callDirect(table, { hook: "event_received", spec, request: { instance, event } })
        .then((errors) => Array.isArray(errors) && errors.map((error) => log.error(`event_received failed: ${String(error)}`)))
        .catch((error) => log.error(`an event of ${instance} was not passed on: ${String(error)}`));
    },
  };
  return world;
}

async function openLoader(hostModules: Record<string, object>, accelerator: boolean): Promise<Loader> {
  const { createLoader } = await import("./plugins/loader/createLoader.ts");
  const loader = await createLoader({ hostModules, accelerator });
  await loader.warmUp();
  return loader;
}

function named(log: Log, instance: string): Log {
  const details = (more?: Record<string, unknown>) => ({ instance, ...more });
  return {
    debug: (message, more) => log.debug(message, details(more)),
    info: (message, more) => log.info(message, details(more)),
    warn: (message, more) => log.warn(message, details(more)),
    error: (message, more) => log.error(message, details(more)),
  };
}
