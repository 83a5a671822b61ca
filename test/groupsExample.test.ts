import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startPlatform } from "hookline/testing";
import { expect, onTestFinished, test } from "vitest";
import { discordDouble } from "../plugins/discord/test/discordDouble.ts";
import { ids, token } from "../plugins/discord/test/discordState.ts";
import { account, createWorkspace } from "../plugins/google_groups/test/workspace.ts";

const root = fileURLToPath(new URL("../", import.meta.url));

test("examples/groups.ts, without a platform's name in it, runs the group on Discord and Google Groups: created, synced, written to, deleted", {
  timeout: 60_000,
}, async () => {
  const discord = discordDouble();
  const workspace = createWorkspace();
  const [discordServer, google] = [await startPlatform(discord), await startPlatform(workspace.answer)];
  onTestFinished(async () => {
    await discordServer.close();
    await google.close();
  });
  discord.state.members.set(ids.shy, new Set());
  const users = { "anna@example.com": ids.anna, "ben@example.com": ids.ben, "carla@example.com": ids.shy };
  const file = await configuration([
    { plugin_id: "discord", config: { api_url: `${discordServer.url}/api`, token, guild_id: ids.guild, users } },
    {
      plugin_id: "google_groups",
      config: {
        ...account,
        domain: "acme.test",
        admin: "admin@acme.test",
        send_as: "bot@acme.test",
        api_url: google.url,
        settings_url: google.url,
        gmail_url: google.url,
        token_url: `${google.url}/token`,
      },
    },
  ]);

  const { stdout } = await promisify(execFile)(process.execPath, ["examples/groups.ts"], {
    cwd: root,
    env: { ...process.env, HOOKLINE_CONFIG: file },
  });

  expect(stdout.trim().split("\n")).toEqual([
    "create_group ok: 2 groups",
    "syncMembers ok: 1 added, 1 removed, 1 unchanged",
    "syncMembers ok: 1 added, 1 removed, 1 unchanged",
    "send_message ok",
    "send_message ok",
    "delete_group ok",
    "delete_group ok",
  ]);
  const created = discordServer.requests.find(({ method, path }) => method === "POST" && path.endsWith("/channels"));
  expect(created?.json.permission_overwrites.map(({ id }: { id: string }) => id)).toEqual(
    expect.arrayContaining([ids.anna, ids.ben]),
  );
  expect(changes(discordServer.requests, "/permissions/")).toEqual([`PUT ${ids.shy}`, `DELETE ${ids.ben}`]);
  expect(changes(google.requests, "/members/")).toEqual(["DELETE ben@example.com"]);
  expect([...discord.state.messages.values()].map(({ body }) => String(body.content))).toContainEqual(
    expect.stringContaining("welcome to Project Blue"),
  );
  expect(workspace.mails).toMatchObject([{ as: "bot@acme.test", raw: expect.stringContaining("Subject: Welcome") }]);
  expect([...discord.state.channels.values()].filter(({ name }) => name === "project-blue")).toEqual([]);
  expect(workspace.groups.size).toBe(0);
});

test("the program names no platform", async () => {
  const program = await readFile(join(root, "examples/groups.ts"), "utf8");

  expect(program).not.toMatch(/discord|google|slack|gmail|mailbox/i);
});

/** What was asked for below a path: the method, and the last part. */
function changes(requests: readonly { method: string; path: string }[], below: string): string[] {
  return requests
    .filter(({ method, path }) => method !== "GET" && path.includes(below))
    .map(({ method, path }) => `${method} ${decodeURIComponent(path.slice(path.lastIndexOf("/") + 1))}`);
}

async function configuration(enabled_plugins: object[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "hookline-groups-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "groups.yml");
  const channels = ["discord", "google_groups"];
  const routes = [{ name: "everywhere", match: { channel: "team" }, channels, strategy: "all" }];
  await writeFile(file, JSON.stringify({ plugin_paths: [join(root, "plugins")], enabled_plugins, routes }));
  return file;
}
