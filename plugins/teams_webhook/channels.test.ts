import { openPlugin } from "hookline/testing";
import { expect, test } from "vitest";
import { anna, ben, carla, disabled, graphError, privateChannel, standardChannel, team, teams } from "./test/double.ts";

test("a private channel belongs to the owner in the settings, and each member is told apart", async () => {
  await using open = await opened();

  const { status, value, items } = await open.call("create_group", {
    name: "Architecture",
    members: [{ who: ben.email, role: "owner" }, carla.email, disabled],
  });

  expect(status).toBe("partial");
  expect(value).toMatchObject({ name: "Architecture", visibility: "private", url: "https://teams.microsoft.com/l/2" });
  expect(items?.map(({ status: each, error }) => error?.code ?? each)).toEqual(["added", "added", "invalid_recipient"]);
  const created = open.platform.requests.find(({ method, path }) => method === "POST" && path.endsWith("/channels"));
  expect(created?.json).toMatchObject({ membershipType: "private", members: [{ roles: ["owner"] }, { roles: ["owner"] }] });
});

test("once the channel is there an error of a member no longer hides it", async () => {
  await using open = await opened();
  open.platform.failNext(graphError(429, "TooManyRequests", "Too many", { "retry-after": "9" }), { after: 1 });

  const { status, value, items } = await open.call("create_group", {
    name: "Architecture",
    members: [{ who: ben.email, role: "owner" }, carla.email, disabled],
  });

  expect([status, value?.id]).toEqual(["partial", "teams_webhook:19:2@thread.tacv2"]);
  expect(items?.map(({ status: each, error }) => error?.code ?? each)).toEqual(["added", "rate_limited", "rate_limited"]);
});

test("a public group is a standard channel", async () => {
  await using open = await opened();

  const { value } = await open.call("create_group", { name: "News", visibility: "public" });

  expect(value).toMatchObject({ visibility: "public" });
  expect(open.platform.requests.at(-1)?.json).toEqual({
    "@odata.type": "#microsoft.graph.channel",
    displayName: "News",
    membershipType: "standard",
  });
});

test("a shared channel is made in the background, and who is not its owner has to be added later", async () => {
  await using open = await opened();
  const provider_options = { teams_webhook: { membership_type: "shared" } };

  const { status, value } = await open.call("create_group", { name: "Partners", members: [ben.email], provider_options });

  expect(status).toBe("partial");
  expect(value).toMatchObject({
    id: "teams_webhook:359d75f6-2bb8-4785-ab2d-377bf3d573fa",
    pending: true,
    items: [{ status: "failed", error: { code: "unsupported" } }],
  });
});

test("the same external_id is the same channel", async () => {
  await using open = await opened();
  const request = { name: "Architecture", description: "Where we debate", external_id: "team/7 ü" };

  const first = await open.call("create_group", request);
  const again = await open.call("create_group", { ...request, name: "Another", members: [ben.email] });
  const refused = await open.call("create_group", { ...request, if_exists: "fail" });

  expect(first.value).toMatchObject({ description: "Where we debate", external_id: "team/7 ü" });
  expect(again.value).toMatchObject({ id: first.value?.id, name: "Architecture", already: true, items: [{ status: "added" }] });
  expect(refused.error?.code).toBe("conflict");
});

test("a new description keeps the external_id", async () => {
  await using open = await opened();
  const { value } = await open.call("create_group", { name: "Architecture", external_id: "7" });

  const changed = await open.call("update_group", { group: value?.id, description: "New" });
  const read = await open.call("get_group", { group: value?.id });

  expect(changed.value).toMatchObject({ name: "Architecture", description: "New", external_id: "7" });
  expect(read.value).toMatchObject({ description: "New", external_id: "7" });
});

test.each([
  ["a private channel without an owner", "create_group", { name: "Architecture" }, "invalid_request"],
  ["members of a standard channel", "create_group", { name: "News", visibility: "public", members: [ben.email] }, "unsupported"],
  ["a name over 50 characters", "create_group", { name: "x".repeat(51), visibility: "public" }, "invalid_request"],
  [
    "a name over 50 characters for an old channel",
    "update_group",
    { group: privateChannel, name: "x".repeat(51) },
    "invalid_request",
  ],
])("%s: refused before Graph is asked", async (_, hook, request, code) => {
  await using open = await opened({ owner: undefined });
  const before = open.platform.requests.length;

  const { error } = await open.call(hook, request);

  expect(error).toMatchObject({ code, dispatched: "no" });
  expect(open.platform.requests.length).toBe(before);
});

test.each(["add_member", "remove_member"])(
  "%s: a standard channel has no members of its own, so nothing is changed",
  async (hook) => {
    await using open = await opened();
    const before = open.platform.requests.length;

    const { error } = await open.call(hook, { group: standardChannel, members: [ben.email] });

    expect(error).toMatchObject({ code: "unsupported", message: expect.stringContaining("those of the team") });
    expect(open.platform.requests.slice(before).map(({ method }) => method)).toEqual(["GET"]);
  },
);

test("a channel cannot become public", async () => {
  await using open = await opened();

  const { error } = await open.call("update_group", { group: privateChannel, visibility: "public" });

  expect(error?.code).toBe("unsupported");
});

test("who is in already is already there, in any case of letters; a disabled user and a number are items", async () => {
  await using open = await opened();

  const { items } = await open.call("add_member", {
    group: privateChannel,
    members: [
      "ANNA@contoso.com",
      ben.id,
      { who: carla.email, role: "owner" },
      disabled,
      { kind: "phone", value: "+49151" },
      { who: carla.id, role: "boss" },
      { who: carla.id, role: "constructor" },
    ],
  });

  expect(items?.map(({ status, error }) => error?.code ?? status)).toEqual([
    "already",
    "already",
    "added",
    "invalid_recipient",
    "unsupported",
    "invalid_request",
    "invalid_request",
  ]);
  expect(open.platform.requests.find(({ body }) => body.includes(carla.email))?.json).toMatchObject({ roles: ["owner"] });
});

test("a channel that is locked just now is no proof that somebody is in it", async () => {
  await using open = await opened();
  open.platform.failNext(graphError(423, "Locked", "The resource is locked"), { after: 2 });

  const { items } = await open.call("add_member", { group: privateChannel, members: [carla.email] });

  expect(items).toMatchObject([{ status: "failed", error: { code: "conflict" } }]);
});

test("a quote in a name stays inside of the name", async () => {
  await using open = await opened();

  await open.call("add_member", { group: privateChannel, members: ["o'hara@contoso.com"] });

  expect(open.platform.requests.at(-1)?.json["user@odata.bind"]).toMatch(/\/users\('o''hara@contoso\.com'\)$/);
});

test("who leaves is removed, a stranger is absent", async () => {
  await using open = await opened();

  const { items } = await open.call("remove_member", { group: privateChannel, members: [ben.id, carla.email] });
  const { value } = await open.call("list_members", { group: privateChannel });

  expect(items?.map(({ status }) => status)).toEqual(["removed", "absent"]);
  expect(value).toEqual({ members: [{ who: { kind: "email", value: anna.email, name: "anna" }, role: "owner" }] });
});

test("members are named by their ids where the settings say so", async () => {
  await using open = await opened({ members_by: "id" });

  const { value } = await open.call("list_members", { group: privateChannel, limit: 1 });

  expect(value).toMatchObject({ members: [{ who: { kind: "user", value: anna.id } }], cursor: "1" });
});

test("members can be made what they should be", async () => {
  await using open = await opened();

  const sync = await open.host.syncMembers(`teams_webhook:${privateChannel}`, [anna.email, carla.email]);

  expect(sync).toMatchObject({ status: "ok", unchanged: 1 });
  expect(sync.items.map(({ subject, status }) => [subject, status])).toEqual([
    [carla.email, "added"],
    [ben.email, "removed"],
  ]);
});

test("a list that Graph gives in pages is read to its end, and the token goes to Graph alone", async () => {
  await using open = await opened();
  const value = [{ id: "19:7@thread.tacv2", displayName: "First", membershipType: "standard" }];
  open.platform.failNext({ json: { value, "@odata.nextLink": "http://elsewhere.example/v1.0/teams/x/channels?$skiptoken=abc" } });

  const { value: page } = await open.call("list_groups", { limit: 2 });

  expect(page).toMatchObject({ groups: [{ name: "First" }, { name: "General" }], cursor: "2" });
  expect(open.platform.requests.at(-1)).toMatchObject({ path: `/v1.0/teams/${team}/channels`, query: { $skiptoken: "abc" } });
});

test("a cursor that is none is refused", async () => {
  await using open = await opened();

  const { error } = await open.call("list_groups", { cursor: "http://elsewhere.example" });

  expect(error?.code).toBe("invalid_request");
});

test("an archived channel is still there", async () => {
  await using open = await opened();

  const { value } = await open.call("delete_group", { group: privateChannel, mode: "archive" });

  expect(value).toEqual({ id: `teams_webhook:${privateChannel}`, archived: true });
  expect(open.platform.requests.at(-1)?.path).toMatch(/\/archive$/);
});

function opened(more: object = {}) {
  const config = (url: string) => ({
    webhook_url: `${url}/workflows/1f2e?sig=sig-0123456789`,
    tenant_id: "contoso",
    client_id: "app-1",
    client_secret: "client-secret-0123",
    team_id: team,
    owner: anna.id,
    graph_url: `${url}/v1.0`,
    login_url: url,
    ...more,
  });
  return openPlugin(import.meta.dirname, { platform: teams(), config });
}
