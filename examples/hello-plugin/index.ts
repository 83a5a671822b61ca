import { definePlugin } from "hookline";

/** Posts each message to a URL. */
export default definePlugin<{ url: string; api_token: string }>({
  setup: ({ config, http }) => ({
    async send_message({ to, content }, { signal }) {
      const headers = { authorization: `Bearer ${config.api_token}` };
      const json = { to: to.map(({ value }) => value), text: content.text ?? content.markdown ?? content.html };
      const answer = await http.post(`${config.url}/messages`, { json, headers, signal });
      return { message_id: answer.json.id };
    },
  }),
});
