import { peer } from "../peers.ts";
import type { Implementation, Request } from "./engineCases.ts";

/** The other hook engines, with these implementations registered: what makes one call of each. */
export async function enginePeers() {
  const hookable = await peer<Hookable>("hookable");
  const tapable = await peer<Tapable>("tapable");
  const wordpress = await peer<Wordpress>("@wordpress/hooks");

  return (fns: readonly Implementation[], request: Request, isAsync: boolean): Record<string, () => unknown> => {
    const hookableHooks = hookable.createHooks();
    const { SyncHook, AsyncSeriesHook } = tapable.default;
    const tapableHook = isAsync ? new AsyncSeriesHook(["request"]) : new SyncHook(["request"]);
    const wordpressHooks = wordpress.createHooks();
    for (const [index, f] of fns.entries()) {
      hookableHooks.hook("count", f);
      if (isAsync) tapableHook.tapPromise(`plugin${index}`, f);
      else tapableHook.tap(`plugin${index}`, f);
      wordpressHooks.addAction("count", `plugin${index}`, f);
    }
    return {
      hookable: () => hookableHooks.callHook("count", request),
      tapable: () => (isAsync ? tapableHook.promise(request) : tapableHook.call(request)),
      "@wordpress/hooks": () =>
        isAsync ? wordpressHooks.doActionAsync("count", request) : wordpressHooks.doAction("count", request),
    };
  };
}

interface Hookable {
  createHooks(): { hook(name: string, f: Implementation): void; callHook(name: string, request: Request): unknown };
}

interface Tapable {
  default: Record<"SyncHook" | "AsyncSeriesHook", new (names: string[]) => TapableHook>;
}

interface TapableHook {
  tap(name: string, f: Implementation): void;
  tapPromise(name: string, f: Implementation): void;
  call(request: Request): unknown;
  promise(request: Request): Promise<unknown>;
}

interface Wordpress {
  createHooks(): {
    addAction(hook: string, namespace: string, f: Implementation): void;
    doAction(hook: string, request: Request): unknown;
    doActionAsync(hook: string, request: Request): Promise<unknown>;
  };
}
