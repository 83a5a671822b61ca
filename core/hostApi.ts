import type { RecipientInput } from "./contract/communication.ts";
import type { HookSpec } from "./contract/defineContract.ts";
import { createRefs } from "./contract/refs.ts";
import { HooklineError, nearest } from "./errors.ts";
import { callDirect } from "./gateway/callDirect.ts";
import { callRoute, type Gateway } from "./gateway/callRoute.ts";
import { explain } from "./gateway/explain.ts";
import { createGuards } from "./gateway/guards.ts";
import { handleWebhook, type WebhookDesk, type WebhookRequest } from "./gateway/handleWebhook.ts";
import { createIdempotencyStore } from "./gateway/idempotency.ts";
import type { Outcome } from "./gateway/outcome.ts";
import { createRequestIds } from "./gateway/requestIds.ts";
import { createRouteCounters } from "./gateway/routeCounters.ts";
import { createSeenEvents } from "./gateway/seenEvents.ts";
import { syncMembers } from "./gateway/syncMembers.ts";
import type { CallOptions } from "./hostTypes.ts";
import type { Lifecycle } from "./lifecycle/createLifecycle.ts";
import { countTrial } from "./lifecycle/rollBack.ts";
import type { Status } from "./lifecycle/status.ts";
import type { World } from "./lifecycle/world.ts";
import type { Table, TableInstance } from "./table.ts";

/** What an application holds, over a world that runs. */
export function hostOf(world: World, lifecycle: Lifecycle, specs: ReadonlyMap<string, HookSpec>): unknown {
  const { pointer, events, clock, log } = world;
  const guards = createGuards(clock, (instance, reason, ms) => {
    const message = `${instance}: its circuit opened after ${reason}; it is left out for ${Math.round(ms / 1_000)} s, then one call probes it`;
    events.emit("warning", { instance, message });
  });
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

  const desk: WebhookDesk = {
    pointer,
    clock,
    seen: createSeenEvents(clock),
    instances: () => [...world.records.keys()],
    problemOf: (id) => world.records.get(id)?.failure?.message ?? `its state is ${world.records.get(id)?.state}`,
    passOn: world.inbound,
    onError: (error) => log.error(`a webhook was not handled: ${error.message}`, { instance: error.instance, code: error.code }),
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
    handleWebhook: async (id: string, request: WebhookRequest) => {
      if (world.closing) throw new HooklineError("host_closed");
      return handleWebhook(desk, id, request);
    },
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

function unknownHook(hook_name: string, specs: ReadonlyMap<string, HookSpec>): never {
  const known = [...specs.keys()];
  const near = nearest(hook_name, known);
  throw new HooklineError("hook_unknown", { hook_name, known, hint: near ? ` Did you mean "${near}"?` : "" });
}

function unknownInstance(id: string, known: string[]): never {
  throw new HooklineError("instance_unknown", { id, known });
}
