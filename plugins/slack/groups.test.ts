import { createHost } from "hookline";
import { startPlatform } from "hookline/testing";
import { expect, test } from "vitest";
import { emulatedSlack, openSlack, settings, workspace } from "./test/emulatedSlack.ts";

const { general, random, anna, ben, own } = workspace;

test("a group is a channel: private unless said otherwise, with its purpose and its members", async () => {
  await using slack = await openSlack();
  const request = { name: "Ops Team: 7!", description: "Keeps it running", members: [anna, "nobody@example.test"] };

  const { value, status } = await slack.call("create_group", request);

  expect(status).toBe("partial");
  expect(value).toMatchObject({ name: "ops-team-7", description: "Keeps it running", visibility: "private" });
  expect(value?.items).toMatchObject([
    { subject: anna, status: "added" },
    { subject: "nobody@example.test", status: "failed", error: { code: "invalid_recipient" } },
  ]);
  const { value: read } = await slack.call("get_group", { group: value?.id });
  expect(read).toEqual({ id: value?.id, name: "ops-team-7", description: "Keeps it running", visibility: "private" });
});

test("the same name again is the same channel, and those who are missing in it are added", async () => {
  await using slack = await openSlack();
  const first = await slack.call("create_group", { name: "ops", members: [anna] });

  const again = await slack.call("create_group", { name: "Ops", members: [anna, ben] });

  expect(again.value).toMatchObject({ id: first.value?.id, already: true });
  expect(again.items).toMatchObject([
    { subject: anna, status: "already" },
    { subject: ben, status: "added" },
  ]);
});

test.each([
  ["is public", { name: "random" }, /random belongs to a channel that is public, not private/],
  ["must not exist", { name: "random", visibility: "public", if_exists: "fail" }, /name_taken; another channel has this name/],
])("a channel that %s is a conflict", async (_, request, message) => {
  await using slack = await openSlack();

  const { error } = await slack.call("create_group", request);

  expect(error).toMatchObject({ code: "conflict", message: expect.stringMatching(message) });
});

test("a name that an archived channel has is a conflict, and so is that of a channel the app cannot see", async () => {
  await using slack = await openSlack({ conversation_types: ["public_channel"] });
  await slack.call("delete_group", { group: random });
  await slack.call("create_group", { name: "hidden" });

  const archived = await slack.call("create_group", { name: "random", visibility: "public" });
  const hidden = await slack.call("create_group", { name: "hidden" });

  expect(archived.error).toMatchObject({
    code: "conflict",
    message: expect.stringContaining("is archived (unarchive it in Slack)"),
  });
  expect(hidden.error).toMatchObject({ code: "conflict", message: expect.stringContaining("the app cannot see") });
});

test("a search that breaks off has created nothing", async () => {
  await using slack = await openSlack();
  slack.platform.failNext("reset", { after: 1 });

  const { error } = await slack.call("create_group", { name: "random", visibility: "public" });

  expect(error).toMatchObject({ code: "unavailable", dispatched: "no" });
});

test("a channel that was created is answered, although purpose and members failed", async () => {
  await using slack = await openSlack();
  const refuse = () => {
    slack.platform.failNext({ status: 429, headers: { "retry-after": "9" } }, { after: 1 });
    return { json: { ok: false, error: "internal_error" } };
  };
  slack.platform.failNext(refuse, { after: 1 });

  const { value } = await slack.call("create_group", { name: "ops", description: "Keeps it running", members: [anna] });

  expect(value).toMatchObject({ name: "ops", items: [{ subject: anna, status: "failed", error: { code: "rate_limited" } }] });
  expect(value?.description).toBeUndefined();
  expect(slack.logs.join("\n")).toMatch(/#ops was created, and conversations.setPurpose failed.*internal_error/);
});

test.each([
  ["no letter", { name: "!?" }, "invalid_request"],
  ["81 characters", { name: "x".repeat(81) }, "invalid_request"],
  ["a description of 251 characters", { name: "ops", description: "x".repeat(251) }, "payload_too_large"],
])("a group with %s is refused before anything is created", async (_, request, code) => {
  await using slack = await openSlack();
  const before = slack.platform.requests.length;

  const { error } = await slack.call("create_group", request);

  expect(error).toMatchObject({ code });
  expect(slack.platform.requests.length).toBe(before);
});

test("a topic of 251 characters is refused", async () => {
  await using slack = await openSlack();
  const provider_options = { slack: { topic: "x".repeat(251) } };

  const called = slack.call("create_group", { name: "ops", provider_options });

  await expect(called).rejects.toMatchObject({ code: "invalid_request" });
});

test("name, purpose and topic are changed, what is not named stays, and visibility is Slack's affair", async () => {
  await using slack = await openSlack();
  const provider_options = { slack: { topic: "On call: anna" } };

  const changed = await slack.call("update_group", { group: random, name: "Chatter", description: "Talk", provider_options });
  const unchanged = await slack.call("update_group", { group: random });
  const refused = await slack.call("update_group", { group: random, visibility: "private" });

  const now = { id: `slack:${random}`, name: "chatter", description: "Talk", visibility: "public" };
  expect([changed.value, unchanged.value]).toEqual([now, now]);
  expect(refused.error).toMatchObject({ code: "unsupported" });
  const { channel } = await slack.slack.ask("conversations.info", { channel: random });
  expect(channel).toMatchObject({ topic: { value: "On call: anna" } });
});

test("a change that stops half-way says what was done", async () => {
  await using slack = await openSlack();
  slack.platform.failNext({ json: { ok: false, error: "restricted_action" } }, { after: 1 });

  const { error } = await slack.call("update_group", { group: random, name: "chatter", description: "Talk" });

  expect(error).toMatchObject({
    code: "permission",
    dispatched: "yes",
    message: expect.stringContaining("done before it: conversations.rename"),
  });
});

test("deleting a group archives its channel; twice is no error", async () => {
  await using slack = await openSlack();

  const first = await slack.call("delete_group", { group: random });
  const second = await slack.call("delete_group", { group: random, mode: "archive" });
  const { value } = await slack.call("get_group", { group: random });

  expect([first.value, second.value]).toEqual(Array(2).fill({ id: `slack:${random}`, archived: true }));
  expect(value).toMatchObject({ archived: true });
});

test("groups are listed a page at a time, without the archived ones", async () => {
  await using slack = await openSlack();
  for (const name of ["one", "two", "three"]) await slack.call("create_group", { name });
  await slack.call("delete_group", { group: random });

  const names: unknown[][] = [];
  let cursor: unknown;
  do {
    const { value } = await slack.call("list_groups", { limit: 2, ...(cursor !== undefined && { cursor }) });
    names.push(Array.isArray(value?.groups) ? value.groups.map(({ name }) => name) : []);
    cursor = value?.cursor;
  } while (cursor !== undefined);

  expect(names).toEqual([
    ["general", "one"],
    ["two", "three"],
  ]);
});

test("of several members each has its own answer, and those who are fine are added", async () => {
  await using slack = await openSlack();
  await slack.call("add_member", { group: general, members: [anna] });
  const members = [
    anna,
    { who: ben, role: "admin" },
    own,
    "U0NOBODY",
    "U1,U2",
    "nobody@example.test",
    { who: ben, role: "member" },
  ];

  const { items, status } = await slack.call("add_member", { group: general, members });

  expect(status).toBe("partial");
  expect(items).toMatchObject([
    { subject: anna, status: "already" },
    { subject: ben, status: "failed", error: { code: "unsupported" } },
    { subject: own, status: "already" },
    { subject: "U0NOBODY", status: "failed", error: { code: "invalid_recipient" } },
    { subject: "U1,U2", status: "failed", error: { code: "invalid_recipient" } },
    { subject: "nobody@example.test", status: "failed", error: { code: "invalid_recipient" } },
    { subject: ben, status: "added" },
  ]);
  const { members: there } = await slack.slack.ask("conversations.members", { channel: general });
  expect(there).toEqual([own, await slack.idOf(anna), await slack.idOf(ben)]);
});

test.each([
  ["add_member", "already"],
  ["remove_member", "absent"],
] as const)("%s is repeated when Slack may have acted, and a repeat is no error: %s", async (hook, status) => {
  const slack = await emulatedSlack();
  await using platform = await startPlatform(slack);
  const enabled_plugins = [{ plugin_id: "slack", max_retries: 1, config: settings(platform.url) }];
  const host = await createHost({
    config: { plugin_paths: [import.meta.dirname], enabled_plugins },
    watch: false,
    logger: false,
  });
  const call = (hook: "add_member" | "remove_member") => host.call(hook, { channel: "slack", group: random, members: [anna] });
  if (hook === "remove_member") await call("add_member");
  platform.failNext(
    async (request) => {
      await platform.answer(request);
      return { status: 504 };
    },
    { after: 1 },
  );

  const { items, attempts } = await call(hook);
  await host.close();

  expect(attempts.map(({ error }) => error?.dispatched)).toEqual(["maybe", undefined]);
  expect(items).toMatchObject([{ subject: anna, status }]);
});

test("Slack that adds some and refuses others in one answer is taken at its word", async () => {
  await using slack = await openSlack();
  const errors = [{ user: "U2", ok: false, error: "ura_max_channels" }];
  slack.platform.failNext({ json: { ok: true, channel: { id: general }, errors } });

  const { items } = await slack.call("add_member", { group: general, members: ["U1", "U2"] });

  expect(items).toMatchObject([{ status: "added" }, { status: "failed", error: { code: "invalid_recipient" } }]);
  expect(slack.platform.requests.at(-1)?.form).toMatchObject({ users: "U1,U2", force: "true" });
});

test("Slack that refuses several without a word about whom is asked for each", async () => {
  await using slack = await openSlack();
  slack.platform.failNext({ json: { ok: false, error: "cant_invite" } }, { after: 1 });

  const { items } = await slack.call("add_member", { group: general, members: [anna, "U0NOBODY"] });

  expect(items).toMatchObject([{ status: "added" }, { status: "failed" }]);
});

test("what stops the invitations half-way does not hide who is in already", async () => {
  await using slack = await openSlack();
  const members = [await slack.idOf(anna), await slack.idOf(ben), "U3"];
  const before = slack.platform.requests.length;
  slack.platform.failNext({ json: { ok: false, error: "cant_invite" } });
  slack.platform.failNext({ status: 429, headers: { "retry-after": "9" } }, { after: 2 });

  const { items } = await slack.call("add_member", { group: general, members });

  expect(items).toMatchObject([
    { status: "added" },
    { status: "failed", error: { code: "rate_limited" } },
    { status: "failed", error: { code: "rate_limited" } },
  ]);
  expect(slack.platform.requests.length - before).toBe(3);
});

test("members are removed one by one, and who is not there is absent", async () => {
  await using slack = await openSlack();
  await slack.call("add_member", { group: random, members: [anna] });

  const { items } = await slack.call("remove_member", {
    group: random,
    members: [anna, { kind: "phone", value: "+49151" }, { kind: "group", value: random }, ben, "U0NOBODY", "nobody@example.test"],
  });

  expect(items?.map(({ status, error }) => error?.code ?? status)).toEqual([
    "removed",
    "unsupported",
    "unsupported",
    "absent",
    "absent",
    "absent",
  ]);
});

test("an app that is not in the channel cannot say that somebody is absent", async () => {
  await using slack = await openSlack();
  await slack.call("add_member", { group: random, members: [anna] });
  await slack.slack.ask("conversations.leave", { channel: random });

  const { error } = await slack.call("remove_member", { group: random, members: [anna] });

  expect(error).toMatchObject({ code: "permission", message: expect.stringContaining("the app is not in this channel") });
});

test("what stops a removal half-way is told of those who are left", async () => {
  await using slack = await openSlack();
  await slack.call("add_member", { group: random, members: [anna, ben] });
  const members = [await slack.idOf(anna), await slack.idOf(ben), "U3"];
  const before = slack.platform.requests.length;
  slack.platform.failNext({ status: 429, headers: { "retry-after": "9" } }, { after: 1 });

  const { items } = await slack.call("remove_member", { group: random, members });

  expect(items).toMatchObject([
    { status: "removed" },
    { status: "failed", error: { code: "rate_limited" } },
    { status: "failed", error: { code: "rate_limited" } },
  ]);
  expect(slack.platform.requests.length - before).toBe(2);
});

test("the app is no member that anybody named, and a sync by e-mail address changes what it has to", async () => {
  await using slack = await openSlack({ members_as: "email" });
  await slack.call("add_member", { group: random, members: [anna] });

  const before = await slack.call("list_members", { group: random });
  const sync = await slack.host.syncMembers(`slack:${random}`, [anna.toUpperCase(), ben]);

  expect(before.value?.members).toEqual([{ who: { kind: "email", value: anna } }]);
  expect(sync).toMatchObject({ status: "ok", unchanged: 1, items: [{ subject: ben, status: "added" }] });
});

test("a member whose profile the app must not see is listed by the id", async () => {
  await using slack = await openSlack({ members_as: "email" });
  await slack.call("add_member", { group: random, members: [anna, ben] });
  slack.platform.failNext({ json: { ok: false, error: "user_not_visible" } }, { after: 1 });

  const { value } = await slack.call("list_members", { group: random });

  const hidden = { who: { kind: "user", value: await slack.idOf(anna) } };
  expect(value?.members).toEqual([hidden, { who: { kind: "email", value: ben } }]);
});

test("members are listed by their ids unless the settings say otherwise", async () => {
  await using slack = await openSlack();
  await slack.call("add_member", { group: random, members: [anna] });

  const { value } = await slack.call("list_members", { group: random });

  expect(value).toEqual({ members: [{ who: { kind: "user", value: await slack.idOf(anna) } }] });
});
