import { join } from "node:path";
import { createHost, type Host, type Log } from "hookline";

/** What the tests need of a host with this plugin. */
export interface TestHost extends AsyncDisposable {
  host: Host;
  /** All that was logged, as text. */
  log: string[];
  send(request: Omit<Parameters<Host["hooks"]["send_message"]>[0], "channel">): ReturnType<Host["hooks"]["send_message"]>;
  /** Gives the plugin other settings, as an edited configuration does. */
  configure(settings: Record<string, unknown>): Promise<void>;
}

/** Opens a host with this plugin, loaded from its folder as a stranger's is. */
export async function openHost(settings: Record<string, unknown>): Promise<TestHost> {
  const log: string[] = [];
  const note = (message: string, details?: unknown): void => {
    log.push(`${message} ${JSON.stringify(details)}`);
  };
  const logger: Log = { debug: note, info: note, warn: note, error: note };
  const host = await createHost({ config: configWith(settings), logger, watch: false });
  return {
    host,
    log,
    send: (request) => host.call("send_message", { channel: "email", ...request }),
    configure: (changed) => host.configure(configWith(changed)),
    [Symbol.asyncDispose]: () => host.close(),
  };
}

function configWith(settings: Record<string, unknown>) {
  const config = { host: "127.0.0.1", from: "Acme <mail@acme.test>", ...settings };
  return {
    plugin_paths: [join(import.meta.dirname, "..")],
    enabled_plugins: [{ plugin_id: "email_smtp", max_retries: 0, rate_limit_per_minute: 0, config }],
  };
}
