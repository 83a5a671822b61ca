import { test } from "node:test";
import { testPlugin } from "hookline/testing";

testPlugin(import.meta.dirname, {
  test,
  config: (url) => ({ url, api_token: "hello-token-0123" }),
  platform: () => (request) => ({ status: 201, json: { id: `m-${request.json.to.length}` } }),
  calls: { send_message: { to: ["anna", "ben"], content: "Hello" } },
});
