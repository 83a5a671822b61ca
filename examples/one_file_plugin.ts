// Runs examples/one-file-plugin/hello.ts: a folder of plugins, no YAML, a message a second while you edit the file.
// expect: ok demo-1:Hello 1
// expect: ok demo-2:Good morning 1
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { createHost } from "hookline";

const host = await createHost({
  config: {
    plugin_paths: [join(import.meta.dirname, "one-file-plugin")],
    enabled_plugins: [
      { plugin_id: "hello", id: "demo-1" },
      { plugin_id: "hello", id: "demo-2", config: { greeting: "Good morning" }, channel: "morning" },
    ],
  },
});

if (process.env.HOOKLINE_EXAMPLE_ENDS === "1") {
  await greet("demo");
  await greet("morning");
  await host.close();
} else {
  console.log("Edit examples/one-file-plugin/hello.ts and save; Ctrl-C ends.");
  host.on("reloaded", ({ instance, ms }) => console.log(`${instance}: reloaded in ${ms.toFixed(1)} ms`));
  host.on("reload_failed", ({ error }) => console.log(error.message));
  const stopped = new AbortController();
  process.once("SIGINT", () => stopped.abort());
  while (!stopped.signal.aborted) {
    await greet("demo");
    await setTimeout(1_000, undefined, { signal: stopped.signal }).catch(() => undefined);
  }
  await host.close();
}

async function greet(channel: string): Promise<void> {
  const { status, value, error } = await host.sendMessage(channel, "anna", { text: "Lunch?" });
  console.log(status, value?.message_id ?? error?.message);
}
