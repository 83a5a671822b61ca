import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { communication, HooklineError, type PluginDefinition } from "hookline";
import { createContext } from "../../../core/plugins/context.ts";
import { handlerOf } from "../../../core/plugins/generation.ts";
import { createInstanceMemory, type InstanceMemory } from "../../../core/plugins/instanceMemory.ts";
import { readManifest } from "../../../core/plugins/readManifest.ts";
import { checkSettings } from "../../../core/plugins/settings.ts";

export async function startPlugin(folder: string, plugin: PluginDefinition<any>, config: Record<string, unknown>, memory: InstanceMemory = createInstanceMemory()) {
  const { manifest } = readManifest(await readFile(join(folder, "manifest.yml"), "utf8"), "manifest.yml");
  const settings = await checkSettings(manifest, { id: manifest.plugin_id, config });
  const lines: string[] = [];
  const note = (message: string, details?: unknown) => void lines.push(JSON.stringify({ message, details }));
  const log = { debug: note, info: note, warn: note, error: note };
  const handle = createContext({ id: manifest.plugin_id, settings, log, memory, emit: () => {} });
  const hooks: any = await plugin.setup(handle.context);
  return {
    lines,
    hooks,
    async ask(hook: keyof typeof communication.hooks, request: any = {}): Promise<any> {
      const spec: any = communication.hooks[hook];
      const checked = spec.request.parse(request);
      const { signal = new AbortController().signal, ...rest } = checked;
      const handler = handlerOf(Object.fromEntries(Object.entries(hooks).map(([k, v]) => [k, [v]])) as any, hook)!;
      return spec.answer.parse(await handler(rest, { hook, plugin: manifest.plugin_id, signal }));
    },
    async call(hook: keyof typeof communication.hooks, request: any): Promise<any> {
      try {
        const value = await this.ask(hook, { channel: manifest.channel_type, ...request });
        const failed = value.items?.filter((item: any) => item.status === "failed").length ?? 0;
        return { status: failed === 0 ? "ok" : failed === value.items.length ? "failed" : "partial", value, items: value.items };
      } catch (error) {
        return { status: "failed", error: HooklineError.attribute(error, { instance: manifest.plugin_id, hook }).toJSON(), thrown: error };
      }
    },
    close: () => handle.dispose(),
  };
}
