import { expect, test } from "vitest";
import { openGroups } from "./test/openGroups.ts";
import { refused } from "./test/workspace.ts";

const group = "team@acme.test";
const userId = "100000000000000000007";

test("members are added with their roles, each with its own result", async () => {
  await using groups = await openGroups();
  groups.workspace.add(group, [{ id: "1", email: "anna@acme.test", role: "MEMBER", type: "USER" }]);
  groups.workspace.add("other@acme.test");

  const outcome = await groups.call("add_member", {
    group,
    members: [
      "anna@acme.test",
      { who: "ben@acme.test", role: "Owner" },
      { who: { kind: "user", value: userId }, role: "admin" },
      { who: { kind: "group", value: "other@acme.test" } },
      { who: { kind: "user", value: "7" } },
      { who: { kind: "phone", value: "+4915112345678" } },
      "evil@acme.test\r\nx",
      { who: "cleo@acme.test", mode: "invite" },
      { who: "cleo@acme.test", role: "king" },
      "dora@acme.test",
    ],
  });

  expect(outcome.items?.map(({ status, error }) => error?.code ?? status)).toEqual([
    "already",
    "added",
    "added",
    "added",
    "invalid_recipient",
    "unsupported",
    "invalid_recipient",
    "unsupported",
    "invalid_request",
    "added",
  ]);
  expect(groups.workspace.groups.get(group)?.members).toMatchObject([
    { email: "anna@acme.test", role: "MEMBER" },
    { email: "ben@acme.test", role: "OWNER" },
    { id: userId, role: "MANAGER" },
    { email: "other@acme.test", role: "MEMBER", type: "GROUP" },
    { email: "dora@acme.test" },
  ]);
});

test("who is in the group already gets the role that is named", async () => {
  await using groups = await openGroups();
  groups.workspace.add(group, [{ id: "1", email: "anna@acme.test", role: "MEMBER", type: "USER" }]);

  const outcome = await groups.call("add_member", { group, members: [{ who: "anna@acme.test", role: "manager" }] });

  expect(outcome.items).toMatchObject([{ status: "already" }]);
  expect(groups.workspace.groups.get(group)?.members[0]?.role).toBe("MANAGER");
});

test("a limit in the middle ends it: what was done stays, the others are not tried", async () => {
  await using groups = await openGroups();
  groups.workspace.add(group);
  const before = groups.platform.requests.length;
  groups.platform.failNext(refused(403, "quotaExceeded", "Quota exceeded"), { after: 1 });

  const outcome = await groups.call("add_member", { group, members: ["a@acme.test", "b@acme.test", "c@acme.test"] });

  expect(outcome.status).toBe("partial");
  expect(outcome.items).toMatchObject([
    { status: "added" },
    { status: "failed", error: { code: "rate_limited", dispatched: "no" } },
    { status: "failed", error: { code: "rate_limited", dispatched: "no" } },
  ]);
  expect(groups.asked(before)).toHaveLength(2);
});

test("one whom the group does not take is an item; who may not add anybody gets an error", async () => {
  await using groups = await openGroups();
  groups.workspace.add(group);
  const members = ["a@other.test", "b@acme.test"];

  groups.platform.failNext(refused(412, "conditionNotMet", "Condition not met"));
  const one = await groups.call("add_member", { group, members });
  groups.platform.failNext(refused(403, "forbidden", "Not Authorized to access this resource/api"));
  const all = await groups.call("add_member", { group, members });

  expect(one.items).toMatchObject([{ status: "failed", error: { code: "invalid_request" } }, { status: "added" }]);
  expect(all.error).toMatchObject({ code: "permission", failover: true });
});

test("somebody whom Google does not know is an item in a new group, too, and the others are added", async () => {
  await using groups = await openGroups();

  const outcome = await groups.call("create_group", { name: "Team", members: [{ kind: "user", value: "7" }, "b@acme.test"] });

  expect(outcome.items?.map(({ status, error }) => error?.code ?? status)).toEqual(["invalid_recipient", "added"]);
});

test("a user may be named by the address", async () => {
  await using groups = await openGroups();
  groups.workspace.add(group);

  await groups.call("add_member", { group, members: [{ who: { kind: "user", value: "anna@acme.test" } }] });

  expect(groups.workspace.groups.get(group)?.members).toMatchObject([{ email: "anna@acme.test" }]);
});

test("the members of a new group are items, whatever happens to them: the group is there", async () => {
  await using groups = await openGroups();
  groups.platform.failNext(refused(429, "rateLimitExceeded", "Quota exceeded"), { after: 2 });

  const outcome = await groups.call("create_group", { name: "Team", members: ["a@acme.test", "b@acme.test"] });

  expect(outcome.value).toMatchObject({ id: "google_groups:team@acme.test" });
  expect(outcome.items?.map(({ error }) => error?.code)).toEqual(["rate_limited", "rate_limited"]);
});

test("who is not in the group is absent; a group that is not there is an error", async () => {
  await using groups = await openGroups();
  groups.workspace.add(group, [{ id: userId, email: "anna@acme.test", role: "MEMBER", type: "USER" }]);

  const outcome = await groups.call("remove_member", { group, members: [userId, "ben@acme.test"] });
  const missing = await groups.call("remove_member", { group: "old@acme.test", members: ["ben@acme.test"] });

  expect(outcome.items).toMatchObject([{ status: "removed" }, { status: "absent" }]);
  expect(missing.error).toMatchObject({ code: "not_found" });
});

test.each([
  [404, "notFound", "Resource Not Found: memberKey"],
  [400, "required", "Missing required field: memberKey"],
  [400, "invalid", "Invalid Input: memberKey"],
])("a %i %s about the member is absent", async (status, reason, message) => {
  await using groups = await openGroups();
  groups.workspace.add(group);
  groups.platform.failNext(refused(status, reason, message));

  const outcome = await groups.call("remove_member", { group, members: ["nobody@other.test"] });

  expect(outcome.items).toMatchObject([{ status: "absent" }]);
});

test("members are listed page by page, groups as groups, and everybody of the domain by an id", async () => {
  await using groups = await openGroups();
  const people = Array.from({ length: 199 }, (_, n) => ({ id: `${n}`, email: `p${n}@acme.test`, role: "MEMBER", type: "USER" }));
  const others = [
    { id: "g", email: "other@acme.test", role: "MANAGER", type: "GROUP" },
    { id: "C01", role: "MEMBER", type: "CUSTOMER" },
  ];
  groups.workspace.add(group, [...people, ...others]);

  const first = await groups.call("list_members", { group, limit: 1000 });
  const second = await groups.call("list_members", { group, limit: 1000, cursor: String(first.value?.cursor) });

  expect([first.value?.members].flat()).toHaveLength(200);
  expect([first.value?.members].flat().at(-1)).toEqual({ who: { kind: "group", value: "other@acme.test" }, role: "manager" });
  expect(second.value).toEqual({ members: [{ who: { kind: "user", value: "C01" }, role: "member" }] });
});

test("syncMembers makes the members those that are wanted, over pages and parts", async () => {
  await using groups = await openGroups();
  const email = (n: number) => `p${n}@acme.test`;
  groups.workspace.add(
    group,
    Array.from({ length: 205 }, (_, n) => ({ id: `${n}`, email: email(n), role: "MEMBER", type: "USER" })),
  );
  const wanted = Array.from({ length: 205 }, (_, n) => email(n + 25));

  const sync = await groups.host.syncMembers({ channel: "google_groups", group }, wanted);

  expect(sync).toMatchObject({ status: "ok", unchanged: 180 });
  expect(new Set(groups.workspace.groups.get(group)?.members.map((member) => member.email))).toEqual(new Set(wanted));
});

test("what the SDK says is in the error, and its token is not", async () => {
  await using groups = await openGroups();

  const { error } = await groups.call("get_group", { group: "old@acme.test" });

  expect(error?.message).toMatch(
    /GET 127\.0\.0\.1:\d+\/admin\/directory\/v1\/groups\/old%40acme\.test: Resource Not Found: groupKey \(notFound\)/,
  );
  expect(JSON.stringify([error, groups.logs])).not.toContain("ya29");
});
