import { styleText } from "node:util";
import { HooklineError } from "../errors.ts";
import type { InstanceStatus, Status } from "../lifecycle/status.ts";
import type { Log } from "../plugins/definePlugin.ts";

type Style = Parameters<typeof styleText>[0];

/** Where a command prints: lines for people, or one JSON value a line. */
export interface Printer {
  readonly json: boolean;
  /** What plugins write, from `info` up. */
  readonly log: Log;
  /** A line for people; with `--json` the data instead. */
  line(text: string, data: unknown, style?: Style): void;
  /** A table of instances. */
  instances(status: Status): void;
  /** What went wrong, on standard error. */
  failure(error: unknown): void;
}

/** Makes a printer. Colours only where a terminal shows them, and never with NO_COLOR. */
export function createPrinter({
  json,
  stdout,
  stderr,
}: {
  json: boolean;
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}): Printer {
  const styled = (style: Style, text: string, stream: NodeJS.WriteStream) =>
    styleText(style, text, { stream, validateStream: true });
  const logged = (level: string, style: Style) => (message: string, details?: Record<string, unknown>) => {
    const who = typeof details?.instance === "string" ? `${details.instance}: ` : "";
    stdout.write(
      `${json ? JSON.stringify({ event: "log", level, message, ...details }) : styled(style, who + message, stdout)}\n`,
    );
  };
  return {
    json,
    log: { debug: () => undefined, info: logged("info", "dim"), warn: logged("warn", "yellow"), error: logged("error", "red") },
    line(text, data, style) {
      stdout.write(`${json ? JSON.stringify(data) : style ? styled(style, text, stdout) : text}\n`);
    },
    instances(status) {
      if (json) {
        stdout.write(`${JSON.stringify(status)}\n`);
        return;
      }
      const rows = Object.entries(status.instances).map(([id, instance]) => rowOf(id, instance));
      for (const [index, line] of tabulated([["instance", "channel", "state", "gen", "version", "hooks"], ...rows]).entries()) {
        stdout.write(`${index === 0 ? styled("bold", line, stdout) : line}\n`);
      }
      for (const [id, { failure }] of Object.entries(status.instances)) {
        if (failure) stderr.write(`${styled("red", `${id}: ${withoutPrefix(failure.message, id)}`, stderr)}\n`);
      }
    },
    failure(error) {
      const data = HooklineError.is(error)
        ? error.toJSON()
        : { code: "internal", message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
      stderr.write(`${json ? JSON.stringify({ error: data }) : styled("red", data.message, stderr)}\n`);
    },
  };
}

function rowOf(id: string, { channel, state, generation, version, hooks, failure }: InstanceStatus): string[] {
  const shown = failure && state === "live" ? "live (newest refused)" : state;
  return [id, channel ?? "-", shown, generation === undefined ? "-" : String(generation), version ?? "-", String(hooks.length)];
}

function tabulated(rows: readonly string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function withoutPrefix(message: string, id: string): string {
  return message.startsWith(`${id}: `) ? message.slice(id.length + 2) : message;
}
