#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { HooklineError } from "../errors.ts";
import { createHost, type Host, type HostOptions } from "../index.ts";
import { check } from "./check.ts";
import { exitCodes } from "./exitCodes.ts";
import { explain } from "./explain.ts";
import { createPrinter } from "./printer.ts";
import { call, plugins, start } from "./run.ts";

const program = new Command("hookline")
  .description("Hooks for communication platforms: plugins answer, the configuration decides which.")
  .version(version())
  .option("-c, --config <file>", "the configuration", defaultConfig())
  .option("--json", "print JSON, one value a line")
  .showHelpAfterError("(hookline --help lists the commands)")
  .addHelpText("after", `\nExit codes: ${exitCodes.map(({ code, means }) => `${code} ${means}`).join(", ")}.`)
  .exitOverride();

program
  .command("start")
  .description("run the host: load the plugins, watch the files, print what changes, until Ctrl-C")
  .action(() =>
    run((printer, config) => withHost({ config, logger: printer.log, logEvents: false }, (host) => start(host, printer))),
  );
program
  .command("send <channel> <recipient> <text>")
  .description("send one message, print its outcome")
  .action((channel: string, to: string, text: string) =>
    run((printer, config) => once(config, (host) => call(host, printer, "send_message", { channel, to, content: { text } }))),
  );
program
  .command("call <hook> <request>")
  .description('call any hook with a request in JSON, like: hookline call list_groups \'{"channel":"local"}\'')
  .option("-i, --instance <id>", "which instance, for hooks that are asked of one")
  .action((hook: string, request: string, { instance }: { instance?: string }) =>
    run((printer, config) => once(config, (host) => call(host, printer, hook, parsed(request), instance))),
  );
program
  .command("explain <hook> <request>")
  .description("print which rule and which instances would answer a request, and why the others would not; asks nobody")
  .action((hook: string, request: string) =>
    run((printer, config) => once(config, (host) => explain(host, printer, hook, parsed(request)))),
  );
program
  .command("plugins")
  .description("load the plugins and print the instances with their state")
  .option("-m, --match <pattern>", "only instances whose type id fits, like 'gts.hookline.plugins.sms.*'")
  .action(({ match }: { match?: string }) => run((printer, config) => once(config, (host) => plugins(host, printer, match))));
program
  .command("check")
  .description("check configuration, manifests and settings without running any plugin; exit code 2 when something is wrong")
  .action(() => run((printer, config) => check(config, printer)));

async function run(command: (printer: ReturnType<typeof createPrinter>, config: string) => Promise<number>): Promise<void> {
  const { config, json = false } = program.opts<{ config: string; json?: boolean }>();
  const printer = createPrinter({ json, stdout: process.stdout, stderr: process.stderr });
  try {
    process.exitCode = await command(printer, config);
  } catch (error) {
    printer.failure(error);
    process.exitCode = 2;
  }
}

/** A host for one command: it watches nothing. */
function once(config: string, use: (host: Host) => Promise<number>): Promise<number> {
  return withHost({ config, watch: false }, use);
}

async function withHost(options: HostOptions, use: (host: Host) => Promise<number>): Promise<number> {
  const host = await createHost({ logger: false, ...options });
  try {
    return await use(host);
  } finally {
    await host.close();
  }
}

function parsed(request: string): unknown {
  try {
    return JSON.parse(request);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new HooklineError(
      "invalid_request",
      { reason: `The request is not JSON (${said}); write it like '{"channel":"local","to":"anna","content":"hello"}'` },
      { cause },
    );
  }
}

function defaultConfig(): string {
  return process.env.HOOKLINE_CONFIG ?? (existsSync("hookline.yml") ? "hookline.yml" : "config/hookline.yml");
}

function version(): string {
  // Beside the sources the manifest is one folder up, beside the build two.
  for (const place of ["../package.json", "../../package.json"]) {
    try {
      const { name, version }: { name?: string; version?: string } = JSON.parse(
        readFileSync(new URL(place, import.meta.url), "utf8"),
      );
      if (name === "hookline" && version) return version;
    } catch {
      // Not there: the next place has it.
    }
  }
  return "unknown";
}

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
