import { spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { communication, createHost, type Host, unwrap } from "hookline";
import { expect, test } from "vitest";

const channel = "local";
const secret = "a secret of the test";

/** A host with this plugin, loaded from its folder as a stranger's is, on a folder of its own. */
async function openMailbox(settings: Record<string, unknown> = {}): Promise<AsyncDisposable & { host: Host; folder: string }> {
  const own = await mkdtemp(join(tmpdir(), "mailbox-"));
  const folder = typeof settings.folder === "string" ? settings.folder : own;
  const entry = { plugin_id: "local_mailbox", rate_limit_per_minute: 0, config: { folder, ...settings } };
  const config = { plugin_paths: [import.meta.dirname], enabled_plugins: [entry] };
  const host = await createHost({ config, logger: false, watch: false });
  return {
    host,
    folder,
    async [Symbol.asyncDispose]() {
      await host.close();
      await rm(own, { recursive: true, force: true });
    },
  };
}

async function createGroup(host: Host, more: object = {}) {
  return unwrap(await host.call("create_group", { channel, name: "Team Blue", ...more }));
}

/** Every file below a folder with its text, drafts and dots included. */
async function filesIn(folder: string): Promise<Map<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  const read = files.map(async ({ parentPath, name }) => {
    const file = join(parentPath, name);
    return [relative(folder, file), await readFile(file, "utf8")] as const;
  });
  return new Map((await Promise.all(read)).toSorted());
}

test("it implements every hook of the contract", async () => {
  await using mailbox = await openMailbox({ journal: true });

  const { hooks, failure } = mailbox.host.instance("local_mailbox");

  expect(failure).toBeUndefined();
  expect(hooks.toSorted()).toEqual(Object.keys(communication.hooks).toSorted());
});

test("a group is made with its members, found, changed, listed, archived and deleted", async () => {
  await using mailbox = await openMailbox();
  const { host } = mailbox;

  const group = await createGroup(host, {
    description: "Blue things",
    members: ["anna", { who: { kind: "user", value: "ben" }, role: "owner" }],
  });
  const changed = unwrap(await host.call("update_group", { channel, group: group.id, name: "Team Navy" }));
  const page = unwrap(await host.call("list_groups", { channel }));
  const members = unwrap(await host.call("list_members", { channel, group: group.id }));
  const archived = unwrap(await host.call("delete_group", { channel, group: group.id, mode: "archive" }));
  const late = await host.call("send_message", { channel, to: group.id, content: "Anybody?" });
  const deleted = await host.call("delete_group", { channel, group: group.id });
  const gone = await host.call("get_group", { channel, group: group.id });

  expect(group).toMatchObject({ name: "Team Blue", description: "Blue things", visibility: "private" });
  expect(group.items).toMatchObject([
    { subject: "anna", status: "added" },
    { subject: "ben", status: "added" },
  ]);
  expect(changed).toMatchObject({ id: group.id, name: "Team Navy", description: "Blue things" });
  expect(page.groups).toMatchObject([{ id: group.id, name: "Team Navy" }]);
  expect(members.members).toMatchObject([{ who: { value: "anna" } }, { who: { value: "ben" }, role: "owner" }]);
  expect(archived).toMatchObject({ id: group.id, archived: true });
  expect(late.error).toMatchObject({ code: "conflict" });
  expect(deleted.status).toBe("ok");
  expect(gone.error).toMatchObject({ code: "not_found", message: expect.stringContaining("there is no group") });
});

test("the same external_id is the same group, unless the caller wants it to fail", async () => {
  await using mailbox = await openMailbox();
  const first = await createGroup(mailbox.host, { external_id: "CRM/42", members: ["anna"] });

  const again = await createGroup(mailbox.host, { external_id: "CRM/42", name: "Other", members: ["anna", "ben"] });
  const refused = await mailbox.host.call("create_group", { channel, name: "Other", external_id: "CRM/42", if_exists: "fail" });

  expect(again).toMatchObject({ id: first.id, name: "Team Blue", external_id: "CRM/42", already: true });
  expect(again.items).toMatchObject([
    { subject: "anna", status: "already" },
    { subject: "ben", status: "added" },
  ]);
  expect(refused.error).toMatchObject({ code: "conflict", message: expect.stringContaining("CRM/42") });
});

test("a creation whose answer was lost may be repeated with its idempotency_key, also when it shall fail on others", async () => {
  await using mailbox = await openMailbox();
  await using restarted = await openMailbox({ folder: mailbox.folder });
  const request = { external_id: "42", if_exists: "fail", idempotency_key: "create 42" };
  const first = await createGroup(mailbox.host, request);
  const unnamed = await createGroup(mailbox.host, { idempotency_key: "another" });

  const repeated = await createGroup(restarted.host, request);
  const repeatedUnnamed = await createGroup(restarted.host, { idempotency_key: "another" });

  expect(repeated).toMatchObject({ id: first.id, already: true });
  expect(repeatedUnnamed).toMatchObject({ id: unnamed.id, already: true });
});

test("adding twice is already, removing a stranger is absent, and one bad member fails alone", async () => {
  await using mailbox = await openMailbox();
  const { id: group } = await createGroup(mailbox.host, { members: ["anna"] });

  const added = await mailbox.host.call("add_member", {
    channel,
    group,
    members: ["anna", "ben", "a\nb", { kind: "group", value: "x" }],
  });
  const removed = await mailbox.host.call("remove_member", { channel, group, members: ["ben", "carl"] });

  expect(added).toMatchObject({ status: "partial" });
  expect(added.items?.map(({ subject, status, error }) => [subject, status, error?.code])).toEqual([
    ["anna", "already", undefined],
    ["ben", "added", undefined],
    ["a\nb", "failed", "invalid_recipient"],
    ["x", "failed", "unsupported"],
  ]);
  expect(removed.items).toMatchObject([
    { subject: "ben", status: "removed" },
    { subject: "carl", status: "absent" },
  ]);
});

test("pages neither repeat nor skip anyone, also when someone leaves between two pages", async () => {
  await using mailbox = await openMailbox();
  const { host } = mailbox;
  const people = Array.from({ length: 25 }, (_, n) => `person-${String(n).padStart(2, "0")}`);
  const { id: group } = await createGroup(host, { members: people });
  for (let n = 0; n < 4; n++) await createGroup(host);

  const first = unwrap(await host.call("list_members", { channel, group, limit: 10 }));
  await host.call("remove_member", { channel, group, members: ["person-03", "person-12"] });
  const second = unwrap(await host.call("list_members", { channel, group, limit: 10, cursor: first.cursor }));
  const third = unwrap(await host.call("list_members", { channel, group, limit: 10, cursor: second.cursor }));
  const groups = unwrap(await host.call("list_groups", { channel, limit: 3 }));
  const moreGroups = unwrap(await host.call("list_groups", { channel, limit: 3, cursor: groups.cursor }));

  const names = [first, second, third].flatMap(({ members }) => members.map(({ who }) => who.value));
  expect(names).toEqual(people.filter((name) => name !== "person-12"));
  expect(third.cursor).toBeUndefined();
  expect(new Set([...groups.groups, ...moreGroups.groups].map(({ id }) => id)).size).toBe(5);
});

test("a message to a group lies once in the group, one to persons in the inbox of each, and a person can read the files", async () => {
  await using mailbox = await openMailbox();
  const { id: group } = await createGroup(mailbox.host, { members: ["anna", "ben"] });

  const toGroup = unwrap(
    await mailbox.host.call("send_message", { channel, to: group, content: { subject: "Hi", text: "Grüße" } }),
  );
  const toPeople = await mailbox.host.call("send_message", {
    channel,
    to: ["anna", { kind: "email", value: "ben@x.test" }],
    content: "Lunch?",
    attachments: [{ filename: "../../menu März.txt", content_base64: Buffer.from("Soup").toString("base64") }],
    metadata: { ticket: 7 },
    thread: toGroup.message_id,
  });

  const files = await filesIn(mailbox.folder);
  const [groupId, groupMessage, message] = [own(group), own(toGroup.message_id), own(toPeople.value?.message_id)];
  expect(JSON.parse(files.get(`groups/${groupId}/messages/${groupMessage}.json`) ?? "")).toMatchObject({
    message_id: groupMessage,
    content: { subject: "Hi", text: "Grüße" },
  });
  for (const inbox of ["anna", "ben@x.test"]) {
    expect(JSON.parse(files.get(`inboxes/${inbox}/${message}.json`) ?? "")).toMatchObject({
      to: ["anna", "ben@x.test"],
      thread: groupMessage,
      metadata: { ticket: 7 },
      attachments: [`attachments/${message}/1-..-..-menu-M-rz.txt`],
    });
  }
  expect(files.get(`attachments/${message}/1-..-..-menu-M-rz.txt`)).toBe("Soup");
  expect([...files.keys()].filter((file) => file.includes(`${groupMessage}`))).toHaveLength(1);
});

test("one bad recipient among several fails alone; alone it fails the call", async () => {
  await using mailbox = await openMailbox();
  const unknown = { kind: "group" as const, value: "nobody" };

  const several = await mailbox.host.call("send_message", {
    channel,
    to: ["anna", { kind: "email", value: "no mail" }, unknown],
    content: "hi",
  });
  const alone = await mailbox.host.call("send_message", { channel, to: { kind: "phone", value: "call me" }, content: "hi" });
  const group = await mailbox.host.call("send_message", { channel, to: unknown, content: "hi" });

  expect(several.status).toBe("partial");
  expect(several.items?.map(({ status, error }) => error?.code ?? status)).toEqual([
    "sent",
    "invalid_recipient",
    "invalid_recipient",
  ]);
  expect(alone.error).toMatchObject({ code: "invalid_recipient", penalize: "never" });
  expect(group.error).toMatchObject({ code: "invalid_recipient", penalize: "never" });
});

test("a message can be asked for, edited and taken back; after that it is gone for good", async () => {
  await using mailbox = await openMailbox();
  const { host, folder } = mailbox;
  await using restarted = await openMailbox({ folder });
  const request = { channel, to: ["anna", "ben"], content: "Lunch at one?", idempotency_key: "lunch" };
  const attachments = [{ filename: "menu.txt", content_base64: "U291cA==" }];
  const { message_id: message } = unwrap(await host.call("send_message", { ...request, attachments }));

  const before = unwrap(await host.call("get_message_status", { channel, message }));
  await host.call("edit_message", { channel, message, content: "Lunch at two?" });
  const edited = await filesIn(folder);
  const deleted = await host.call("delete_message", { channel, message });
  const again = await host.call("delete_message", { channel, message });
  await restarted.host.call("send_message", request);
  const after = unwrap(await host.call("get_message_status", { channel, message }));
  const late = await host.call("edit_message", { channel, message, content: "Lunch at three?" });
  const unknown = await host.call("edit_message", { channel, message: "local_mailbox:../../etc/passwd", content: "x" });

  expect(before).toEqual({ status: "delivered", terminal: true });
  for (const inbox of ["anna", "ben"]) {
    expect(JSON.parse(edited.get(`inboxes/${inbox}/${own(message)}.json`) ?? "")).toMatchObject({
      content: { text: "Lunch at two?" },
      to: ["anna", "ben"],
    });
  }
  expect([deleted.status, again.status]).toEqual(["ok", "ok"]);
  expect(after).toEqual({ status: "deleted", terminal: true });
  expect(late.error).toMatchObject({ code: "conflict" });
  expect(unknown.error).toMatchObject({ code: "not_found" });
  const left = [...(await filesIn(folder)).keys()];
  expect(left.filter((file) => /^(inboxes|attachments)/.test(file))).toEqual([]);
});

test("edits and a deletion at the same moment end alike in every inbox", async () => {
  await using mailbox = await openMailbox();
  const { host, folder } = mailbox;
  const to = ["anna", "ben", "carl"];
  const sent = unwrap(await host.call("send_message", { channel, to, content: "0" }));
  const doomed = unwrap(await host.call("send_message", { channel, to, content: "0" }));

  await Promise.all([
    ...Array.from({ length: 12 }, (_, n) =>
      host.call("edit_message", { channel, message: sent.message_id, content: `edit ${n}` }),
    ),
    ...Array.from({ length: 12 }, (_, n) =>
      host.call("edit_message", { channel, message: doomed.message_id, content: `edit ${n}` }),
    ),
    host.call("delete_message", { channel, message: doomed.message_id }),
  ]);

  const files = [...(await filesIn(folder))];
  const texts = files
    .filter(([file]) => file.startsWith("inboxes/") && file.includes(`${own(sent.message_id)}`))
    .map(([, text]) => JSON.parse(text).content.text);
  expect(texts).toHaveLength(3);
  expect(new Set(texts).size).toBe(1);
  expect(files.filter(([file]) => file.startsWith("changes/") && file.includes(`${own(sent.message_id)}`))).toHaveLength(12);
  expect(files.filter(([file]) => file.startsWith("inboxes/") && file.includes(`${own(doomed.message_id)}`))).toEqual([]);
});

test("the same idempotency_key is one message, and only who did not get it gets it now", async () => {
  await using mailbox = await openMailbox();
  await using restarted = await openMailbox({ folder: mailbox.folder });
  const request = { channel, content: "Lunch?", idempotency_key: "lunch" };
  const first = unwrap(await mailbox.host.call("send_message", { ...request, to: ["anna", "a\nb"] }));
  const before = await filesIn(mailbox.folder);

  const second = unwrap(await restarted.host.call("send_message", { ...request, to: ["anna", "ben"] }));

  const after = await filesIn(mailbox.folder);
  expect(second.message_id).toBe(first.message_id);
  expect(after.get(`inboxes/anna/${own(first.message_id)}.json`)).toBe(before.get(`inboxes/anna/${own(first.message_id)}.json`));
  expect([...after.keys()].filter((file) => file.startsWith("inboxes/"))).toHaveLength(2);
});

test("two processes and two generations at the same time lose nothing and double nothing", { timeout: 60_000 }, async () => {
  await using mailbox = await openMailbox();
  const { host, folder } = mailbox;
  const { id: group } = await createGroup(host, { external_id: "shared" });
  const other = spawn(process.execPath, ["--input-type=module", "--eval", otherProcess(folder)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(other, "exit");
  await once(other.stdout, "data");

  other.stdin.end("go");
  const here = Array.from({ length: 100 }, async (_, n) => {
    if (n % 10 === 0) await host.reload("local_mailbox");
    unwrap(await host.call("add_member", { channel, group, members: [`here-${n}`, `both-${n}`] }));
    unwrap(await host.call("send_message", { channel, to: group, content: `note ${n}`, idempotency_key: `note ${n}` }));
    await createGroup(host, { external_id: `race-${n}` });
  });
  await Promise.all(here);
  const [exitCode] = await ended;

  expect(exitCode).toBe(0);
  const { members } = unwrap(await host.call("list_members", { channel, group, limit: 1000 }));
  expect(members).toHaveLength(300);
  const files = [...(await filesIn(folder)).keys()];
  expect(files.filter((file) => file.startsWith("groups/shared/messages/"))).toHaveLength(100);
  expect(unwrap(await host.call("list_groups", { channel, limit: 1000 })).groups).toHaveLength(101);
  expect(files.filter((file) => /(^|\/)\./.test(file))).toEqual([]);
});

test.each([
  "../../evil",
  "..",
  "/etc/passwd",
  "CON",
  "con.json",
  "a/b",
  "a\\b",
  ".hidden",
  "Ünïcödé",
  "x".repeat(300),
  "%2e%2e%2f",
])("the recipient %j gets an inbox of its own inside the folder", async (to) => {
  await using mailbox = await openMailbox();

  const outcome = await mailbox.host.call("send_message", {
    channel,
    to: [to, to.toUpperCase(), to.toLowerCase()],
    content: "hi",
  });

  expect(outcome.status).toBe("ok");
  const inboxes = (await readdir(join(mailbox.folder, "inboxes"))).toSorted();
  expect(inboxes).toHaveLength(new Set([to, to.toUpperCase(), to.toLowerCase()]).size);
  expect(new Set(inboxes.map((name) => name.toLowerCase())).size).toBe(inboxes.length);
  for (const name of inboxes) expect(name).toMatch(/^[a-z0-9_+][a-z0-9_+@.~-]{0,79}$/);
});

test("a group id that is a path is no group", async () => {
  await using mailbox = await openMailbox();
  await writeFile(join(mailbox.folder, "created.json"), "{}");

  for (const group of ["..", "../", "../groups", ".", "x/../.."]) {
    const outcome = await mailbox.host.call("delete_group", { channel, group });
    expect(outcome.error).toMatchObject({ code: "not_found" });
  }
});

test("a file that somebody broke by hand is named in the error", async () => {
  await using mailbox = await openMailbox();
  const { id: group } = await createGroup(mailbox.host, { external_id: "team", members: ["anna"] });
  const file = join(mailbox.folder, "groups/team/members/anna.json");
  await writeFile(file, "{ who: ");

  const outcome = await mailbox.host.call("list_members", { channel, group });

  expect(outcome.error).toMatchObject({ code: "plugin_error", dispatched: "no", message: expect.stringContaining(file) });
});

test("a folder that cannot be written is refused before the instance goes live, and told by its health afterwards", async () => {
  await using mailbox = await openMailbox();
  const file = join(mailbox.folder, "a file");
  await writeFile(file, "");
  await using broken = await openMailbox({ folder: join(file, "mailbox") });
  await mailbox.host.checkHealth();
  const before = mailbox.host.instance("local_mailbox").health;

  await rm(mailbox.folder, { recursive: true });
  await writeFile(mailbox.folder, "");
  await mailbox.host.checkHealth();

  expect(broken.host.instance("local_mailbox").failure).toMatchObject({
    code: "settings_invalid",
    message: expect.stringContaining("folder"),
  });
  expect(before).toMatchObject({ healthy: true, details: { folder: mailbox.folder, groups: 0 } });
  expect(mailbox.host.instance("local_mailbox").health).toMatchObject({ healthy: false });
});

test("a signed inbound message becomes an event; a wrong, old or missing signature is refused before the body is read", async () => {
  await using mailbox = await openMailbox({ webhook_secret: secret });
  const body = JSON.stringify({ id: "m-1", from: "anna", text: "Hello!", group: "team" });
  const now = String(Math.floor(Date.now() / 1000));
  const old = String(Math.floor(Date.now() / 1000) - 600);
  const post = (raw_body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string>, method = "POST") =>
    mailbox.host.call("handle_webhook", { method, headers, raw_body }, { instance: "local_mailbox" });

  const good = await post(Buffer.from(body), signed(body, now));
  const repeated = await post(body, signed(body, now));
  const tampered = await post(body.replace("Hello", "Pay me"), signed(body, now));
  const late = await post(body, signed(body, old));
  const unsigned = await post("{ not even JSON", {});
  const garbage = await post("null", signed("null", now));
  const fetched = await post("", {}, "GET");

  expect(good.events).toMatchObject([
    { type: "message", id: "m-1", message_id: "m-1", group: "team", from: { value: "anna" }, content: { text: "Hello!" } },
  ]);
  expect(repeated.events).toMatchObject([{ id: "m-1" }]);
  expect([tampered, late, unsigned, garbage, fetched].map(({ events, response }) => [events.length, response?.status])).toEqual([
    [0, 401],
    [0, 401],
    [0, 401],
    [0, 400],
    [0, 405],
  ]);
  expect(await readdir(join(mailbox.folder, "inbound"))).toEqual(["m-1.json"]);
});

test("without a secret nobody can send anything in", async () => {
  await using mailbox = await openMailbox();

  const call = mailbox.host.call(
    "handle_webhook",
    { method: "POST", headers: signed("{}", "0"), raw_body: "{}" },
    { instance: "local_mailbox" },
  );

  await expect(call).rejects.toMatchObject({ code: "unsupported" });
});

test("the journal has a line before and after each call, and no content", async () => {
  await using mailbox = await openMailbox({ journal: true });
  await mailbox.host.call("send_message", { channel, to: "anna", content: "a secret dinner" });
  await mailbox.host.call("get_group", { channel, group: "nobody" });

  await mailbox.host.close();

  const text = await readFile(join(mailbox.folder, "journal.jsonl"), "utf8");
  const lines = text
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.filter(({ event }) => event === "asked").map(({ hook }) => hook)).toEqual(["send_message", "get_group"]);
  expect(
    lines
      .filter(({ event }) => event === "answered")
      .map(({ status }) => status)
      .toSorted(),
  ).toEqual(["failed", "ok"]);
  expect(text).not.toContain("dinner");
});

function own(ref: string | undefined): string | undefined {
  return ref?.slice(ref.indexOf(":") + 1);
}

/** The code of a second process with a host on the same folder: it says "ready", and begins when it is told. */
function otherProcess(folder: string): string {
  const entry = { plugin_id: "local_mailbox", rate_limit_per_minute: 0, config: { folder } };
  const config = { plugin_paths: [import.meta.dirname], enabled_plugins: [entry] };
  return `
    import { createHost, unwrap } from ${JSON.stringify(new URL("../../core/index.ts", import.meta.url).href)};
    const host = await createHost({ config: ${JSON.stringify(config)}, logger: false, watch: false });
    const call = async (hook, request) => unwrap(await host.call(hook, { channel: "local", ...request }));
    process.stdout.write("ready");
    await process.stdin.toArray();
    await Promise.all(Array.from({ length: 100 }, async (_, n) => {
      await call("add_member", { group: "shared", members: ["there-" + n, "both-" + n] });
      await call("send_message", { to: "shared", content: "note " + n, idempotency_key: "note " + n });
      await call("create_group", { name: "Race", external_id: "race-" + n });
    }));
    await host.close();
  `;
}

function signed(body: string, timestamp: string): Record<string, string> {
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  return { "X-Mailbox-Timestamp": timestamp, "X-Mailbox-Signature": signature };
}
