import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { createHost, type Host, type HostOptions, type Outcome } from "../../core/index.ts";

/** A folder with a configuration and plugins, gone when the test has finished. */
export interface Workspace {
  folder: string;
  config: string;
  path(...parts: string[]): string;
  /** Writes a file, with its folders. */
  write(file: string, text: string): Promise<void>;
  /** Writes a plugin of one file in a folder: `code` is what its `setup` returns, or a whole module. */
  plugin(id: string, code: string, manifest?: string): Promise<void>;
  configure(...instances: string[]): Promise<void>;
  /** Opens a host on the configuration; it is closed when the test has finished. */
  open(options?: HostOptions): Promise<Host>;
}

/** Makes an empty workspace. */
export async function createWorkspace(): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), "hookline-test-"));
  const path = (...parts: string[]) => join(folder, ...parts);
  const write = async (file: string, text: string) => {
    await mkdir(dirname(path(file)), { recursive: true });
    await writeFile(path(file), text);
  };
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return {
    folder,
    config: path("hookline.yml"),
    path,
    write,
    async plugin(id, code, manifest = "") {
      await write(`plugins/${id}/manifest.yml`, `plugin_id: ${id}\nchannel_type: chat\nentry_point: index.ts\n${manifest}`);
      await write(`plugins/${id}/index.ts`, moduleOf(code));
    },
    configure: (...instances) => write("hookline.yml", configOf(instances)),
    async open(options = {}) {
      const host = await createHost({ config: path("hookline.yml"), logger: false, environment: {}, ...options });
      onTestFinished(() => host.close());
      return host;
    },
  };
}

/** A module whose setup returns `hooks`; a text that has an import is taken as it is. */
export function moduleOf(hooks: string): string {
  if (/^import /m.test(hooks)) return hooks;
  return `import { definePlugin, HooklineError } from "hookline";\nexport default definePlugin({ setup: (context: any, previous: any) => (${hooks}) });\n`;
}

/** A module that answers every message with this id. */
export function answering(message_id: string): string {
  return moduleOf(`{ send_message: () => ({ message_id: "${message_id}" }) }`);
}

/** A configuration with these entries of `enabled_plugins`, in YAML flow style. */
export function configOf(instances: readonly string[], more = ""): string {
  return `plugin_paths: [./plugins]\nenabled_plugins:\n${instances.map((instance) => `  - ${instance}\n`).join("")}${more}`;
}

/** Sends one message on the channel `chat`. */
export function send(host: Host): Promise<Outcome<{ message_id: string }>> {
  return host.call("send_message", { channel: "chat", to: "anna", content: "hello" });
}

/** Sends one message and says who answered what. */
export async function answer(host: Host): Promise<string | undefined> {
  const { value, error } = await send(host);
  return value?.message_id ?? error?.code;
}
