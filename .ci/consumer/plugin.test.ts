// The kit for plugin authors, from the tarball: on the runner of Node itself.
import { test } from "node:test";
import { definePlugin } from "hookline";
import { testPlugin } from "hookline/testing";

const pager = definePlugin<{ url: string; api_token: string }>({
  manifest: { plugin_id: "pager", channel_type: "pager", required_config: ["url", "api_token"] },
  setup: ({ config, http }) => ({
    async send_message({ to, content }, { signal }) {
      const headers = { authorization: `Bearer ${config.api_token}` };
      const answer = await http.post(config.url, { json: { to: to[0]?.value, text: content.text }, headers, signal });
      return { message_id: answer.json.id };
    },
  }),
});

testPlugin(pager, {
  test,
  config: (url) => ({ url, api_token: "pager-token-0123" }),
  platform: () => () => ({ json: { id: "p-1" } }),
  calls: { send_message: { to: "anna", content: "Wake up" } },
});
