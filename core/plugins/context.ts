import { type Clock, systemClock, withDeadline } from "../clock.ts";
import type { InboundEvent } from "../contract/communication.ts";
import { HooklineError } from "../errors.ts";
import type { Closable, Context, Log } from "./definePlugin.ts";
import type { Http } from "./http.ts";
import type { InstanceMemory } from "./instanceMemory.ts";
import type { Redact } from "./redact.ts";

/** The context of one generation, and what the lifecycle does with it. */
export interface ContextHandle {
  readonly context: Context;
  /** What `onSnapshot` gives now; undefined when the plugin takes none. */
  snapshot(): unknown;
  /** Offers new settings to `onConfigChange`; false when the plugin has none, refuses, or throws. */
  offerSettings(settings: Readonly<Record<string, unknown>>): Promise<boolean>;
  /** Aborts the generation's signal. */
  abort(reason: Error): void;
  /** Undoes everything, last made first undone; returns what went wrong. Idempotent. */
  dispose(): Promise<unknown[]>;
}

/** What a context is made from. */
export interface ContextParts {
  id: string;
  settings: Readonly<Record<string, unknown>>;
  log: Log;
  /** Blanks the secrets of the settings. */
  redact?: Redact;
  memory: InstanceMemory;
  emit(event: InboundEvent): void;
  /** How long one undo may take, in milliseconds. */
  undoTimeout?: number;
  clock?: Clock;
}

/** Makes the context of a generation: everything a plugin makes through it is undone by `dispose`. */
export function createContext({
  id,
  settings,
  log,
  redact = (text) => text,
  memory,
  emit,
  undoTimeout = 5_000,
  clock = systemClock,
}: ContextParts): ContextHandle {
  const controller = new AbortController();
  const undos: (() => unknown)[] = [];
  let disposed: Promise<unknown[]> | undefined;
  let takeSnapshot: (() => unknown) | undefined;
  let takeSettings: ((settings: Readonly<Record<string, unknown>>) => boolean | void | Promise<boolean | void>) | undefined;

  const alive = (method: string): void => {
    if (disposed === undefined) return;
    throw new HooklineError("context_disposed", {
      instance: id,
      reason: `context.${method} was used after this generation had ended; stop what still runs in onDispose() or on context.signal`,
    });
  };
  /** Keeps `undo` until it is called, here or at the end. */
  const undoable = (undo: () => unknown): (() => void) => {
    undos.push(undo);
    return () => {
      const place = undos.indexOf(undo);
      if (place < 0) return;
      undos.splice(place, 1);
      undo();
    };
  };

  const context: Context = {
    id,
    config: settings,
    log,
    signal: controller.signal,
    state: memory.state,
    http: lazyHttp({ instance: id, signal: controller.signal, redact }, alive, (close) => undos.unshift(close)),
    onDispose(undo) {
      alive("onDispose");
      undos.push(undo);
    },
    onSnapshot(take) {
      alive("onSnapshot");
      takeSnapshot = take;
    },
    onConfigChange(take) {
      alive("onConfigChange");
      takeSettings = take;
    },
    async keep(key, fingerprint, create, destroy) {
      alive("keep");
      const { value, release } = await memory.keep(key, fingerprint, create, destroy);
      if (disposed) await release();
      else undos.push(release);
      return value;
    },
    exclusive(name, start) {
      alive("exclusive");
      const holding = memory.hold(name, start);
      undos.push(holding.release);
      holding.started.catch((error: unknown) => {
        const isOver = HooklineError.is(error) && error.code === "cancelled";
        if (!isOver) log.error(`what exclusive("${name}") was to start did not start`, { error: String(error) });
      });
      return holding.started;
    },
    emit(event) {
      alive("emit");
      emit(event);
    },
    setTimeout(run, ms) {
      alive("setTimeout");
      const clear = undoable(() => clearTimeout(timer));
      const timer = setTimeout(() => {
        clear();
        run();
      }, ms);
      return clear;
    },
    setInterval(run, ms) {
      alive("setInterval");
      const timer = setInterval(run, ms);
      return undoable(() => clearInterval(timer));
    },
    listen(emitter, event, listener) {
      alive("listen");
      // What an event brings is known to who listens, not to us.
      const hears = listener as (...values: unknown[]) => void;
      emitter.on(event, hears);
      return undoable(() => emitter.off(event, hears));
    },
    own(resource) {
      alive("own");
      undos.push(() => closed(resource));
      return resource;
    },
  };

  return {
    context,
    snapshot: () => takeSnapshot?.(),
    async offerSettings(next) {
      if (!takeSettings) return false;
      try {
        return (await takeSettings(next)) !== false;
      } catch (error) {
        log.warn("onConfigChange threw; the plugin is set up anew instead", { error: String(error) });
        return false;
      }
    },
    abort: (reason) => controller.abort(reason),
    dispose() {
      disposed ??= undoAll(undos, undoTimeout, id, clock).finally(() => {
        if (!controller.signal.aborted)
          controller.abort(new HooklineError("cancelled", { instance: id, reason: "this generation has ended" }));
      });
      return disposed;
    },
  };
}

/** undici costs a fifth of our import time, so it is loaded with the first request. */
function lazyHttp(
  parts: { instance: string; signal: AbortSignal; redact: Redact },
  alive: (method: string) => void,
  onOpen: (close: () => Promise<void>) => void,
): Http {
  let opening: Promise<Http> | undefined;
  let opened: Http | undefined;
  const open = () => {
    opening ??= import("./http.ts").then(({ createHttp }) => {
      const http = createHttp(parts);
      onOpen(() => http.close());
      opened = http;
      return http;
    });
    return opening;
  };
  const method =
    <Name extends Exclude<keyof Http, "fetch">>(name: Name) =>
    async (...[url, request]: Parameters<Http[Name]>) => {
      alive("http");
      return await (opened ?? (await open()))[name](url, request);
    };
  return {
    request: method("request"),
    get: method("get"),
    post: method("post"),
    put: method("put"),
    patch: method("patch"),
    delete: method("delete"),
    fetch: async (input, init) => {
      alive("http");
      return await (opened ?? (await open())).fetch(input, init);
    },
  };
}

async function undoAll(undos: (() => unknown)[], timeout: number, id: string, clock: Clock): Promise<unknown[]> {
  const errors: unknown[] = [];
  for (let undo = undos.pop(); undo; undo = undos.pop()) {
    try {
      await withDeadline(
        clock,
        timeout,
        undo(),
        () => new HooklineError("timeout", { instance: id, reason: `an undo took more than ${timeout} ms` }),
      );
    } catch (error) {
      errors.push(error);
    }
  }
  return errors;
}

function closed(resource: Closable): unknown {
  if ("close" in resource) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const answer = resource.close(() => resolve());
    // An HTTP server waits for its idle connections; nobody will use them again.
    if ("closeIdleConnections" in resource && typeof resource.closeIdleConnections === "function")
      resource.closeIdleConnections();
    return answer instanceof Promise ? answer : resource.close.length > 0 ? promise : undefined;
  }
  return "destroy" in resource ? resource.destroy() : resource[Symbol.asyncDispose]();
}
