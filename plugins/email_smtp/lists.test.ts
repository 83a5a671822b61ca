import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HostRequest } from "hookline";
import { expect, test } from "vitest";
import { type MailServer, startMailServer } from "./test/mailServer.ts";
import { openHost } from "./test/openHost.ts";

test("a list is a group: made with members, read, changed, listed and deleted", async () => {
  await using email = await openLists();

  const made = await email.call("create_group", {
    name: "Team Grün",
    description: "All of us",
    members: ["Anna@x.test", { who: { kind: "email", value: "ben@x.test", name: "Ben" }, role: "lead" }, "nobody"],
  });
  const group = String(made.value?.id);
  const changed = await email.call("update_group", { group, name: "Team Blau" });
  const read = await email.call("get_group", { group });
  const listed = await email.call("list_groups", {});
  const deleted = await email.call("delete_group", { group });
  const gone = await email.call("get_group", { group });

  expect(group).toMatch(/^email_smtp:team-gru-n-[0-9a-f]{8}$/);
  expect(made.items).toMatchObject([
    { subject: "Anna@x.test", status: "added" },
    { subject: "ben@x.test", status: "added" },
    { subject: "nobody", status: "failed", error: { code: "invalid_recipient" } },
  ]);
  const now = { id: group, name: "Team Blau", description: "All of us", visibility: "private" };
  expect([changed.value, read.value, deleted.value]).toEqual([now, now, { id: group }]);
  expect(listed.value?.groups).toEqual([now]);
  expect(gone.error).toMatchObject({ code: "not_found" });
});

test("the same external_id is the same list, and if_exists: fail says that it is there", async () => {
  await using email = await openLists();
  const request = { name: "Team", external_id: "team-7", members: ["a@x.test"] };

  const first = await email.call("create_group", request);
  const again = await email.call("create_group", { ...request, name: "Another name", members: ["a@x.test", "b@x.test"] });
  const refused = await email.call("create_group", { ...request, if_exists: "fail" });
  const other = await email.call("create_group", { name: "Team" });

  expect(again.value).toMatchObject({ id: first.value?.id, name: "Team", already: true });
  expect(again.items).toMatchObject([{ status: "already" }, { status: "added" }]);
  expect(refused.error).toMatchObject({ code: "conflict" });
  expect(other.value?.id).not.toBe(first.value?.id);
});

test("members are addresses in any case, and come in pages", async () => {
  await using email = await openLists();
  const group = await email.list(["anna@x.test", "ben@x.test", "carl@x.test"]);

  const added = await email.call("add_member", {
    group,
    members: ["ANNA@X.test", { who: "dora@x.test", mode: "invite" }, "+4930"],
  });
  const removed = await email.call("remove_member", { group, members: ["Ben@x.test", "ben@x.test"] });
  const first = await email.call("list_members", { group, limit: 1 });
  const second = await email.call("list_members", { group, limit: 1, cursor: first.value?.cursor });

  expect(added.items?.map(({ status, error }) => error?.code ?? status)).toEqual(["already", "unsupported", "invalid_recipient"]);
  expect(removed.items).toMatchObject([{ status: "removed" }, { status: "absent" }]);
  expect([...(first.value?.members ?? []), ...(second.value?.members ?? [])].map(({ who }) => who.value)).toEqual([
    "anna@x.test",
    "carl@x.test",
  ]);
  expect(second.value?.cursor).toBeUndefined();
});

test("syncMembers makes the members those that are wanted", async () => {
  await using email = await openLists();
  const group = await email.list(["anna@x.test", "ben@x.test"]);

  const sync = await email.host.syncMembers(group, ["Anna@x.test", "carl@x.test"]);

  expect(sync).toMatchObject({ status: "ok", unchanged: 1 });
  expect(sync.items).toMatchObject([
    { subject: "carl@x.test", status: "added" },
    { subject: "ben@x.test", status: "removed" },
  ]);
});

test("a mail to a list is one mail, in which its members do not see each other, with an item for each", async () => {
  await using email = await openLists();
  const group = await email.list(["anna@x.test", "gone@x.test", "ben@x.test"], 'Team "Grün"');

  const outcome = await email.call("send_message", { to: [group, "boss@x.test", "ANNA@x.test"], content: "hi" });

  expect(outcome.status).toBe("partial");
  expect(outcome.items).toMatchObject([
    { subject: "anna@x.test", status: "sent" },
    { subject: "gone@x.test", status: "failed", error: { code: "invalid_recipient" } },
    { subject: "ben@x.test", status: "sent" },
    { subject: "boss@x.test", status: "sent" },
    { subject: "ANNA@x.test", status: "sent" },
  ]);
  expect(email.server.mails).toHaveLength(1);
  const [mail] = email.server.mails;
  expect(mail?.envelope.to).toEqual(["boss@x.test", "ANNA@x.test", "ben@x.test"]);
  expect(mail?.email.to?.map(({ address }) => address)).toEqual(["boss@x.test", "ANNA@x.test"]);
  expect(mail?.raw).not.toContain("ben@x.test");
  expect(mail?.raw).toMatch(/^List-ID:\s+.*<team-gru-n-[0-9a-f]{8}\.acme\.test>\r$/im);
});

test("the same idempotency_key sends nothing again to a list of which some members failed", async () => {
  await using email = await openLists();
  const group = await email.list(["anna@x.test", "gone@x.test"]);
  const request = { to: group, content: "hi", idempotency_key: "news 7" };

  const first = await email.call("send_message", request);
  const again = await email.call("send_message", request);

  expect([first.status, again.status]).toEqual(["partial", "partial"]);
  expect(again.items).toEqual(first.items);
  expect(email.server.mails).toHaveLength(1);
});

test("a mail to a list alone names nobody", async () => {
  await using email = await openLists();
  const group = await email.list(["anna@x.test", "ben@x.test"]);

  const outcome = await email.call("send_message", { to: { kind: "group", value: group }, content: "hi" });

  expect(outcome.status).toBe("ok");
  expect(email.server.mails.map(({ envelope }) => envelope.to)).toEqual([["anna@x.test", "ben@x.test"]]);
  expect(email.server.mails[0]?.raw).not.toMatch(/(anna|ben)@x\.test/);
});

test("long lists are several mails of the same Message-ID, and a copy goes out once", async () => {
  await using email = await openLists({ max_recipients: 2 });
  const group = await email.list(["a", "b", "c", "d"].map((name) => `${name}@x.test`));

  const outcome = await email.call("send_message", {
    to: [group, "boss@x.test"],
    content: "hi",
    provider_options: { email_smtp: { bcc: ["archive@x.test"] } },
  });

  expect(outcome.items).toHaveLength(5);
  expect(email.server.mails.map(({ envelope }) => envelope.to).toSorted((a, b) => a.join().localeCompare(b.join()))).toEqual([
    ["b@x.test", "c@x.test"],
    ["boss@x.test", "a@x.test", "archive@x.test"],
    ["d@x.test"],
  ]);
  expect(new Set(email.server.mails.map(({ email: { messageId } }) => messageId)).size).toBe(1);
});

test("list_delivery: each gives everybody a mail of their own, and one that fails is an item", async () => {
  await using email = await openLists({ list_delivery: "each" });
  const group = await email.list(["anna@x.test", "gone@x.test", "ben@x.test"]);

  const outcome = await email.call("send_message", { to: [group, "boss@x.test"], content: "hi" });

  expect(outcome.items?.map(({ status }) => status)).toEqual(["sent", "failed", "sent", "sent"]);
  expect(
    email.server.mails.map(({ envelope, email: mail }) => [envelope.to, mail.to?.map(({ address }) => address)]).toSorted(),
  ).toEqual(["anna", "ben", "boss"].map((name) => [[`${name}@x.test`], [`${name}@x.test`]]));
});

test("when nobody gets a mail the call fails, and says maybe when it cannot know", async () => {
  await using email = await openLists({ list_delivery: "each" });
  const all = await email.list(["gone@x.test", "gone-too@x.test"]);
  const empty = await email.list([]);
  const archived = await email.list(["a@x.test"]);
  await email.call("delete_group", { group: archived, mode: "archive" });

  const outcomes = [];
  for (const value of [all, empty, archived, "nobody"])
    outcomes.push(await email.call("send_message", { to: { kind: "group", value }, content: "hi" }));

  expect(outcomes.map(({ error }) => error?.code)).toEqual(outcomes.map(() => "invalid_recipient"));
  expect(outcomes.every(({ error }) => error?.dispatched === "no")).toBe(true);
  expect(email.server.mails).toEqual([]);
});

test("an archived list can be read and no more", async () => {
  await using email = await openLists();
  const group = await email.list(["a@x.test"]);

  const archived = await email.call("delete_group", { group, mode: "archive" });
  const read = await email.call("get_group", { group });
  const late = [
    await email.call("add_member", { group, members: ["b@x.test"] }),
    await email.call("remove_member", { group, members: ["a@x.test"] }),
    await email.call("update_group", { group, name: "New" }),
  ];

  expect(archived.value).toEqual({ id: group, archived: true });
  expect(read.value).toMatchObject({ archived: true });
  expect(late.map(({ error }) => error?.code)).toEqual(["conflict", "conflict", "conflict"]);
});

test("while generations change, no member that was added is lost, and the file is whole whenever it is read", async () => {
  await using email = await openLists();
  const group = await email.list([]);
  const wanted = Array.from({ length: 120 }, (_, n) => `m${String(n).padStart(3, "0")}@x.test`);
  const add = (who: string) => email.call("add_member", { group, members: [who] });
  const isSwapped = () => (email.host.instance("email_smtp").generation ?? 0) > 1;
  let isOver = false;
  const watching = (async () => {
    while (!isOver) JSON.parse(await readFile(email.file, "utf8"));
  })();

  // The old generation has much to do when the new one begins.
  const adding = wanted.slice(0, 80).map(add);
  const reloading = email.host.reload("email_smtp");
  while (!isSwapped()) await readFile(email.file);
  adding.push(...wanted.slice(80).map(add));
  const outcomes = await Promise.all(adding);
  await reloading;
  isOver = true;
  await watching;

  expect(outcomes.every(({ status }) => status === "ok")).toBe(true);
  expect(new Set(outcomes.map(({ attempts }) => attempts[0]?.generation))).toEqual(new Set([1, 2]));
  const { value } = await email.call("list_members", { group, limit: 1000 });
  expect(value?.members.map(({ who }) => who.value)).toEqual(wanted);
  expect(await readdir(join(email.file, ".."))).toEqual(["lists.json"]);
});

test("what people write into the file by hand counts at once and is kept", async () => {
  await using email = await openLists();
  const anna = { address: "anna@x.test", since: 2024 };
  const byHand = (members: object[]) => ({ note: "ours", lists: { crew: { name: "Crew", colour: "green", members } } });
  await writeFile(email.file, JSON.stringify(byHand([anna])));

  const sent = await email.call("send_message", { to: "crew", content: "hi" });
  const added = await email.call("add_member", { group: "crew", members: ["ben@x.test"] });

  expect([sent.status, added.status]).toEqual(["ok", "ok"]);
  expect(JSON.parse(await readFile(email.file, "utf8"))).toEqual(byHand([anna, { address: "ben@x.test" }]));
});

test("a file that only its owner may read stays so", async () => {
  await using email = await openLists();
  const group = await email.list([]);
  await chmod(email.file, 0o600);

  await email.call("add_member", { group, members: ["a@x.test"] });

  expect((await stat(email.file)).mode & 0o777).toBe(0o600);
});

test.each([
  ["no JSON", "{ lists:", "is no JSON any more"],
  ["a list without members", '{ "lists": { "crew": { "name": "Crew" } } }', "members"],
  [
    "a wrong address",
    '{ "lists": { "crew": { "name": "Crew", "members": [{ "address": "a@x.test\\nb@x.test" }] } } }',
    "is no mail address",
  ],
  ["an id that is none", '{ "lists": { "../crew": { "name": "Crew", "members": [] } } }', "lists"],
])("a file with %s is told and never written over", async (_name, text, told) => {
  await using email = await openLists();
  await writeFile(email.file, text);

  const added = await email.call("add_member", { group: "crew", members: ["b@x.test"] });
  const sent = await email.call("send_message", { to: { kind: "group", value: "crew" }, content: "hi" });
  const single = await email.call("send_message", { to: "a@x.test", content: "hi" });
  await using fresh = await openHost({ port: email.server.port, lists_file: email.file });

  for (const { error } of [added, sent]) {
    expect(error).toMatchObject({ code: "unavailable", retryable: false, dispatched: "no" });
    expect(error?.message).toContain(email.file);
    expect(error?.message).toContain(told);
  }
  expect(single.status).toBe("ok");
  expect(fresh.host.instance("email_smtp").failure).toMatchObject({
    code: "settings_invalid",
    message: expect.stringContaining(told),
  });
  expect(await readFile(email.file, "utf8")).toBe(text);
});

test("a file that cannot be written is a permission error, and nothing is changed", async () => {
  await using email = await openLists({ lists_file: "/proc/lists.json" });

  const { error } = await email.call("create_group", { name: "Team" });

  expect(error).toMatchObject({ code: "permission", dispatched: "no" });
});

test("without a file there are no groups", async () => {
  await using server = await startMailServer();
  await using email = await openHost({ port: server.port });

  expect(email.host.instance("email_smtp").hooks.toSorted()).toEqual(["health_check", "send_message", "validate_config"]);
});

/** A host with lists in a file of its own, and a server that knows nobody whose name begins with "gone". */
async function openLists(settings: Record<string, unknown> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "hookline-lists-"));
  const file = join(folder, "lists.json");
  const server: MailServer = await startMailServer({
    onRcptTo: ({ address }, _session, done) =>
      done(address.startsWith("gone") ? Object.assign(new Error("5.1.1 no such user"), { responseCode: 550 }) : null),
  });
  const email = await openHost({ port: server.port, lists_file: file, ...settings });
  const call = <Hook extends "send_message" | GroupHook>(hook: Hook, request: Omit<HostRequest<readonly [], Hook>, "channel">) =>
    email.host.call(hook, { channel: "email", ...request } as HostRequest<readonly [], Hook>);
  return {
    host: email.host,
    file,
    server,
    call,
    /** Makes a list, and returns its ref. */
    async list(members: string[], name = "Team"): Promise<string> {
      return String((await call("create_group", { name, members })).value?.id);
    },
    async [Symbol.asyncDispose]() {
      await email.host.close();
      await server[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

type GroupHook =
  | "create_group"
  | "get_group"
  | "update_group"
  | "delete_group"
  | "list_groups"
  | "add_member"
  | "remove_member"
  | "list_members";
