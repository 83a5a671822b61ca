// Opens a host over all plugins, switches one on, and says what that has cost.
import { createHost } from "hookline";

const [plugin_id = "", settings = "{}"] = process.argv.slice(2);
const plugin_paths = ["plugins", "examples/hello-plugin"].map((path) => new URL(`../../../${path}`, import.meta.url).pathname);
const host = await createHost({ config: { plugin_paths, enabled_plugins: [] }, watch: false, logger: false });
globalThis.gc?.();
const before = process.memoryUsage();

const began = performance.now();
await host.configure({ plugin_paths, enabled_plugins: [{ plugin_id, config: JSON.parse(settings) }] });
const ms = performance.now() - began;

globalThis.gc?.();
const after = process.memoryUsage();
const { state, failure } = host.instance(plugin_id);
process.send?.({ ms, rss: after.rss - before.rss, heap: after.heapUsed - before.heapUsed, state, failure: failure?.message });
await host.close();
