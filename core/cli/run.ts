import { createTypeMatcher } from "../contract/typeIds/matchTypeId.ts";
import type { HostEvents } from "../events.ts";
import type { Host } from "../hostTypes.ts";
import type { Printer } from "./printer.ts";

/** `hookline start`: runs until a signal, prints the instances, then a line per change. */
export async function start(host: Host, printer: Printer): Promise<number> {
  const status = host.status();
  printer.instances(status);
  const { config_file, watching, warnings } = status;
  if (!printer.json) for (const warning of warnings) printer.line(`warning: ${warning}`, {}, "yellow");
  const places = watching.map(({ path, mode }) => (mode === "polling" ? `${path} (polling)` : path));
  if (!printer.json)
    printer.line(
      places.length > 0 ? `watching ${places.join(", ")}` : `watching nothing: settings.auto_reload is off in ${config_file}`,
      {},
      "dim",
    );
  for (const [name, lineOf] of Object.entries(lines)) printEvents(host, name as keyof HostEvents, lineOf as LineOf, printer);
  await stopSignal();
  printer.line("stopping: calls in flight may end", { event: "stopping" }, "dim");
  return 0;
}

type LineOf = (event: HostEvents[keyof HostEvents]) => string;

function printEvents(host: Host, name: keyof HostEvents, lineOf: LineOf, printer: Printer): void {
  const isBad = badNews.has(name);
  host.on(name, (event) => {
    const at = new Date().toISOString();
    printer.line(`${at.slice(11, 23)}  ${lineOf(event)}`, { event: name, at, ...event }, isBad ? "red" : "green");
  });
}

const badNews: ReadonlySet<string> = new Set(["reload_failed", "config_failed", "rolled_back", "removed", "warning"]);

const lines = {
  loaded: ({ instance, generation, ms }) => `${instance}: live, generation ${generation} (${ms.toFixed(1)} ms)`,
  reloaded: ({ instance, generation, ms, in_place }) =>
    `${instance}: ${in_place ? "new settings taken in place" : `reloaded, generation ${generation}`} (${ms.toFixed(1)} ms)`,
  reload_failed: ({ error, still_live }) => `${error.message}${still_live ? " (the version before still answers)" : ""}`,
  mended: ({ instance }) => `${instance ?? "configuration"}: mended, as it was when it was last live`,
  rolled_back: ({ instance, reason, generation }) => `${instance}: rolled back to generation ${generation}: ${reason}`,
  removed: ({ instance, reason }) => `${instance}: stopped: ${reason}`,
  draining: ({ instance, hooks }) => `${instance}: an old generation still runs ${hooks.join(", ")}`,
  config_changed: ({ added, removed, changed }) =>
    `configuration: ${[named("added", added), named("removed", removed), named("changed", changed)].flat().join(", ") || "taken"}`,
  config_failed: ({ error }) => `${error.message} (the last good configuration stays)`,
  failed_over: ({ hook, from, to, code }) => `${hook} failed over from ${from} to ${to} (${code})`,
  warning: ({ message }) => message,
} satisfies { [Name in keyof HostEvents]?: (event: HostEvents[Name]) => string };

function named(what: string, ids: string[]): string[] {
  return ids.length > 0 ? [`${what} ${ids.join(" ")}`] : [];
}

function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  return promise;
}

/** `hookline call` and `hookline send`: one call, its result printed. */
export async function call(host: Host, printer: Printer, hook: string, request: unknown, instance?: string): Promise<number> {
  // What a person types is checked by the call itself.
  const result: unknown = await (host.call as (hook: string, request: unknown, options: object) => Promise<unknown>)(
    hook,
    request,
    instance === undefined ? {} : { instance },
  );
  printer.line(JSON.stringify(result, undefined, 2) ?? "done", result ?? null);
  return exitCodeOf(result);
}

/** An outcome, or the answer of an instance to validate_config or health_check. */
function exitCodeOf(result: unknown): number {
  if (typeof result !== "object" || result === null) return 0;
  if ("status" in result) return result.status === "failed" ? 1 : result.status === "partial" ? 3 : 0;
  const isBad = ("ok" in result && result.ok === false) || ("healthy" in result && result.healthy === false);
  return isBad ? 1 : 0;
}

/** `hookline plugins`: loads everything once and prints it. */
export async function plugins(host: Host, printer: Printer, match?: string): Promise<number> {
  const status = host.status();
  if (match !== undefined) {
    const matches = createTypeMatcher(match);
    status.instances = Object.fromEntries(Object.entries(status.instances).filter(([, { type_id }]) => matches(type_id)));
  }
  printer.instances(status);
  if (!printer.json) for (const warning of status.warnings) printer.line(`warning: ${warning}`, {}, "yellow");
  return Object.values(status.instances).every(({ state }) => state === "live" || state === "disabled") ? 0 : 1;
}
