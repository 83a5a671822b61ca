import { onTestFinished } from "vitest";
import type { Clock } from "../../core/clock.ts";
import { openHost } from "../../core/host.ts";
import {
  type AnyPlugin,
  type Context,
  definePlugin,
  type Host,
  type HostOptions,
  type Implementations,
} from "../../core/index.ts";

/** A plugin on the channel `chat`, given as an object. */
export function chat(
  plugin_id: string,
  setup: (context: Context, previous?: unknown) => Implementations | Promise<Implementations>,
  reload?: "restart",
): AnyPlugin {
  return definePlugin({ manifest: { plugin_id, channel_type: "chat" }, setup, ...(reload && { reload }) });
}

/** Opens a host on a clock of the test's; it is closed when the test has finished. */
export async function openOn(clock: Clock, options: HostOptions): Promise<Host> {
  const host = await openHost({ logger: false, ...options }, { hostModules: {}, clock });
  onTestFinished(() => host.close());
  return host;
}
