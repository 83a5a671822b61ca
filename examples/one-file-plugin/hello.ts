// A whole plugin in one file: its manifest is in the code, and the name of the file is its id.
import { definePlugin } from "hookline";

export default definePlugin<{ greeting: string }>({
  manifest: { plugin_id: "hello", channel_type: "demo", optional_config: { greeting: "Hello" } },
  setup({ config, log }) {
    let count = 0;
    return {
      send_message({ to, content }) {
        count += 1;
        log.info(`${config.greeting}, ${to.map(({ value }) => value).join(" and ")}: ${content.text}`);
        return { message_id: `${config.greeting} ${count}` };
      },
    };
  },
});
