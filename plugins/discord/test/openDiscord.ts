import { fileURLToPath } from "node:url";
import { type OpenPlugin, openPlugin } from "hookline/testing";
import { onTestFinished } from "vitest";
import { discordDouble } from "./discordDouble.ts";
import { type DiscordState, ids, token } from "./discordState.ts";

/** The plugin over a fresh double, both closed with the test. */
export async function openDiscord(
  settings: Record<string, unknown> | ((url: string) => Record<string, unknown>) = {},
  double = discordDouble(),
): Promise<OpenPlugin & { state: DiscordState; sent(): string[] }> {
  const open = await openPlugin(folder, {
    platform: double,
    config: (url) => {
      const own = typeof settings === "function" ? settings(url) : settings;
      return { api_url: `${url}/api/`, token, guild_id: ids.guild, ...own };
    },
  });
  onTestFinished(() => open.close());
  open.platform.requests.length = 0;
  const sent = () => open.platform.requests.map(({ method, path }) => `${method} ${path.replace("/api/v10", "")}`);
  return Object.assign(Object.create(open) as OpenPlugin, { state: double.state, sent });
}

const folder = fileURLToPath(new URL("..", import.meta.url));
