import { createHost } from "hookline";

// A host with many plugins, each on a channel of its own; each answers with the lowest and the highest version of its files.
const [config = "hookline.yml", server = "./serveCheckout.ts"] = process.argv.slice(2);
const { serve }: typeof import("./serveCheckout.ts") = await import(server);
const host = await createHost({ config, logger: false });

serve(async (_, plugin) => {
  const { value } = await host.call("send_message", { channel: `c${plugin}`, to: "anna", content: "hello" });
  const [low = Number.NaN, high = Number.NaN] = value?.message_id.split(":")[1]?.split(" ").map(Number) ?? [];
  return value && [low, high];
});
