/** The manifest of the plugins of these benches, all on the channel `chat`. */
export function manifestOf(plugin_id: string, channel = "chat"): string {
  return `plugin_id: ${plugin_id}\nchannel_type: ${channel}\nentry_point: index.ts\nversion: 1.0.0\n`;
}

/** A configuration that enables these plugins. */
export function configOf(
  plugins: readonly { plugin_id: string; settings?: Record<string, unknown> }[],
  settings: Record<string, unknown> = {},
): string {
  const entries = plugins.map(
    ({ plugin_id, settings = {} }) => `  - plugin_id: ${plugin_id}\n    config: ${JSON.stringify(settings)}\n`,
  );
  return `plugin_paths: [./plugins]\nenabled_plugins:\n${entries.join("")}settings: ${JSON.stringify(settings)}\n`;
}

/** A plugin in one file, about as long as a small real one, that answers every message with its version. */
export function pluginOfOneFile(version: number): string {
  return `import { definePlugin, HooklineError } from "hookline";\n\nconst version = ${version};\n${clientClass}\n${setup("version", "context.config.version ?? version")}`;
}

/** The same in many files: the entry imports all others, and answers with the version of \`part7.ts\`. */
export function entryOfManyFiles(parts: number): string {
  const imports = Array.from(
    { length: parts },
    (_, part) => `import { version as version${part} } from "./part${part}.ts";\n`,
  ).join("");
  const all = Array.from({ length: parts }, (_, part) => `version${part}`).join(", ");
  return `import { definePlugin, HooklineError } from "hookline";\n${imports}\nconst versions = [${all}];\n${clientClass}\n${setup("versions", "Math.max(...versions)")}`;
}

/** One of the other files of a plugin of many. */
export function partFile(version: number): string {
  return `export const version: number = ${version};\n${helpers}`;
}

const clientClass = `
interface Sent {
  readonly id: string;
  readonly at: number;
}

/** Sends to a platform that answers at once. */
class Client {
  private readonly sent: Sent[] = [];
  constructor(private readonly token: string, protected readonly limit: number = 100) {}

  async send(to: string, text: string): Promise<Sent> {
    if (text.length > 4096) throw new HooklineError("payload_too_large", { reason: \`\${text.length} characters are too many\` });
    const one: Sent = { id: [this.token.length, to, this.sent.length].join("-"), at: Date.now() };
    this.sent.push(one);
    if (this.sent.length > this.limit) this.sent.splice(0, this.sent.length - this.limit);
    return one;
  }

  get last(): Sent | undefined {
    return this.sent.at(-1);
  }
}
`;

const helpers = `
export interface Options {
  retries?: number;
  prefix?: string;
}

export function describe<T extends Options>(options: T, names: readonly string[]): Record<string, string> {
  const { retries = 3, prefix = "part" } = options;
  return Object.fromEntries(names.map((name, index) => [name, \`\${prefix}-\${index}-\${retries}\`] as const));
}

export const limits = { text: 4096, recipients: 50 } satisfies Record<string, number>;
`;

function setup(used: string, answer: string): string {
  return `export default definePlugin({
  setup(context) {
    const client = new Client(String(context.config.token ?? "${used}"));
    let answered: unknown = ${answer};
    context.onConfigChange((settings) => {
      answered = settings.version;
    });
    context.onDispose(() => void client.last);
    return {
      async send_message({ to, content }) {
        for (const { value } of to) await client.send(value, content.text ?? "");
        return { message_id: String(answered) };
      },
    };
  },
});
`;
}
