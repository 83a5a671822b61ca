import { createHost } from "hookline";
import { serve } from "./serve.ts";

// A host on a configuration file; its plugin answers with its version.
const [config = "hookline.yml"] = process.argv.slice(2);
const host = await createHost({ config, logger: false });
const request = { channel: "chat", to: "anna", content: "hello" };

serve(async () => {
  const { value } = await host.call("send_message", request);
  return value && Number(value.message_id.split(":")[1]);
});
