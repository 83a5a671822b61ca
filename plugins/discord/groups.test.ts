import { expect, test } from "vitest";
import { refusal } from "./test/discordDouble.ts";
import { ids } from "./test/discordState.ts";
import { openDiscord } from "./test/openDiscord.ts";

const members = "68608";

test("a private group is a channel that only the bot and its members see, made in one request; a stranger is a failed item", async () => {
  const open = await openDiscord({ category_id: "1200000000000000007" });

  const outcome = await open.call("create_group", {
    name: "Team Blue",
    description: "All blue",
    members: [ids.anna, "<@1000000000000000013>", "bob"],
  });

  expect(outcome).toMatchObject({
    status: "partial",
    value: { name: "team-blue", description: "All blue", visibility: "private" },
  });
  expect(outcome.items?.map(({ status, error }) => error?.code ?? status)).toEqual([
    "added",
    "invalid_recipient",
    "invalid_recipient",
  ]);
  expect(open.platform.requests.filter(({ method }) => method !== "GET").map(({ json }) => json)).toEqual([
    {
      name: "Team Blue",
      type: 0,
      topic: "All blue",
      parent_id: "1200000000000000007",
      permission_overwrites: [
        { id: ids.guild, type: 0, allow: "0", deny: "1024" },
        { id: ids.bot, type: 1, allow: members, deny: "0" },
        { id: ids.anna, type: 1, allow: members, deny: "0" },
      ],
    },
  ]);
});

test("a limit in the middle of looking at the members makes the group with those before, and the same key adds the rest", async () => {
  const open = await openDiscord();
  const request = { name: "Blue", members: [ids.anna, ids.ben, ids.shy], idempotency_key: "blue" };
  const limit = { status: 429, json: { message: "You are being rate limited.", retry_after: 1, global: false } };
  open.platform.failNext(limit, { after: 2 });

  const first = await open.call("create_group", request);
  const again = await open.call("create_group", request);

  expect(first).toMatchObject({ status: "partial", value: { name: "blue" } });
  expect(first.items?.map(({ status, error }) => error?.code ?? status)).toEqual(["added", "rate_limited", "rate_limited"]);
  expect(again.items?.map(({ status }) => status)).toEqual(["added", "added", "added"]);
  expect(open.sent().filter((line) => line.startsWith("POST"))).toEqual([`POST /guilds/${ids.guild}/channels`]);
});

test("a limit before the first member is looked at creates nothing", async () => {
  const open = await openDiscord();
  const limit = { status: 429, json: { message: "You are being rate limited.", retry_after: 1, global: false } };
  open.platform.failNext(limit, { after: 1 });

  const outcome = await open.call("create_group", { name: "Blue", members: [ids.anna, ids.ben] });

  expect(outcome.error).toMatchObject({ code: "rate_limited", retry_after_ms: 1000, dispatched: "no" });
  expect(open.sent().some((line) => line.startsWith("POST"))).toBe(false);
});

test("of more members than a channel is created with, the others are added to it", async () => {
  const open = await openDiscord();

  const outcome = await open.call("create_group", { name: "Blue", members: [...Array(98).fill(ids.anna), ids.ben] });

  expect(outcome.items?.map(({ status }) => status)).toEqual(["added", ...Array(97).fill("already"), "added"]);
  expect(open.sent().filter((line) => !line.startsWith("GET"))).toEqual([
    `POST /guilds/${ids.guild}/channels`,
    expect.stringMatching(`^PUT /channels/\\d+/permissions/${ids.ben}$`),
  ]);
});

test("the same external_id is the same group, and its members are added; with if_exists: fail it is a conflict", async () => {
  const open = await openDiscord();
  const request = { name: "Blue", description: "Ours [id: no] [x]", external_id: "team 7 [a]" };

  const first = await open.call("create_group", request);
  const again = await open.call("create_group", { ...request, name: "Other", members: [ids.anna] });
  const refused = await open.call("create_group", { ...request, if_exists: "fail" });

  expect(first.value).toMatchObject({ external_id: "team 7 [a]", description: "Ours [id: no] [x]" });
  expect(again.value).toMatchObject({ id: first.value?.id, already: true, name: "blue" });
  expect(again.items).toMatchObject([{ subject: ids.anna, status: "added" }]);
  expect(refused.error).toMatchObject({ code: "conflict", message: expect.stringContaining("team 7 [a]") });
});

test.each([
  ["an external_id that would be read back as another", { name: "x", external_id: "a [id: b]" }, "invalid_request"],
  ["a description that would be read back as an external_id", { name: "x", description: "x [id: b]" }, "invalid_request"],
])("%s is refused before anything is asked", async (_, request, code) => {
  const open = await openDiscord();

  const { error } = await open.call("create_group", request);

  expect(error?.code).toBe(code);
  expect(open.platform.requests).toEqual([]);
});

test.each([
  ["a name of 101 characters", { name: "x".repeat(101) }, "name: Must be between 1 and 100 in length"],
  [
    "a topic of more than 1024",
    { name: "x", description: "x".repeat(1020), external_id: "7" },
    "topic: Must be 1024 or fewer in length",
  ],
])("%s is refused by Discord, whose sentence is told", async (_, request, message) => {
  const open = await openDiscord();

  const { error } = await open.call("create_group", request);

  expect(error).toMatchObject({ code: "payload_too_large", message: expect.stringContaining(message), dispatched: "no" });
});

test("a group is renamed, described and opened without losing its external_id or its members", async () => {
  const open = await openDiscord();
  const made = await open.call("create_group", { name: "Blue", external_id: "team-7", members: [ids.anna] });
  const group = String(made.value?.id);

  const opened = await open.call("update_group", { group, name: "Red", description: "Now red", visibility: "public" });
  const closed = await open.call("update_group", { group, visibility: "private" });
  const listed = await open.call("list_members", { group });

  expect(opened.value).toMatchObject({ name: "red", description: "Now red", external_id: "team-7", visibility: "public" });
  expect(closed.value).toMatchObject({ name: "red", description: "Now red", external_id: "team-7", visibility: "private" });
  expect(listed.value).toEqual({ members: [{ who: { kind: "user", value: ids.anna } }] });
});

test("who is in the group is already, and what else was said of a user in the channel stays", async () => {
  const open = await openDiscord();
  const team = open.state.channels.get(ids.team);
  team?.permission_overwrites.push({ id: ids.anna, type: 1, allow: "8192", deny: "3072" });

  const outcome = await open.call("add_member", { group: ids.team, members: [ids.ben, ids.anna] });

  expect(outcome.items?.map(({ status }) => status)).toEqual(["already", "added"]);
  expect(team?.permission_overwrites.at(-1)).toEqual({ id: ids.anna, type: 1, allow: String(68608 + 8192), deny: "0" });
});

test("a member with a role of its own, or one to be invited, is a failed item: nothing is silently left out", async () => {
  const open = await openDiscord();
  const wanted = [
    { who: ids.anna, role: "admin" },
    { who: ids.anna, mode: "invite" },
    { who: ids.anna, role: "member" },
  ];

  const outcome = await open.call("add_member", { group: ids.team, members: wanted });

  expect(outcome.items?.map(({ status, error }) => error?.code ?? status)).toEqual(["unsupported", "unsupported", "added"]);
});

test("what ends in the middle is in the items of those who are left, and who was added stays added", async () => {
  const open = await openDiscord();
  open.platform.failNext(refusal(403, 50013, "Missing Permissions"), { after: 4 });

  const outcome = await open.call("add_member", { group: ids.team, members: [ids.anna, ids.shy, ids.gone] });

  expect(outcome.status).toBe("partial");
  expect(outcome.items?.map(({ status, error }) => error?.code ?? status)).toEqual(["added", "permission", "permission"]);
  expect(open.platform.requests).toHaveLength(5);
});

test("who is not in the group is absent when removed", async () => {
  const open = await openDiscord();

  const outcome = await open.call("remove_member", { group: ids.team, members: [ids.anna, ids.ben] });

  expect(outcome.items?.map(({ status }) => status)).toEqual(["absent", "removed"]);
});

test("what keeps somebody out of a channel is not taken away with the members", async () => {
  const open = await openDiscord();
  const muted = { id: ids.shy, type: 1, allow: "0", deny: "2048" };
  open.state.channels.get(ids.general)?.permission_overwrites.push(muted);

  const outcome = await open.call("remove_member", { group: ids.general, members: [ids.shy] });

  expect(outcome.items).toMatchObject([{ subject: ids.shy, status: "absent" }]);
  expect(open.state.channels.get(ids.general)?.permission_overwrites).toEqual([muted]);
});

test("groups are the text channels, a page at a time", async () => {
  const open = await openDiscord();

  const first = await open.call("list_groups", { limit: 1 });
  const second = await open.call("list_groups", { limit: 1, cursor: first.value?.cursor });
  const wrong = await open.call("list_groups", { cursor: "x" });

  expect(first.value).toMatchObject({ groups: [{ name: "general", visibility: "public" }], cursor: ids.general });
  expect(second.value).toMatchObject({ groups: [{ name: "team", visibility: "private" }] });
  expect(second.value?.cursor).toBeUndefined();
  expect(wrong.error?.code).toBe("invalid_request");
});

test.each(["get_group", "delete_group", "remove_member"])(
  "%s takes no voice channel, no other server's channel and no text for a group",
  async (hook) => {
    const open = await openDiscord();
    open.state.channels.set("1200000000000000005", {
      id: "1200000000000000005",
      type: 0,
      guild_id: "1100000000000000099",
      permission_overwrites: [],
    });

    const codes = [];
    for (const group of [ids.voice, "1200000000000000005", "general", "1299999999999999999"])
      codes.push((await open.call(hook, { group, ...(hook === "remove_member" && { members: [ids.anna] }) })).error?.code);

    expect(codes).toEqual(["not_found", "not_found", "not_found", "not_found"]);
    expect(open.state.channels.size).toBe(4);
  },
);

test("a group is deleted, and not archived", async () => {
  const open = await openDiscord();

  const archived = await open.call("delete_group", { group: ids.team, mode: "archive" });
  const deleted = await open.call("delete_group", { group: `discord:${ids.team}` });
  const again = await open.call("delete_group", { group: ids.team });

  expect(archived.error?.code).toBe("unsupported");
  expect(deleted.value).toMatchObject({ id: `discord:${ids.team}` });
  expect(again.error?.code).toBe("not_found");
});

test("syncMembers makes the members those that are wanted, and leaves the bot in", async () => {
  const open = await openDiscord();

  const sync = await open.host.syncMembers({ channel: "discord", group: ids.team }, [ids.anna, ids.shy]);

  expect(sync.items.map(({ subject, status }) => [subject, status])).toEqual([
    [ids.anna, "added"],
    [ids.shy, "added"],
    [ids.ben, "removed"],
  ]);
  expect(open.state.channels.get(ids.team)?.permission_overwrites.map(({ id }) => id)).toEqual([
    ids.guild,
    ids.bot,
    ids.anna,
    ids.shy,
  ]);
});
