import { testPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { discordDouble, refusal } from "./test/discordDouble.ts";
import { ids, token } from "./test/discordState.ts";
import { openDiscord } from "./test/openDiscord.ts";
import { public_key, signedRequest } from "./test/signedRequest.ts";

const settings = { guild_id: ids.guild, group_mode: "role", role_channel_id: ids.general, public_key };
testPlugin(import.meta.dirname, {
  test: (name, run) => test(`with group_mode role, ${name}`, run),
  config: (url) => ({ ...settings, api_url: `${url}/api`, token }),
  platform: discordDouble,
  calls: {
    send_message: { to: ids.role, content: "Hi" },
    edit_message: { message: `${ids.general}/${ids.message}`, content: "Hi again" },
    delete_message: { message: `${ids.general}/${ids.message}` },
    create_group: { name: "Team Blue" },
    get_group: { group: ids.role },
    update_group: { group: ids.role, name: "Team Red" },
    delete_group: { group: ids.role },
    list_groups: {},
    add_member: { group: ids.role, members: [ids.anna] },
    remove_member: { group: ids.role, members: [ids.ben] },
    list_members: { group: ids.role, limit: 2 },
  },
  webhook: () => signedRequest({ id: "1400000000000000123", type: 3, token: "interaction-token", application_id: ids.bot }),
  api: {
    document: "../../../shared/specs/discord.openapi.json",
    base: "/api/v10",
    exceptions: [
      {
        where: "POST /guilds/{guild_id}/roles permissions",
        reason: "a set of permissions travels as text: it is larger than a number can be; the document says integer",
      },
    ],
  },
});

test("a new role is given to who is in the server, and what fails with one member hides neither the role nor the others", async () => {
  const open = await openDiscord(settings);
  open.platform.failNext(refusal(403, 50013, "Missing Permissions"), { after: 3 });

  const outcome = await open.call("create_group", { name: "Blue", members: [ids.anna, ids.gone, ids.ben] });

  expect(outcome).toMatchObject({ status: "partial", value: { name: "Blue" } });
  expect(outcome.items?.map(({ subject, status, error }) => [subject, error?.code ?? status])).toEqual([
    [ids.anna, "added"],
    [ids.gone, "invalid_recipient"],
    [ids.ben, "permission"],
  ]);
  expect([...open.state.roles.values()].at(-1)).toMatchObject({ name: "Blue", permissions: "0" });
});

test("what a role has no place for is refused", async () => {
  const open = await openDiscord(settings);

  const outcomes = [
    await open.call("create_group", { name: "Blue", description: "All blue" }),
    await open.call("create_group", { name: "Blue", external_id: "team-7" }),
    await open.call("update_group", { group: ids.role, visibility: "public" }),
    await open.call("delete_group", { group: ids.role, mode: "archive" }),
  ];

  expect(outcomes.map(({ error }) => error?.code)).toEqual(Array(4).fill("unsupported"));
  expect(open.platform.requests).toEqual([]);
});

test("who has the role is already, who has it not is absent, and so is who has left", async () => {
  const open = await openDiscord(settings);

  const added = await open.call("add_member", { group: ids.role, members: [ids.ben, ids.anna, ids.gone] });
  const removed = await open.call("remove_member", { group: ids.role, members: [ids.shy, ids.anna, ids.gone] });

  expect(added.items?.map(({ status, error }) => error?.code ?? status)).toEqual(["already", "added", "invalid_recipient"]);
  expect(removed.items?.map(({ status }) => status)).toEqual(["absent", "removed", "absent"]);
});

test("the members are found page by page among all people of the server", async () => {
  const open = await openDiscord(settings);
  const seen: unknown[] = [];

  let cursor: unknown;
  do {
    const { value } = await open.call("list_members", { group: ids.role, limit: 2, cursor });
    seen.push(value?.members);
    cursor = value?.cursor;
  } while (cursor !== undefined);

  // The bot and Anna, Ben and Shy, and nobody.
  expect(seen).toEqual([[], [{ who: { kind: "user", value: ids.ben, name: "user-12" } }], []]);
});

test("groups are the roles that people can be given", async () => {
  const open = await openDiscord(settings);
  open.state.roles.set("1300000000000000009", {
    id: "1300000000000000009",
    name: "A bot",
    permissions: "0",
    mentionable: false,
    managed: true,
  });

  const { value } = await open.call("list_groups");

  expect(value).toEqual({ groups: [{ id: `discord:${ids.role}`, name: "Team" }] });
});

test("a message to a role is posted in the channel for it, pings the role and nobody else", async () => {
  const open = await openDiscord(settings);
  const homeless = await openDiscord({ ...settings, role_channel_id: undefined });

  await open.call("send_message", { to: ids.role, content: "@everyone Hi" });
  await open.call("send_message", { to: `<#${ids.team}>`, content: "Hi" });
  const refused = await homeless.call("send_message", { to: ids.role, content: "Hi" });

  expect(open.sent()).toEqual([`POST /channels/${ids.general}/messages`, `POST /channels/${ids.team}/messages`]);
  expect(open.platform.requests[0]?.json).toMatchObject({
    content: `<@&${ids.role}>\n@everyone Hi`,
    allowed_mentions: { parse: [], roles: [ids.role] },
  });
  expect(refused.error).toMatchObject({ code: "unsupported", message: expect.stringContaining("role_channel_id") });
});

test("a server full of roles says so, and the instance goes on", async () => {
  const open = await openDiscord(settings);
  open.state.most.roles = 2;

  const full = await open.call("create_group", { name: "Blue" });
  const sent = await open.call("send_message", { to: ids.role, content: "Hi" });

  expect(full.error).toMatchObject({ code: "quota_exceeded", penalize: "no" });
  expect(sent.status).toBe("ok");
});
