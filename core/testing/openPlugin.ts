import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock.ts";
import { openHost } from "../host.ts";
import * as hookline from "../index.ts";
import { type CheckedManifest, checkManifest, readManifest } from "../plugins/readManifest.ts";
import { type Platform, type PlatformHandler, type RunningPlatform, startPlatform } from "./startPlatform.ts";

/** A plugin to test: its folder, or what `definePlugin` made. */
export type PluginSource = string | URL | hookline.AnyPlugin;

/** What `openPlugin` needs besides the folder. */
export interface OpenOptions {
  /** The settings, or what makes them of the platform's URL. */
  config?: Readonly<Record<string, unknown>> | ((url: string) => Readonly<Record<string, unknown>>);
  /** The double: started here and closed with the plugin, unless it is a `Platform` of yours. */
  platform?: PlatformHandler | RunningPlatform | Platform;
  /** For time-outs and intervals of the core. Default: real time. */
  clock?: Clock;
}

/** One plugin as a host has it: the only instance, no retries, everything it logs kept. */
export interface OpenPlugin extends AsyncDisposable {
  readonly host: hookline.Host;
  /** The id of the instance, which is the plugin's. */
  readonly id: string;
  readonly channel: string;
  /** The double. Throws when none was given. */
  readonly platform: Platform;
  /** What was logged, a line of JSON each. */
  readonly logs: string[];
  /** Calls a routed hook on the plugin's channel. */
  call(hook: string, request?: Record<string, unknown>): Promise<hookline.Outcome<Record<string, unknown>>>;
  /** Gives an inbound request to the plugin, as an application's server does. */
  webhook(request: hookline.WebhookRequest): Promise<hookline.WebhookAnswer>;
  /** Calls a hook of the instance itself: `validate_config`, `health_check`. */
  ask(hook: string, request?: Record<string, unknown>): Promise<Record<string, unknown>>;
  close(): Promise<void>;
}

/**
 * Opens a plugin in a host of its own, as an application would: manifest and settings checked, code loaded from its
 * file. Throws why it did not start. Close it, or declare it with `await using`.
 */
export async function openPlugin(plugin: PluginSource, options: OpenOptions = {}): Promise<OpenPlugin> {
  const folder = folderOf(plugin);
  const { plugin_id: id, channel_type: channel } = manifestOf(plugin).manifest;
  const own = options.platform !== undefined && !("requests" in options.platform);
  const platform = own ? await startPlatform(options.platform as PlatformHandler | RunningPlatform) : options.platform;
  const started = platform as Platform | undefined;
  const settings = typeof options.config === "function" ? options.config(started?.url ?? "") : options.config;
  const logs: string[] = [];
  const write = (level: string) => (message: string, details?: object) =>
    void logs.push(JSON.stringify({ level, message, ...details }));
  const config = {
    ...(folder !== undefined && { plugin_paths: [folder] }),
    enabled_plugins: [{ plugin_id: id, config: settings ?? {} }],
    defaults: { max_retries: 0 },
  };
  const logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const host = await openHost(
    { config, watch: false, logger, ...(folder === undefined && { plugins: [plugin as hookline.AnyPlugin] }) },
    { hostModules: { hookline }, ...(options.clock && { clock: options.clock }) },
  );
  const close = async () => {
    await host.close();
    if (own) await started?.close();
  };
  const { state, failure } = host.instance(id);
  if (state !== "live") {
    await close();
    throw new hookline.HooklineError(failure?.code ?? "setup_failed", { reason: failure?.message ?? `${id} is ${state}` });
  }
  // A test names hooks as texts; what they need is checked by the host.
  const call = host.call as (hook: string, request: object, options?: object) => Promise<never>;
  return {
    host,
    id,
    channel,
    logs,
    get platform() {
      if (started) return started;
      throw new TypeError("openPlugin() got no platform, so there is none to look at");
    },
    call: (hook, request = {}) => call(hook, { channel, ...request }),
    webhook: (request) => host.handleWebhook(id, request),
    ask: (hook, request = {}) => call(hook, request, { instance: id }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The folder of a plugin; undefined for one that is an object. */
export function folderOf(plugin: PluginSource): string | undefined {
  if (typeof plugin === "string") return plugin;
  return plugin instanceof URL ? fileURLToPath(plugin) : undefined;
}

/** The manifest of a plugin. Throws `manifest_invalid`. */
export function manifestOf(plugin: PluginSource): CheckedManifest {
  const folder = folderOf(plugin);
  if (folder === undefined) return checkManifest((plugin as hookline.AnyPlugin).manifest, { file: "definePlugin()" });
  const file = join(folder, "manifest.yml");
  return readManifest(readFileSync(file, "utf8"), file);
}
