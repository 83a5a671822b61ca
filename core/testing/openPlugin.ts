import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Clock } from "../clock.ts";
import { openHost } from "../host.ts";
import * as hookline from "../index.ts";
import { type CheckedManifest, checkManifest, readManifest } from "../plugins/readManifest.ts";
import { manifestNames } from "../plugins/readPluginFolder.ts";
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
  const { plugin_id: id, channel_type: channel } = manifestOf(plugin).manifest;
  const { platform, isOwn } = await platformFor(options.platform);
  const logs: string[] = [];
  let host: hookline.Host | undefined;
  const close = async () => {
    await host?.close();
    if (isOwn) await platform?.close();
  };
  try {
    host = await hostFor(plugin, id, { ...options, url: platform?.url ?? "", logs });
    const { state, failure } = host.instance(id);
    if (state !== "live") throw startError(failure, `${id} is ${state}`);
  } catch (error) {
    await close();
    throw error;
  }
  const opened = host;
  // A test names hooks as texts; what they need is checked by the host.
  const call = opened.call as (hook: string, request: object, options?: object) => Promise<never>;
  return {
    host: opened,
    id,
    channel,
    logs,
    get platform() {
      if (platform) return platform;
      throw new TypeError("openPlugin() got no platform, so there is none to look at");
    },
    call: (hook, request = {}) => call(hook, { channel, ...request }),
    webhook: (request) => opened.handleWebhook(id, request),
    ask: (hook, request = {}) => call(hook, request, { instance: id }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Why a plugin did not start, in the words of the status: not every code makes its sentence of a reason. */
function startError(failure: hookline.ErrorData | undefined, otherwise: string): hookline.HooklineError {
  const error = new hookline.HooklineError(failure?.code ?? "setup_failed", { reason: failure?.message ?? otherwise });
  if (failure) error.message = failure.message;
  return error;
}

/** A double is started here, and closed with the plugin; a platform that runs is its owner's. */
async function platformFor(given: OpenOptions["platform"]): Promise<{ platform?: Platform; isOwn: boolean }> {
  if (given === undefined) return { isOwn: false };
  if ("requests" in given) return { platform: given, isOwn: false };
  return { platform: await startPlatform(given), isOwn: true };
}

function hostFor(
  plugin: PluginSource,
  plugin_id: string,
  { config = {}, clock, url, logs }: OpenOptions & { url: string; logs: string[] },
): Promise<hookline.Host> {
  const folder = folderOf(plugin);
  const write = (level: string) => (message: string, details?: object) =>
    void logs.push(JSON.stringify({ level, message, ...details }));
  const logger = { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
  const enabled_plugins = [{ plugin_id, config: typeof config === "function" ? config(url) : config }];
  // Whatever a plugin does is what it does at the first try.
  const defaults = { max_retries: 0 };
  const source = folder === undefined ? { plugins: [plugin as hookline.AnyPlugin] } : {};
  return openHost(
    {
      config: { enabled_plugins, defaults, ...(folder !== undefined && { plugin_paths: [folder] }) },
      watch: false,
      logger,
      ...source,
    },
    { hostModules: { hookline }, ...(clock && { clock }) },
  );
}

/** The folder of a plugin; undefined for one that is an object. */
export function folderOf(plugin: PluginSource): string | undefined {
  if (typeof plugin === "string") return plugin;
  return plugin instanceof URL ? fileURLToPath(plugin) : undefined;
}

/** The manifest of a plugin. Throws `manifest_invalid`. */
export function manifestOf(plugin: PluginSource): CheckedManifest {
  const folder = folderOf(plugin);
  if (folder === undefined) return manifestInCode(plugin as hookline.AnyPlugin);
  const files = manifestNames.map((name) => join(folder, name));
  const file = files.find((path) => existsSync(path));
  if (file === undefined)
    throw new hookline.HooklineError("manifest_invalid", {
      reason: `${folder} has no ${manifestNames.join(", ")}: name the folder of the plugin, or pass what definePlugin() made`,
    });
  return readManifest(readFileSync(file, "utf8"), file);
}

function manifestInCode({ manifest }: hookline.AnyPlugin): CheckedManifest {
  if (manifest !== undefined) return checkManifest(manifest, { file: "definePlugin()" });
  throw new hookline.HooklineError("manifest_invalid", {
    reason:
      "this definePlugin() has no manifest: pass the folder of the plugin, where its manifest.yml lies, or write the manifest into it",
  });
}
