import { existsSync, readFileSync } from "node:fs";
import { assert as forAll, property, string } from "fast-check";
import { z } from "hookline";
import { openPlugin } from "hookline/testing";
import { expect, onTestFinished, test, vi } from "vitest";
import { groupAddress } from "./groupAddress.ts";
import { openGroups } from "./test/openGroups.ts";
import { account, refused } from "./test/workspace.ts";

const team = { name: "Team Blue", external_id: "team-7" };
const id = "google_groups:team-7@acme.test";

test("a group is made with its address, its settings and its members", async () => {
  await using groups = await openGroups({ group_settings: { whoCanPostMessage: "ALL_MEMBERS_CAN_POST", isArchived: "true" } });

  const outcome = await groups.call("create_group", {
    ...team,
    description: "All of us",
    members: ["anna@acme.test", { who: { kind: "email", value: "ben@acme.test" }, role: "owner" }],
    provider_options: { google_groups: { group_settings: { isArchived: "false", replyTo: "REPLY_TO_LIST" } } },
  });

  expect(outcome).toMatchObject({
    status: "ok",
    value: {
      id,
      name: "Team Blue",
      description: "All of us",
      external_id: "team-7",
      visibility: "private",
      url: "https://groups.google.com/a/acme.test/g/team-7",
    },
    items: [
      { subject: "anna@acme.test", status: "added" },
      { subject: "ben@acme.test", status: "added" },
    ],
  });
  expect(groups.workspace.groups.get("team-7@acme.test")).toMatchObject({
    name: "Team Blue",
    description: "All of us",
    settings: {
      whoCanJoin: "INVITED_CAN_JOIN",
      whoCanPostMessage: "ALL_MEMBERS_CAN_POST",
      isArchived: "false",
      replyTo: "REPLY_TO_LIST",
    },
    members: [
      { email: "anna@acme.test", role: "MEMBER" },
      { email: "ben@acme.test", role: "OWNER" },
    ],
  });
});

test("every setting that the plugin names is one of Google's, with a value of Google's", async ({ skip }) => {
  const file = `${import.meta.dirname}/../../../shared/specs/google.groupssettings.openapi.json`;
  if (!existsSync(file)) return skip("google.groupssettings.openapi.json is not here, so the settings are not compared with it");
  const documented = z.object({
    components: z.object({
      schemas: z.object({
        Groups: z.object({ properties: z.record(z.string(), z.object({ description: z.string() }).partial()) }),
      }),
    }),
  });
  const { properties } = documented.parse(JSON.parse(readFileSync(file, "utf8"))).components.schemas.Groups;
  await using groups = await openGroups();

  for (const visibility of ["private", "public"]) await groups.call("create_group", { name: visibility, visibility });
  await groups.call("delete_group", { group: "public@acme.test", mode: "archive" });

  const sent = groups.platform.requests
    .filter(({ path }) => path.startsWith("/groups/v1/"))
    .map(({ json }) => z.record(z.string(), z.string()).parse(json));
  expect(sent).toHaveLength(3);
  for (const [name, value] of sent.flatMap((settings) => Object.entries(settings)))
    expect(properties[name]?.description).toContain(value);
});

test("the same external_id is the same group: nothing of it changes, and who is missing is added", async () => {
  await using groups = await openGroups();
  await groups.call("create_group", { ...team, visibility: "public" });
  const before = groups.platform.requests.length;

  const outcome = await groups.call("create_group", { ...team, name: "Another name", members: ["anna@acme.test"] });

  expect(outcome).toMatchObject({ value: { id, name: "Team Blue", already: true }, items: [{ status: "added" }] });
  expect(groups.workspace.groups.get("team-7@acme.test")?.settings.whoCanJoin).toBe("ALL_IN_DOMAIN_CAN_JOIN");
  expect(groups.asked(before).filter((one) => one.startsWith("PATCH"))).toEqual([]);
});

test.each([
  ["if_exists is fail", { ...team, if_exists: "fail" }, "there is a group team-7@acme.test already"],
  ["the address belongs to another name", { name: "Team 7" }, 'belongs to the group "Team Blue"'],
])("when %s the group that is there is a conflict", async (_, request, sentence) => {
  await using groups = await openGroups();
  await groups.call("create_group", team);

  const { error } = await groups.call("create_group", request);

  expect(error).toMatchObject({ code: "conflict", failover: false });
  expect(error?.message).toContain(sentence);
});

test("without an external_id the same name is the same group; an address of the caller's is taken as it is", async () => {
  await using groups = await openGroups();

  const first = await groups.call("create_group", { name: "Läufer & Co." });
  const again = await groups.call("create_group", { name: "Läufer & Co." });
  const own = await groups.call("create_group", {
    name: "Läufer & Co.",
    provider_options: { google_groups: { email: "Run@Acme.test" } },
  });

  expect([first.value?.id, again.value?.id, own.value?.id]).toEqual([
    "google_groups:laufer-co@acme.test",
    "google_groups:laufer-co@acme.test",
    "google_groups:run@acme.test",
  ]);
  expect(again.value?.already).toBe(true);
});

test.each([
  ["Team Blue", "team-blue"],
  ["Ünïcode--Straße", "unicode-stra-e"],
  ["Команда", "group-"],
  ["postmaster", "postmaster-"],
  ["x".repeat(70), "x".repeat(53)],
])("the address of a group called %s", (name, start) => {
  const [local = "", domain] = groupAddress({ name }, "acme.test").split("@");

  expect(local.startsWith(start)).toBe(true);
  expect(local).toMatch(/^[a-z0-9_-]{1,64}$/);
  expect(domain).toBe("acme.test");
});

test("two ids never have the same address, and each is an address", () => {
  const address = (external_id: string) => groupAddress({ name: "x", external_id }, "acme.test");

  forAll(
    property(string({ minLength: 1, unit: "binary" }), string({ minLength: 1, unit: "binary" }), (one, other) => {
      expect(address(one)).toMatch(/^[a-z0-9_-]{1,64}@acme\.test$/);
      expect(address(one) === address(other)).toBe(one === other);
    }),
    { seed: 7 },
  );
  expect(address("A/B")).not.toBe(address("a-b"));
  expect(address("team-7")).toBe("team-7@acme.test");
});

test("a group that Google does not know everywhere yet is finished by the next attempt, as the group that was asked for", async () => {
  await using groups = await openGroups();
  groups.platform.failNext(refused(404, "notFound", "Not Found"), { after: 1 });
  const request = { ...team, if_exists: "fail", idempotency_key: "k-1" };

  const first = await groups.call("create_group", request);
  await groups.host.reload("google_groups");
  const second = await groups.call("create_group", request);

  expect(first.error).toMatchObject({ code: "unavailable", retryable: true, failover: false, penalize: "no" });
  expect(first.error?.message).toContain("does not know the new group team-7@acme.test everywhere yet");
  expect(second).toMatchObject({ status: "ok", value: { id, visibility: "private" } });
  expect(second.value).not.toHaveProperty("already");
  expect(groups.workspace.groups.get("team-7@acme.test")?.settings.whoCanJoin).toBe("INVITED_CAN_JOIN");
});

test("a group whose answer was lost gets its settings from the next call that names it", async () => {
  await using groups = await openGroups();
  groups.platform.failNext(async (request) => {
    await groups.platform.answer(request);
    return { status: 502, body: "<html>" };
  });

  const first = await groups.call("create_group", team);
  const second = await groups.call("create_group", team);

  expect(first.error).toMatchObject({ code: "unavailable", dispatched: "maybe" });
  expect(second.value).toMatchObject({ id, already: true });
  expect(groups.workspace.groups.get("team-7@acme.test")?.settings.whoCanJoin).toBe("INVITED_CAN_JOIN");
});

test("a 503 does not say that there is no group: the next call finishes it", async () => {
  await using groups = await openGroups();
  groups.platform.failNext(async (request) => {
    await groups.platform.answer(request);
    return { status: 503 };
  });

  const first = await groups.call("create_group", team);
  await groups.call("create_group", team);

  expect(first.error).toMatchObject({ code: "unavailable" });
  expect(groups.workspace.groups.get("team-7@acme.test")?.settings.whoCanJoin).toBe("INVITED_CAN_JOIN");
});

test("an address that a person has is a conflict", async () => {
  await using groups = await openGroups();
  groups.platform.failNext(refused(409, "duplicate", "Entity already exists."));

  const { error } = await groups.call("create_group", team);

  expect(error).toMatchObject({ code: "conflict", failover: false });
  expect(error?.message).toContain("team-7@acme.test is taken");
});

test("settings that may not be changed keep the call with this instance: another one would make a second group", async () => {
  await using groups = await openGroups();
  groups.platform.failNext(refused(403, "forbidden", "Insufficient permission"), { after: 1 });

  const { error } = await groups.call("create_group", team);

  expect(error).toMatchObject({ code: "permission", failover: false });
});

test("a 404 of a group is worth another try while the group is new, and final afterwards", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  await using groups = await openGroups();
  await groups.call("create_group", team);
  const missing = refused(404, "notFound", "Resource Not Found: groupKey");
  const member = { group: id, members: ["anna@acme.test"] };

  groups.platform.failNext(missing);
  const soon = await groups.call("add_member", member);
  vi.setSystemTime(Date.now() + 61_000);
  groups.platform.failNext(missing);
  const later = await groups.call("add_member", member);

  expect(soon.error).toMatchObject({ code: "unavailable", retryable: true, dispatched: "no" });
  expect(later.error).toMatchObject({ code: "not_found", retryable: false });
});

test("an update changes what it names", async () => {
  await using groups = await openGroups();
  await groups.call("create_group", { ...team, description: "All of us" });

  const renamed = await groups.call("update_group", { group: id, name: "Team Red" });
  const shown = await groups.call("update_group", { group: id, visibility: "public" });
  const nothing = await groups.call("update_group", { group: id });

  expect(renamed.value).toMatchObject({ id, name: "Team Red", description: "All of us" });
  expect(shown.value).toMatchObject({ id, visibility: "public" });
  expect(nothing.value).toMatchObject({ id, name: "Team Red" });
  expect(groups.workspace.groups.get("team-7@acme.test")).toMatchObject({
    name: "Team Red",
    settings: { whoCanJoin: "ALL_IN_DOMAIN_CAN_JOIN" },
  });
});

test("an archived group takes no more mail and stays; a deleted one is gone", async () => {
  await using groups = await openGroups();
  await groups.call("create_group", team);

  const archived = await groups.call("delete_group", { group: id, mode: "archive" });
  const settings = { ...groups.workspace.groups.get("team-7@acme.test")?.settings };
  const deleted = await groups.call("delete_group", { group: id });
  const again = await groups.call("delete_group", { group: "old@acme.test" });

  expect(archived.value).toEqual({ id, archived: true });
  expect(settings).toMatchObject({ archiveOnly: "true", whoCanPostMessage: "NONE_CAN_POST" });
  expect(deleted.value).toEqual({ id });
  expect(groups.workspace.groups.size).toBe(0);
  expect(again.error).toMatchObject({ code: "not_found" });
});

test("groups are listed page by page", async () => {
  await using groups = await openGroups();
  for (let n = 0; n < 201; n++) groups.workspace.add(`g${n}@acme.test`);

  const first = await groups.call("list_groups", { limit: 1000 });
  const second = await groups.call("list_groups", { limit: 1000, cursor: String(first.value?.cursor) });

  expect([first, second].map(({ value }) => [value?.groups].flat().length)).toEqual([200, 1]);
  expect(second.value).not.toHaveProperty("cursor", expect.anything());
});

test("a new token that is not taken either is an error of the credentials, after one more request", async () => {
  await using groups = await openGroups();
  const before = groups.platform.requests.length;
  const expired = refused(401, "authError", "Invalid Credentials");
  groups.platform.failNext(expired);
  groups.platform.failNext(expired, { after: 2 });

  const { error } = await groups.call("get_group", { group: "team@acme.test" });

  expect(error).toMatchObject({ code: "auth", dispatched: "no" });
  expect(groups.asked(before).map((one) => one.replace(/ .*\//, " "))).toEqual([
    "GET team@acme.test",
    "POST token",
    "GET team@acme.test",
  ]);
});

test("a token that is not taken any more is replaced once, however many calls it concerns", async () => {
  await using groups = await openGroups();
  groups.workspace.add("team@acme.test");
  groups.workspace.revoke();
  const before = groups.platform.requests.length;

  const outcomes = await Promise.all([1, 2, 3].map(() => groups.call("get_group", { group: "team@acme.test" })));

  expect(outcomes.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(groups.asked(before).filter((one) => one === "POST /token")).toHaveLength(1);
});

test("an address that gives no tokens is a problem of the settings, and not of the group", async () => {
  await using groups = await openGroups();
  groups.workspace.revoke();
  groups.platform.failNext({ status: 404, body: "<html>" }, { after: 1 });

  const { error } = await groups.call("get_group", { group: "team@acme.test" });

  expect(error).toMatchObject({ code: "auth", dispatched: "no" });
});

test.each([
  [
    "a scope that the Admin console does not allow",
    { admin: "anna@acme.test" },
    /Client is unauthorized .* \(unauthorized_client\); allow the service account/,
  ],
  ["a mailbox that it may not send from", { send_as: "anna@acme.test" }, /unauthorized_client\); allow the service account/],
  ["a domain of somebody else", { domain: "other.test" }, /Domain not found/],
  ["a sender that is none", { send_as: "nobody" }, /"nobody" is no mail address to send from/],
  [
    "a key file that is not there",
    { credentials_file: "/nowhere.json" },
    /credentials_file \/nowhere\.json must have client_email .* \(ENOENT\)/,
  ],
])("%s is a problem of the settings", async (_, settings, sentence) => {
  await expect(openGroups(settings)).rejects.toThrow(sentence);
});

test("a Google that is down is no problem of the settings, and shows in the health", async () => {
  const config = (url: string) => ({
    domain: "acme.test",
    admin: "admin@acme.test",
    ...account,
    api_url: url,
    token_url: `${url}/token`,
  });

  await using groups = await openPlugin(import.meta.dirname, { platform: () => ({ status: 503 }), config });

  expect(await groups.ask("health_check")).toMatchObject({
    healthy: false,
    details: { code: "unavailable" },
  });
  expect(groups.host.instance("google_groups").hooks).not.toContain("send_message");
});
