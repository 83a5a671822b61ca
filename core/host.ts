import { homedir } from "node:os";
import { resolve } from "node:path";
import { type Clock, systemClock } from "./clock.ts";
import { communication, type RecipientInput } from "./contract/communication.ts";
import type { Contract, HookSpec } from "./contract/defineContract.ts";
import { createRefs } from "./contract/refs.ts";
import { HooklineError, nearest } from "./errors.ts";
import { createEventHub, type EventHub } from "./events.ts";
import { callDirect } from "./gateway/callDirect.ts";
import { callRoute, type Gateway } from "./gateway/callRoute.ts";
import { explain } from "./gateway/explain.ts";
import { createGuards } from "./gateway/guards.ts";
import { createIdempotencyStore } from "./gateway/idempotency.ts";
import type { Outcome } from "./gateway/outcome.ts";
import { createRequestIds } from "./gateway/requestIds.ts";
import { createRouteCounters } from "./gateway/routeCounters.ts";
import { syncMembers } from "./gateway/syncMembers.ts";
import { createHooks } from "./hooks/createHooks.ts";
import type { AnyPlugin, CallOptions, Host, HostOptions } from "./hostTypes.ts";
import { createLifecycle, type Lifecycle } from "./lifecycle/createLifecycle.ts";
import { type ConfigSource, readConfigSource } from "./lifecycle/desired.ts";
import { createLeakWatch } from "./lifecycle/leaks.ts";
import { countTrial } from "./lifecycle/rollBack.ts";
import type { Status } from "./lifecycle/status.ts";
import type { World } from "./lifecycle/world.ts";
import { logEvents, quiet } from "./logEvents.ts";
import type { Log, PluginDefinition } from "./plugins/definePlugin.ts";
import { foundFromObject } from "./plugins/foundPlugin.ts";
import type { Loader } from "./plugins/loader/createLoader.ts";
import { createSettingsChecker } from "./plugins/settings.ts";
import { createTable, type Table, type TableInstance } from "./table.ts";

/** What the package itself passes in, besides the application's options. */
export interface HostParts {
  /** What `import "hookline"` gives inside a plugin. */
  hostModules: Record<string, object>;
  clock?: Clock;
}

/**
 * Opens a host: reads the configuration, loads the plugins, watches the files. Throws `config_invalid` with every problem of the
 * configuration; a plugin that cannot be loaded stops nothing, it stands in the status.
 */
export async function openHost<const Contracts extends readonly Contract[] = readonly []>(
  options: HostOptions<Contracts>,
  { hostModules, clock = systemClock }: HostParts,
): Promise<Host<Contracts>> {
  const { plugins = [], watch = true } = options;
  const log = options.logger === false ? quiet : (options.logger ?? (await import("./logger.ts")).createLogger());
  const source = sourceOf(options);
  const objects = byId(plugins);
  const specs = specsOf([communication, ...(options.contracts ?? [])]);
  const events = createEventHub((error) => log.error("a listener of a host event threw", { error: String(error) }));
  if (options.logEvents !== false) logEvents(events, log);
  const config = await readConfigSource(source);
  const world = createWorld({
    config,
    objects,
    contracts: [communication, ...(options.contracts ?? [])],
    events,
    log,
    clock,
    hostModules,
    specs,
  });
  const lifecycle = createLifecycle(world, source, { watch, clock });
  try {
    await lifecycle.start();
  } catch (error) {
    await lifecycle.close();
    throw error;
  }
  return hostOf(world, lifecycle, specs) as Host<Contracts>;
}

function hostOf(world: World, lifecycle: Lifecycle, specs: ReadonlyMap<string, HookSpec>): unknown {
  const { pointer, events, clock, log } = world;
  const guards = createGuards(clock);
  const gateway: Gateway = {
    pointer,
    clock,
    guards,
    random: Math.random,
    idempotency: createIdempotencyStore(clock),
    counters: createRouteCounters(),
    newId: createRequestIds(),
    refs: createRefs(),
    seen: (instance, error) => countAttempt(world, instance, error),
    failedOver: (event) => events.emit("failed_over", event),
    onError: (error) => log.error("after_call failed; the outcome stands", { error: String(error) }),
  };

  async function call(hook: string, request: unknown, options: CallOptions = {}): Promise<unknown> {
    if (world.closing) throw new HooklineError("host_closed");
    const spec = specs.get(hook) ?? unknownHook(hook, specs);
    if (spec.mode !== "route") return callDirect(pointer.current, { hook, spec, request, ...options });
    const given = options.signal && typeof request === "object" ? { ...request, signal: options.signal } : request;
    return await callRoute(gateway, hook, spec, given);
  }

  const hooks = Object.fromEntries(
    [...specs.keys()].map((name) => [name, (request: unknown, options?: CallOptions) => call(name, request, options)]),
  );
  return {
    call,
    hooks,
    sendMessage: (channel: string, to: unknown, content: unknown, metadata?: unknown) =>
      call("send_message", { channel, to, content, ...(metadata !== undefined && { metadata }) }),
    explain: (hook: string, request: unknown) => {
      const spec = specs.get(hook) ?? unknownHook(hook, specs);
      if (spec.mode !== "route")
        throw new HooklineError("invalid_request", {
          hook,
          reason: `${hook} is not routed: every plugin that implements it is called`,
        });
      return explain({ table: pointer.current, guards, refs: gateway.refs }, hook, spec, request);
    },
    syncMembers: async (group: string | { channel: string; group: string }, wanted: readonly RecipientInput[]) =>
      syncMembers((hook, request) => call(hook, request) as Promise<Outcome>, whereIs(group, pointer.current), wanted),
    on: events.on,
    once: events.once,
    reload: lifecycle.reload,
    rollback: lifecycle.rollback,
    configure: lifecycle.configure,
    checkHealth: lifecycle.checkHealth,
    status: () => withGateway(lifecycle.status(), gateway),
    instance: (id: string) => {
      const { instances } = withGateway(lifecycle.status(), gateway);
      return instances[id] ?? unknownInstance(id, Object.keys(instances));
    },
    close: lifecycle.close,
    [Symbol.asyncDispose]: lifecycle.close,
  };
}

/** The channel of a group is that of the instance which its ref names. */
function whereIs(group: string | { channel: string; group: string }, table: Table): { channel: string; group: string } {
  if (typeof group !== "string") return group;
  const [owner = ""] = group.includes(":") ? group.split(":") : [];
  const instance = table.instances.get(owner);
  if (instance) return { channel: instance.channel, group };
  throw new HooklineError("invalid_request", {
    reason: `"${group}" does not say whose group it is: give its ref (instance:id), or { channel, group }`,
  });
}

function withGateway(status: Status, { pointer, guards, counters }: Gateway): Status {
  const { instances } = pointer.current;
  status.routes = counters.counts();
  for (const [id, shown] of Object.entries(status.instances)) {
    const instance = instances.get(id);
    shown.circuit = (instance && guards.circuit(instance)) ?? { state: "closed", retry_in_ms: 0 };
  }
  return status;
}

function countAttempt(world: World, { id, generation }: TableInstance, error: HooklineError | undefined): void {
  const record = world.records.get(id);
  if (!record) return;
  record.calls += 1;
  if (error) {
    record.errors += 1;
    record.lastError = error;
  }
  if (generation) countTrial(world, record, generation.number, error);
}

function createWorld(
  parts: Pick<World, "config" | "objects" | "contracts" | "log" | "clock"> & {
    events: EventHub;
    hostModules: Record<string, object>;
    specs: ReadonlyMap<string, HookSpec>;
  },
): World {
  const { specs, hostModules, log, events, clock } = parts;
  const hooks = createHooks(Object.fromEntries(specs), {
    clock,
    onError: (error) => log.error("a hook call left an error behind", { error: String(error) }),
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
    logFor: (instance) => named(log, instance),
    loader() {
      // jiti and the compilers are loaded with the first plugin that is a file.
      const { accelerator } = world.config.settings;
      if (loader?.accelerator === accelerator) return loader.opening;
      const opening = openLoader(hostModules, accelerator);
      loader = { accelerator, opening };
      void opening.then(({ transformer: name }) => (transformer = name));
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

function sourceOf({
  config,
  plugins = [],
  cwd = process.cwd(),
  environment = process.env,
}: HostOptions<readonly Contract[]>): ConfigSource {
  const surroundings = { cwd, home: homedir(), environment };
  if (typeof config === "string") return { file: resolve(cwd, config), ...surroundings };
  const all = { enabled_plugins: plugins.flatMap(({ manifest }) => (manifest ? [{ plugin_id: manifest.plugin_id }] : [])) };
  return { object: config ?? all, ...surroundings };
}

function byId(plugins: readonly AnyPlugin[]): ReadonlyMap<string, PluginDefinition> {
  // Of what an application gives, the settings' type is the plugin's own affair.
  return new Map(plugins.map((plugin) => [foundFromObject(plugin).plugin_id, plugin as PluginDefinition]));
}

function specsOf(contracts: readonly Contract[]): ReadonlyMap<string, HookSpec> {
  const specs = new Map<string, HookSpec>();
  for (const { id, hooks } of contracts) {
    for (const [name, spec] of Object.entries(hooks)) {
      if (specs.has(name))
        throw new HooklineError("contract_invalid", {
          reason: `The contract "${id}" declares the hook "${name}", which another contract of this host has; rename it`,
        });
      specs.set(name, spec);
    }
  }
  return specs;
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

function unknownHook(hook_name: string, specs: ReadonlyMap<string, HookSpec>): never {
  const known = [...specs.keys()];
  const near = nearest(hook_name, known);
  throw new HooklineError("hook_unknown", { hook_name, known, hint: near ? ` Did you mean "${near}"?` : "" });
}

function unknownInstance(id: string, known: string[]): never {
  throw new HooklineError("instance_unknown", { id, known });
}
