import { createHost } from "hookline";
import { serve } from "./serveLoad.ts";

// A host on a configuration file, for calls under reloads: the answers of its plugin carry stamps.
const [config = "hookline.yml"] = process.argv.slice(2);
const host = await createHost({ config, logger: false });
host.on("reload_failed", ({ instance }) => instance === "one" && process.send?.({ refused: true }));

serve(async () => {
  const { status, value, attempts } = await host.call("send_message", { channel: "chat", to: "anna", content: "hello" });
  if (status !== "ok" || attempts.length !== 1 || !value) return undefined;
  return { ...JSON.parse(value.message_id.slice("one:".length)), generation: attempts[0]?.generation };
}, 2);
