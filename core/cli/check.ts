import { homedir } from "node:os";
import { resolve } from "node:path";
import { channelWarnings } from "../config/channelWarnings.ts";
import type { Config } from "../config/readConfig.ts";
import { communication } from "../contract/communication.ts";
import { type ConfigSource, channelsOf, findDesired, notFound, readConfigSource } from "../lifecycle/desired.ts";
import { checkContractRange } from "../plugins/checkContractRange.ts";
import { createOptionsCompiler } from "../plugins/optionsCheck.ts";
import { createSettingsChecker } from "../plugins/settings.ts";
import type { Printer } from "./printer.ts";

/** `hookline check`: everything that can be checked without running a plugin. Returns the exit code. */
export async function check(config: string, printer: Printer): Promise<number> {
  const cwd = process.cwd();
  const source = { file: resolve(cwd, config), cwd, home: homedir(), environment: process.env, hooks: knownHooks };
  const { problems, warnings } = await lookThrough(source);
  for (const reason of warnings) printer.line(`warning: ${reason}`, { warning: reason }, "yellow");
  for (const problem of problems) printer.failure(problem);
  if (problems.length === 0) printer.line(`${config}: no problem found`, { ok: true, config }, "green");
  return problems.length === 0 ? 0 : 2;
}

const knownHooks = new Map(Object.entries(communication.hooks));

async function lookThrough(source: ConfigSource): Promise<{ problems: unknown[]; warnings: readonly string[] }> {
  const problems: unknown[] = [];
  const checkSettings = createSettingsChecker();
  const checkOptions = createOptionsCompiler();
  let config: Config;
  try {
    config = await readConfigSource(source);
  } catch (error) {
    return { problems: [error], warnings: [] };
  }
  const desired = await findDesired(config, new Map(), source);
  problems.push(...desired.problems.values());
  for (const instance of config.instances.filter(({ enabled }) => enabled)) {
    if (desired.problems.has(instance.plugin_id)) continue;
    const found = desired.found.get(instance.plugin_id);
    if (!found) {
      problems.push(notFound(instance.plugin_id, desired));
      continue;
    }
    try {
      // A single file's manifest is in its code, which is not run here.
      if (found.kind === "file") continue;
      checkContractRange(found.manifest, [communication]);
      await checkOptions(found.manifest);
      await checkSettings(found.manifest, { ...instance, file: config.file });
    } catch (error) {
      problems.push(error);
    }
  }
  const instances = config.instances.map(({ enabled, plugin_id, channel }) => ({
    enabled,
    channel: channel ?? (desired.found.get(plugin_id)?.channel_type || undefined),
  }));
  const channels = channelWarnings(config.routes, { plugins: channelsOf(desired), instances });
  return { problems, warnings: [...desired.warnings, ...channels] };
}
