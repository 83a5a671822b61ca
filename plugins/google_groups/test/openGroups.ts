import { openPlugin, startPlatform } from "hookline/testing";
import { account, createWorkspace } from "./workspace.ts";

/** The plugin over a Workspace of its own. Declare it with `await using`. */
export async function openGroups(more: Record<string, unknown> = {}) {
  const workspace = createWorkspace();
  const platform = await startPlatform(workspace.answer);
  const { url } = platform;
  const urls = { api_url: url, settings_url: url, gmail_url: url, token_url: `${url}/token` };
  const config = { domain: "acme.test", admin: "admin@acme.test", ...account, send_as: "bot@acme.test", ...urls, ...more };
  const open = await openPlugin(`${import.meta.dirname}/..`, { config, platform });
  const close = async () => {
    await open.close();
    await platform.close();
  };
  /** What was asked from the start, or after so many requests. */
  const asked = (from = 0) => platform.requests.slice(from).map(({ method, path }) => `${method} ${decodeURIComponent(path)}`);
  return Object.assign(Object.create(open) as typeof open, { workspace, asked, [Symbol.asyncDispose]: close });
}
